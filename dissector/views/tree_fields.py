"""The fields of a message in a tree, and those of the payloads inside its fields, in their place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from dissector import payloads
from dissector.secrets import is_secret
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from dissector.views.tree_plain import plain_lines
from dissector.views.tree_records import Line, record_lines
from dissector.views.tree_scalars import content, said, scalar, scalars, withheld
from structs import wire
from structs.buffers import Problem, Span, format_path
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.correlation import Exchange
    from dissector.messages import Message
    from structs.buffers import Path
    from structs.embedded import Payload
    from structs.records import Batch, Record

Problems = dict[str, list[tuple[Problem, str]]]  # by the field's path, with their tones


class Place(NamedTuple):
    """The bytes that fields stand in: a message, or a payload inside it.

    `origin` is where in the message they begin, None if they do not stand there (they were decompressed). `problems`
    are those not said yet, by the field's path.
    """

    spans: Mapping[Path, Span]
    origin: int | None
    problems: Problems

    def span(self, path: Path) -> Span | None:
        """Return the byte range of a field in the message."""
        span = self.spans.get(path)
        if span is None or self.origin is None:
            return None
        return Span(span.start + self.origin, span.stop + self.origin)


class Fields:
    """Makes the lines of one message's structs; `columns` is the room for a line at depth 0."""

    def __init__(self, message: Message, exchange: Exchange, columns: int, *, show_secrets: bool) -> None:
        self._message = message
        self._exchange = exchange
        self._columns = columns
        self._show_secrets = show_secrets
        self._place = Place({}, 0, {})
        self._scopes: list[tuple[wire.Struct, Mapping[str, Any]]] = []
        self._payloads = 0  # around the fields at hand

    @contextmanager
    def within(self, place: Place) -> Iterator[None]:
        """Have the next fields stand in these bytes."""
        outer, self._place = self._place, place
        yield
        self._place = outer

    def struct(self, node: wire.Struct, values: Mapping[str, Any], path: Path, depth: int) -> Iterator[Line]:
        """Yield the lines of a struct's fields."""
        self._scopes.append((node, values))
        for member in _members(node, values):
            inner = (*path, member.name)
            if member.name in values:
                yield from self._member(member, values, inner, depth)
            yield from self._problems_at(inner, depth)
        for tag, raw in values.get(wire.UNKNOWN_TAGS, {}).items():
            yield None, depth, [Piece(f"unknown tag {tag}: ", "field"), Piece(content(raw))]
        self._scopes.pop()

    def token(self, data: bytes) -> Iterator[Line]:
        """Yield the lines of a bare SASL token."""
        label, place = Piece("token", "field"), Span(0, len(data))
        payload = payloads.decode_token(data, self._exchange, self._message.side) if data else None
        if payload is not None:
            yield from self._payload(label, "", data, payload, place, 0, is_hidden=not self._show_secrets)
        else:
            text = Piece(content(data)) if self._show_secrets else withheld(data)
            yield place, 0, [label, Piece(": "), text]

    def rest(self, depth: int) -> Iterator[Line]:
        """Yield the problems whose fields were not there to say them."""
        for field in list(self._place.problems):
            for problem, tone in self._place.problems.pop(field):
                yield self._problem(problem, tone, depth, field)

    def _problem(self, problem: Problem, tone: str, depth: int, field: str = "") -> Line:
        mark = "!!" if tone == "error" else "!"
        origin = self._place.origin
        at = f"at byte {problem.offset + (origin or 0)}" + ("" if origin is not None else " of it")
        where = f"{printable(field)} {at}" if field else at
        return None, depth, [Piece(f"{mark} {problem.kind} {where}: {printable(problem.message)}", tone)]

    def _problems_at(self, path: Path, depth: int) -> Iterator[Line]:
        problems = self._place.problems
        for problem, tone in problems.pop(format_path(path), ()) if problems else ():
            yield self._problem(problem, tone, depth)

    def _member(self, member: wire.Member, values: Mapping[str, Any], path: Path, depth: int) -> Iterator[Line]:
        value = values[member.name]
        label = Piece(member.name, "field")
        span = self._place.span(path)
        is_hidden = not self._show_secrets and value is not None and is_secret(member, values)
        holds = payloads.label_of(member.node) if value and isinstance(value, bytes) else None
        payload = self._decode(holds, value) if holds is not None else None
        if payload is not None:
            yield from self._payload(label, holds, value, payload, span, depth, is_hidden=is_hidden)
        elif is_hidden:
            yield span, depth, [label, Piece(": "), withheld(value)]
        else:
            name = values.get("type_name") if member.name == "type" else None
            yield from self._value(label, member.name, member.node, value, path, depth, meaning=name)

    def _decode(self, label: str, data: bytes) -> Payload | None:
        side = self._message.side
        return payloads.decode(label, data, self._scopes, self._exchange, side, depth=self._payloads, spans=True)

    def _payload(
        self,
        field: Piece,
        label: str | None,
        data: bytes,
        payload: Payload,
        span: Span | None,
        depth: int,
        *,
        is_hidden: bool = False,
        compact: bool = False,
    ) -> Iterator[Line]:
        """Yield a line for the bytes of a payload, and below it what they say.

        `compact` has it all on one line where it fits and the bytes are no secret.
        """
        is_hidden = is_hidden or (not self._show_secrets and payloads.hides(label, payload))
        origin = None if span is None else span.stop - len(data)
        problems: Problems = {}
        for warning in payload.warnings:
            problems.setdefault(warning.field, []).append((warning, "warning"))
        if payload.error is not None:
            problems.setdefault(payload.error.field, []).append((payload.error, "error"))
        kind = f" [{label}]" if label else ""
        if is_hidden:
            text = withheld(data)
        elif payload.error is not None or (label == "sasl token" or label == ""):
            text = Piece(content(data) + kind)
        else:
            text = Piece(wording.plural(len(data), "byte") + kind)
        with self.within(Place(payload.spans or {}, origin, problems)):
            self._payloads += 1
            inside = (
                self._compact(payload.grammar, payload.value, (), depth, deep=True) if compact and not is_hidden else []
            )
            yield span, depth, [field, Piece(": "), *(inside or [text])]
            if not inside and not (is_hidden and payload.error is not None):
                yield from self._inside(payload, depth + 1)
            yield from self.rest(depth + 1)
            self._payloads -= 1

    def _inside(self, payload: Payload, depth: int) -> Iterator[Line]:
        value, grammar = payload.value, payload.grammar
        if isinstance(value, RecordSet):
            origin = self._place.origin
            yield from self._batches(value, origin, depth)
        elif isinstance(grammar, wire.Struct) and isinstance(value, dict):
            yield from self.struct(grammar, value, (), depth)
        elif grammar is None and payload.error is None:
            for deeper, pieces in plain_lines(value):
                yield None, depth + deeper, pieces

    def _value(
        self,
        label: Piece,
        name: str,
        node: wire.Node,
        value: Any,
        path: Path,
        depth: int,
        *,
        spread: bool = False,
        meaning: str | None = None,
    ) -> Iterator[Line]:
        """Yield the lines of a field or an element; `name` is the field's, `label` what stands before the value.

        `spread` has a struct on several lines even where it would fit on one; `meaning` is what a number stands for.
        """
        span = self._place.span(path)
        if isinstance(node, wire.NullableStruct) and value is not None:
            node = node.inner
        if isinstance(value, dict) and isinstance(node, wire.Struct):
            compact = [] if spread else self._compact(node, value, path, depth)
            yield span, depth, [label, Piece(" " if compact else ""), *compact]
            if not compact:
                yield from self.struct(node, value, path, depth + 1)
        elif isinstance(value, list) and isinstance(node, wire.Array):
            yield from self._array(label, name, node.element, value, path, depth)
        elif isinstance(value, RecordSet):
            count = wording.plural(len(value), "batch")
            text = f": {count}, {wording.plural(value.size, 'byte')}" if value.size else ": empty"
            yield span, depth, [label, Piece(text)]
            stop = span.stop if span is not None else len(self._message.frame.data)
            yield from self._batches(value, stop - value.size, depth + 1)
        else:
            yield span, depth, [label, Piece(": "), *self._scalar(name, node, value), *said(meaning)]

    def _array(
        self, label: Piece, name: str, element: wire.Node, values: list[Any], path: Path, depth: int
    ) -> Iterator[Line]:
        span = self._place.span(path)
        if not isinstance(element, wire.Struct):
            yield span, depth, [label, Piece(": "), *scalars(name, element, values, self._exchange.topic_names)]
            return
        yield span, depth, [label, Piece(f": {len(values)}" if values else ": []")]
        paths = [(*path, index) for index in range(len(values))]
        spread = not all(self._compact(element, *pair, depth + 1) for pair in zip(values, paths, strict=True))
        for index, (value, inner) in enumerate(zip(values, paths, strict=True)):
            yield from self._value(Piece(f"[{index}]", "dim"), name, element, value, inner, depth + 1, spread=spread)
            yield from self._problems_at(inner, depth + 1)

    def _scalar(self, name: str, node: wire.Node, value: Any) -> Pieces:
        return scalar(name, node, value, self._exchange.topic_names)

    def _compact(self, node: wire.Node | None, values: Any, path: Path, depth: int, *, deep: bool = False) -> Pieces:
        """Return a struct's fields for one line; empty where they do not fit or something is wrong with them.

        `deep` takes structs inside of it along, in braces.
        """
        if not isinstance(node, wire.Struct) or not isinstance(values, dict) or wire.UNKNOWN_TAGS in values:
            return []
        if self._place.problems and self._is_troubled(path):
            return []
        pieces: Pieces = []
        room = self._columns - 2 * depth
        for member in _members(node, values):
            text = self._inline(member, values, (*path, member.name), depth, deep=deep)
            if not text:
                return []
            field = [Piece(", " if pieces else ""), Piece(f"{member.name}: ", "field"), *text]
            room -= style.width(field)
            if room < 0:
                return []
            pieces += field
        return pieces

    def _inline(self, member: wire.Member, values: Mapping[str, Any], path: Path, depth: int, *, deep: bool) -> Pieces:
        """Return a field's value for one line; empty where it takes more of them."""
        if member.name not in values:
            return []
        name, node, value = member.name, member.node, values[member.name]
        if isinstance(value, dict):
            node = node.inner if isinstance(node, wire.NullableStruct) else node
            inside = self._compact(node, value, path, depth, deep=True) if deep else []
            return [Piece("{"), *inside, Piece("}")] if inside or not value else []
        if isinstance(value, RecordSet) or (value and isinstance(value, bytes) and payloads.label_of(node) is not None):
            return []
        if isinstance(value, list) and isinstance(node, wire.Array):
            is_spread = bool(value) and isinstance(node.element, wire.Struct)
            return [] if is_spread else scalars(name, node.element, value, self._exchange.topic_names)
        if not self._show_secrets and value is not None and is_secret(member, values):
            return [withheld(value)]
        return [*self._scalar(name, node, value), *said(values.get("type_name") if name == "type" else None)]

    def _is_troubled(self, path: Path) -> bool:
        place = format_path(path)
        return any(field.startswith(place) for field in self._place.problems)

    def _batches(self, records: RecordSet, start: int | None, depth: int) -> Iterator[Line]:
        """Yield the batches of a records field that begins at a byte of the message, with what is in their records."""
        topic = payloads.topic_of(self._scopes, self._exchange.topic_names)

        def parts(batch: Batch, record: Record, key: Span | None, value: Span | None) -> Iterator[Line] | None:
            if not payloads.has_payloads(topic, batch):
                return None
            return self._record(topic, batch, record, key, value)

        scopes, self._scopes = self._scopes, []  # nothing around a record says anything about what is in it
        for span, deeper, pieces in record_lines(records, self._message.frame.data, start, parts):
            yield span, depth + deeper, pieces
        self._scopes = scopes

    def _record(
        self, topic: str | None, batch: Batch, record: Record, key: Span | None, value: Span | None
    ) -> Iterator[Line]:
        """Yield the key and the value of a record that holds payloads; depths count from 0."""
        decoded = payloads.decode_record(topic, batch, record, spans=True)
        parts = zip(("key", "value"), decoded, (record.key, record.value), (key, value), strict=True)
        for name, payload, raw, span in parts:
            field = Piece(name, "field")
            if payload is not None and raw is not None:
                yield from self._payload(field, None, raw, payload, span, 0, compact=True)
            elif raw is not None or name == "value":
                yield (None if raw is None else span), 0, [field, Piece(f": {content(raw)}")]


def _members(node: wire.Struct, values: Mapping[str, Any]) -> list[wire.Member]:
    """Return the members of a struct but for the name of a type, which stands beside its number."""
    members = node.each_member()
    if "type_name" not in values or "type" not in values:
        return list(members)
    return [member for member in members if member.name != "type_name"]
