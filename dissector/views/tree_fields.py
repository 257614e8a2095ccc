"""The fields of a message in a tree, and those of the payloads inside its fields, in their place."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.secrets import is_secret
from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.regions import Buffer, Region
from dissector.views.style import Piece, Pieces
from dissector.views.tree_members import fields_of
from dissector.views.tree_one_line import OneLine
from dissector.views.tree_places import Place, Problems
from dissector.views.tree_plain import plain_lines
from dissector.views.tree_records import Line, record_lines
from dissector.views.tree_scalars import REVEAL, content, said
from structs import wire
from structs.buffers import Problem, Span, format_path
from structs.embedded import is_internal
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from structs.buffers import Path
    from structs.embedded import Payload
    from structs.records import Batch, Record

_KEPT: Final = 256  # elements of a list
_NOTHING: Final = Piece("")
_SPACE: Final = Piece(" ")


class Fields(OneLine):
    """Makes the lines of one message's structs (see `OneLine` for those that take only one).

    Of a list, `elements` structs are shown, all where it is None. `buffers` are what the lines' regions refer to: the
    message's bytes and, where they are to be had as well (`decompressed`), those of the records in compressed batches.
    """

    def __init__(
        self,
        message: Message,
        exchange: Exchange,
        columns: int,
        *,
        show_secrets: bool,
        elements: int | None = None,
        decompressed: bool = False,
        is_located: bool = True,
        reveal: str = REVEAL,
    ) -> None:
        self.buffers = [Buffer(0, "message", message.frame.data)]
        super().__init__(
            exchange.topic_names,
            self.place({}, {}),
            columns,
            show_secrets=show_secrets,
            is_located=is_located,
            reveal=reveal,
        )
        self._message = message
        self._exchange = exchange
        self._elements = elements
        self._decompressed = decompressed
        self._scopes: list[tuple[wire.Struct, Mapping[str, Any]]] = []
        self._payloads = 0  # around the fields at hand

    def place(self, spans: Mapping[Path, Span], problems: Problems, name: str = "") -> Place:
        """Return the place of fields that stand in the message."""
        return Place(spans, self.buffers[0], 0, problems, name)

    @contextmanager
    def within(self, place: Place) -> Iterator[None]:
        """Have the next fields stand in these bytes."""
        outer, self._place = self._place, place
        yield
        self._place = outer

    def struct(self, node: wire.Struct, values: Mapping[str, Any], path: Path, depth: int) -> Iterator[Line]:
        """Yield the lines of a struct's fields."""
        place, topic_names = self._place, self._topic_names
        self._scopes.append((node, values))
        for field in fields_of(node, values):
            name = field.name
            inner = (*path, name)
            if name in values:
                value = values[name]
                if field.say is not None:
                    yield place.region(inner), depth, [*field.label, *field.say(value, topic_names)]
                elif field.element is not None and value is not None:
                    yield from self._array(field.label[0], name, field.element, value, inner, depth)
                else:
                    yield from self._member(field.member, values, inner, depth)
            if place.problems:
                yield from self._problems_at(inner, depth)
        for tag, raw in values.get(wire.UNKNOWN_TAGS, {}).items():
            region = place.region((*path, wire.UNKNOWN_TAGS, tag))
            yield region, depth, [Piece(f"unknown tag {tag}: ", "field"), Piece(content(raw))]
        self._scopes.pop()

    def token(self, data: bytes) -> Iterator[Line]:
        """Yield the lines of a bare SASL token."""
        label, region = Piece("token", "field"), Region(self.buffers[0], 0, len(data))
        payload = payloads.decode_token(data, self._exchange, self._message.side) if data else None
        if payload is not None:
            yield from self._payload(label, "", data, payload, region, 0, is_hidden=not self._show_secrets)
        else:
            text = Piece(content(data)) if self._show_secrets else self._withhold(data, region)
            yield region, 0, [label, Piece(": "), text]

    def rest(self, depth: int) -> Iterator[Line]:
        """Yield the problems whose fields were not there to say them."""
        for field in list(self._place.problems):
            for problem, tone in self._place.problems.pop(field):
                yield self._problem(problem, tone, depth, field)

    def _problem(self, problem: Problem, tone: str, depth: int, field: str = "") -> Line:
        mark = "!!" if tone == "error" else "!"
        buffer, origin = self._place.buffer, self._place.origin
        is_there = buffer is not None and buffer.is_message
        at = f"at byte {problem.offset + origin}" if is_there else f"at byte {problem.offset} of it"
        where = f"{printable(field)} {at}" if field else at
        return None, depth, [Piece(f"{mark} {problem.kind} {where}: {printable(problem.message)}", tone)]

    def _problems_at(self, path: Path, depth: int) -> Iterator[Line]:
        problems = self._place.problems
        for problem, tone in problems.pop(format_path(path), ()) if problems else ():
            yield self._problem(problem, tone, depth)

    def _member(self, member: wire.Member, values: Mapping[str, Any], path: Path, depth: int) -> Iterator[Line]:
        value = values[member.name]
        label = Piece(member.name, "field")
        region = self._place.region(path)
        is_hidden = not self._show_secrets and value is not None and is_secret(member, values)
        holds = payloads.label_of(member.node) if value and isinstance(value, bytes) else None
        payload = self._decode(holds, value) if holds is not None else None
        if payload is not None:
            yield from self._payload(label, holds, value, payload, region, depth, is_hidden=is_hidden)
        elif is_hidden:
            yield region, depth, [label, Piece(": "), self._withhold(value, region)]
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
        region: Region | None,
        depth: int,
        *,
        is_hidden: bool = False,
        compact: bool = False,
    ) -> Iterator[Line]:
        """Yield a line for the bytes of a payload, and below it what they say.

        `compact` has it all on one line where it fits and the bytes are no secret.
        """
        is_hidden = is_hidden or (not self._show_secrets and payloads.hides(label, payload))
        buffer, origin = (None, 0) if region is None else (region.buffer, region.stop - len(data))
        problems: Problems = {}
        for warning in payload.warnings:
            problems.setdefault(warning.field, []).append((warning, "warning"))
        if payload.error is not None:
            problems.setdefault(payload.error.field, []).append((payload.error, "error"))
        kind = f" [{label}]" if label else ""
        if is_hidden:
            text = self._withhold(data, region)
        elif payload.error is not None or (label == "sasl token" or label == ""):
            text = Piece(content(data) + kind)
        else:
            text = Piece(wording.plural(len(data), "byte") + kind)
        with self.within(Place(payload.spans or {}, buffer, origin, problems)):
            self._payloads += 1
            inside = (
                self._compact(payload.grammar, payload.value, (), depth, deep=True) if compact and not is_hidden else []
            )
            yield region, depth, [field, Piece(": "), *(inside or [text])]
            if not inside and not (is_hidden and payload.error is not None):
                yield from self._inside(payload, depth + 1)
            yield from self.rest(depth + 1)
            self._payloads -= 1

    def _inside(self, payload: Payload, depth: int) -> Iterator[Line]:
        value, grammar = payload.value, payload.grammar
        if isinstance(value, RecordSet):
            buffer, origin = self._place.buffer, self._place.origin
            inside = None if buffer is None else Region(buffer, origin, origin + value.size)
            yield from self._batches(value, inside, depth)
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
        region = self._place.region(path)
        if isinstance(node, wire.NullableStruct) and value is not None:
            node = node.inner
        if isinstance(value, dict) and isinstance(node, wire.Struct):
            compact = [] if spread else self._compact(node, value, path, depth)
            yield region, depth, [label, Piece(" " if compact else ""), *compact]
            if not compact:
                yield from self.struct(node, value, path, depth + 1)
        elif isinstance(value, list) and isinstance(node, wire.Array):
            yield from self._array(label, name, node.element, value, path, depth)
        elif isinstance(value, RecordSet):
            count = wording.plural(len(value), "batch")
            text = f": {count}, {wording.plural(value.size, 'byte')}" if value.size else ": empty"
            yield region, depth, [label, Piece(text)]
            message = self.buffers[0]
            buffer, stop = (message, len(message.data)) if region is None else (region.buffer, region.stop)
            yield from self._batches(value, Region(buffer, stop - value.size, stop), depth + 1)
        else:
            yield region, depth, [label, Piece(": "), *self._scalar(name, node, value), *said(meaning)]

    def _array(
        self, label: Piece, name: str, element: wire.Node, values: list[Any], path: Path, depth: int
    ) -> Iterator[Line]:
        region = self._place.region(path)
        if not isinstance(element, wire.Struct):
            text = self._scalars(name, element, values, path)
            yield region, depth, [label, Piece(": "), *text]
            return
        yield region, depth, [label, Piece(f": {len(values)}" if values else ": []")]
        shown = values[: self._elements]
        # As far as it is known by then, what elements are on one line is kept: a list may have millions.
        kept: list[Pieces] = []
        spread = False
        for index, value in enumerate(shown):
            compact = self._compact(element, value, (*path, index), depth + 1)
            if not compact:
                spread = True
                break
            if index < _KEPT:
                kept.append(compact)
        for index, value in enumerate(shown):
            inner = (*path, index)
            number = Piece(f"[{index}]", "dim")
            if spread and isinstance(value, dict):
                yield self._place.region(inner), depth + 1, [number, _NOTHING]
                yield from self.struct(element, value, inner, depth + 2)
            elif index < len(kept) and not spread:
                yield self._place.region(inner), depth + 1, [number, _SPACE, *kept[index]]
            else:
                yield from self._value(number, name, element, value, inner, depth + 1, spread=spread)
            if self._place.problems:
                yield from self._problems_at(inner, depth + 1)
        if len(values) > len(shown):
            rest = self._more(element, region, path, len(shown))
            yield rest, depth + 1, [Piece(self._place.more(path, len(shown), len(values)), "dim")]

    def _more(self, element: wire.Struct, region: Region | None, path: Path, shown: int) -> Region | None:
        """Return the bytes of the elements that are not shown; where they may hold secrets, nobody sees them."""
        last = self._place.region((*path, shown - 1))
        if region is None or last is None:
            return None
        rest = Region(region.buffer, last.stop, region.stop)
        if not self._show_secrets and payloads.may_hide(element):
            self._withhold(b"", rest)
        return rest

    def _batches(self, records: RecordSet, region: Region | None, depth: int) -> Iterator[Line]:
        """Yield the batches of a records field that fills a region, with what is in their records."""
        topic = payloads.topic_of(self._scopes, self._exchange.topic_names)

        def parts(batch: Batch, record: Record) -> Callable[[Region | None, Region | None], Iterator[Line]] | None:
            return partial(self._record, topic, batch, record) if payloads.has_payloads(topic, batch) else None

        scopes, self._scopes = self._scopes, []  # nothing around a record says anything about what is in it
        lines = record_lines(
            records,
            region,
            parts,
            batches=self._elements,
            buffers=self.buffers if self._decompressed else None,
            is_located=self._is_located,
            is_delicate=not self._show_secrets and topic is not None and is_internal(topic),
        )
        for place, deeper, pieces in lines:
            yield place, depth + deeper, pieces
        self._scopes = scopes

    def _record(
        self, topic: str | None, batch: Batch, record: Record, key: Region | None, value: Region | None
    ) -> Iterator[Line]:
        """Yield the key and the value of a record that holds payloads; depths count from 0."""
        decoded = payloads.decode_record(topic, batch, record, spans=True)
        parts = zip(("key", "value"), decoded, (record.key, record.value), (key, value), strict=True)
        for name, payload, raw, region in parts:
            field = Piece(name, "field")
            if payload is not None and raw is not None:
                yield from self._payload(field, None, raw, payload, region, 0, compact=True)
            elif raw is not None or name == "value":
                yield (None if raw is None else region), 0, [field, Piece(f": {content(raw)}")]
