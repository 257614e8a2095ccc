"""An exchange as a tree of fields, each with its byte range.

Ranges are `start:stop` from the message's first byte (behind the length prefix), the stop not included: what
`message.frame.data[start:stop]` holds. Fields without a range are not on the wire: tagged fields at their default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector.secrets import is_secret
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of
from dissector.views.style import Piece, Pieces
from dissector.views.text import api, endpoint, outcome
from dissector.views.timestamps import iso_timestamp
from dissector.views.tree_records import MAX_TEXT, content, record_lines
from structs import wire
from structs.buffers import Problem, Span, format_path
from structs.errors import error_name
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.correlation import Exchange
    from dissector.messages import Message
    from structs.buffers import Path

_COLUMNS: Final = 160  # where no terminal says how many there are
_CARRIERS: Final = frozenset({"request", "response"})  # payloads of an Envelope, which may hold secrets of their own
_MAX_NUMBERS: Final = 24  # scalars of a list that are shown


class TreeView:
    """Makes the lines of exchanges' trees; structs that fit into `columns` of the terminal stand on one line."""

    def __init__(self, *, color: bool = False, show_secrets: bool = False, columns: int | None = None) -> None:
        self._color = color
        self._show_secrets = show_secrets
        self._columns = columns or _COLUMNS

    def lines(self, exchange: Exchange) -> Iterator[str]:
        """Yield the lines of an exchange, the last of them empty."""
        yield self._paint(_title(exchange))
        for message in (exchange.request, exchange.response):
            if message is not None:
                tree = _Tree(message, exchange.topic_names, self._columns, show_secrets=self._show_secrets)
                for line in tree.lines():
                    yield self._paint(line)
        yield ""

    def _paint(self, pieces: Pieces) -> str:
        return style.paint(pieces, color=self._color).rstrip(" ")


def _title(exchange: Exchange) -> Pieces:
    connection, latency = exchange.connection, exchange.latency
    came = outcome(exchange) if latency is None else Piece(f"{exchange.outcome.value} after {latency / 1e6:.3f} ms")
    pieces = [
        Piece(api(exchange), "strong"),
        Piece(f"  correlation id {exchange.correlation_id}" if exchange.correlation_id is not None else ""),
        Piece(f"  {endpoint(connection.client)} -> {endpoint(connection.server)}"),
        Piece(f"  connection {connection.id}  "),
        came,
    ]
    if exchange.client_id is not None:
        pieces.insert(2, Piece(f"  {printable(exchange.client_id)}", "client"))
    return pieces


class _Tree:
    """The lines of one message."""

    def __init__(self, message: Message, names: Mapping[str, str], columns: int, *, show_secrets: bool) -> None:
        self._message = message
        self._names = names
        self._columns = columns
        self._show_secrets = show_secrets
        self._spans: Mapping[Path, Span] = {}
        self._gutter = 2 * len(str(len(message.frame.data))) + 1
        self._problems: dict[str, list[tuple[Problem, str]]] = {}

    def lines(self) -> Iterator[Pieces]:
        """Yield the message's title, its header, its body, and what is wrong with it."""
        message = self._message
        moment = iso_timestamp(message.timestamp, message.frame.digits)
        guess = ", layout guessed" if message.inferred else ""
        text = f", packet {message.packet_number}, {moment}, {wording.plural(message.size, 'byte')}{guess}"
        yield [Piece(f"  {message.side}", "strong"), Piece(text)]
        if message.is_token:
            data = message.frame.data
            token = Piece(content(data)) if self._show_secrets else _withheld(data)
            yield self._line(Span(0, len(data)), 0, [Piece("token: ", "field"), token])
            return
        for warning in message.warnings:
            self._problems.setdefault(warning.field, []).append((warning, "warning"))
        if message.error is not None:
            self._problems.setdefault(message.error.field, []).append((message.error, "error"))
        if message.header is not None and message.header_grammar is not None:
            self._spans = message.header_spans()
            yield self._line(Span(0, message.header.stop), 0, [Piece("header", "strong")])
            yield from self._struct(message.header_grammar, message.header.value or {}, (), 1)
            if message.grammar is not None and message.body is not None:
                self._spans = message.spans()
                stop = max((span.stop for span in self._spans.values()), default=message.header.stop)
                yield self._line(Span(message.header.stop, stop), 0, [Piece("body", "strong")])
                yield from self._struct(message.grammar, message.body, (), 1)
        for problems in self._problems.values():
            for problem, tone in problems:
                yield self._problem(problem, tone, 0, problem.field)

    def _line(self, span: Span | None, depth: int, pieces: Pieces) -> Pieces:
        place = f"{span.start}:{span.stop}" if span is not None else ""
        return [Piece(f"    {place:>{self._gutter}}  ", "dim"), Piece("  " * depth), *pieces]

    def _problem(self, problem: Problem, tone: str, depth: int, field: str = "") -> Pieces:
        mark = "!!" if tone == "error" else "!"
        where = f"{printable(field)} at byte {problem.offset}" if field else f"at byte {problem.offset}"
        return self._line(None, depth, [Piece(f"{mark} {problem.kind} {where}: {printable(problem.message)}", tone)])

    def _problems_at(self, path: Path, depth: int) -> Iterator[Pieces]:
        for problem, tone in self._problems.pop(format_path(path), ()) if self._problems else ():
            yield self._problem(problem, tone, depth)

    def _struct(self, node: wire.Struct, values: Mapping[str, Any], path: Path, depth: int) -> Iterator[Pieces]:
        for member in node.each_member():
            inner = (*path, member.name)
            if member.name in values:
                label = Piece(member.name, "field")
                if self._hides(member, values):
                    yield self._line(
                        self._spans.get(inner), depth, [label, Piece(": "), _withheld(values[member.name])]
                    )
                else:
                    yield from self._value(label, member.name, member.node, values[member.name], inner, depth)
            yield from self._problems_at(inner, depth)
        for tag, raw in values.get(wire.UNKNOWN_TAGS, {}).items():
            yield self._line(None, depth, [Piece(f"unknown tag {tag}: ", "field"), Piece(content(raw))])

    def _value(
        self, label: Piece, name: str, node: wire.Node, value: Any, path: Path, depth: int, *, spread: bool = False
    ) -> Iterator[Pieces]:
        """Yield the lines of a field or an element; `name` is the field's, `label` what stands before the value.

        `spread` has a struct on several lines even where it would fit on one.
        """
        span = self._spans.get(path)
        if isinstance(node, wire.NullableStruct) and value is not None:
            node = node.inner
        if isinstance(value, dict) and isinstance(node, wire.Struct):
            compact = [] if spread else self._compact(node, value, path, depth)
            yield self._line(span, depth, [label, Piece(" " if compact else ""), *compact])
            if not compact:
                yield from self._struct(node, value, path, depth + 1)
        elif isinstance(value, list) and isinstance(node, wire.Array):
            yield from self._array(label, name, node.element, value, path, depth)
        elif isinstance(value, RecordSet):
            count = wording.plural(len(value), "batch")
            text = f": {count}, {wording.plural(value.size, 'byte')}" if value.size else ": empty"
            yield self._line(span, depth, [label, Piece(text)])
            start = span.stop - value.size if span is not None else len(self._message.frame.data) - value.size
            for place, deeper, pieces in record_lines(value, self._message.frame.data, start):
                yield self._line(place, depth + deeper, pieces)
        else:
            yield self._line(span, depth, [label, Piece(": "), *self._scalar(name, node, value)])

    def _array(
        self, label: Piece, name: str, element: wire.Node, values: list[Any], path: Path, depth: int
    ) -> Iterator[Pieces]:
        span = self._spans.get(path)
        if not isinstance(element, wire.Struct):
            yield self._line(span, depth, [label, Piece(": "), *self._scalars(name, element, values)])
            return
        yield self._line(span, depth, [label, Piece(f": {len(values)}" if values else ": []")])
        paths = [(*path, index) for index in range(len(values))]
        spread = not all(self._compact(element, *pair, depth + 1) for pair in zip(values, paths, strict=True))
        for index, (value, inner) in enumerate(zip(values, paths, strict=True)):
            yield from self._value(Piece(f"[{index}]", "dim"), name, element, value, inner, depth + 1, spread=spread)
            yield from self._problems_at(inner, depth + 1)

    def _scalars(self, name: str, element: wire.Node, values: list[Any]) -> Pieces:
        pieces: Pieces = [Piece("[")]
        for index, value in enumerate(values[:_MAX_NUMBERS]):
            pieces += [Piece(", ")] if index else []
            pieces += self._scalar(name, element, value)
        more = len(values) - _MAX_NUMBERS
        return [*pieces, Piece(f" +{more} more]" if more > 0 else "]")]

    def _compact(self, node: wire.Struct, values: Mapping[str, Any], path: Path, depth: int) -> Pieces:
        """Return a struct's fields for one line; empty where they do not fit or something is wrong with them."""
        if wire.UNKNOWN_TAGS in values or (self._problems and self._is_troubled(path)):
            return []
        pieces: Pieces = []
        room = self._columns - self._gutter - 2 * depth - 12
        for member in node.each_member():
            if member.name not in values:
                return []
            value = values[member.name]
            if isinstance(value, dict | RecordSet):
                return []
            if isinstance(value, list) and isinstance(member.node, wire.Array):
                if value and isinstance(member.node.element, wire.Struct):
                    return []
                text = self._scalars(member.name, member.node.element, value)
            elif self._hides(member, values):
                text = [_withheld(value)]
            else:
                text = self._scalar(member.name, member.node, value)
            field = [Piece(", " if pieces else ""), Piece(f"{member.name}: ", "field"), *text]
            room -= style.width(field)
            if room < 0:
                return []
            pieces += field
        return pieces

    def _is_troubled(self, path: Path) -> bool:
        place = format_path(path)
        return any(field.startswith(place) for field in self._problems)

    def _scalar(self, name: str, node: wire.Node, value: Any) -> Pieces:
        meaning, detail = node.meaning if isinstance(node.meaning, tuple) else ("", "")
        if value is None:
            return [Piece("null", "dim")]
        if detail in _CARRIERS and not self._show_secrets:
            return [_withheld(value)]
        if meaning == "error_code":
            return [Piece(str(value)), Piece(f" {error_name(value)}", "error" if value else "dim")]
        if meaning == "topic_id":
            known = self._names.get(value)
            return [Piece(value)] + ([Piece(f" ({printable(known)})", "meaning")] if known is not None else [])
        if isinstance(value, bytes) and not isinstance(node, wire.String):
            return [Piece(content(value) + (f" [{detail}]" if detail else ""))]
        if isinstance(value, str) and isinstance(node, wire.String):
            return [Piece(f'"{wording.elide(printable(value), MAX_TEXT)}"')]
        if isinstance(value, bytes):
            return [Piece(content(value))]
        said = meaning_of(self._message.api_key, name, value, node)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return [Piece(text)] + ([Piece(f" ({said})", "meaning")] if said is not None else [])

    def _hides(self, member: wire.Member, values: Mapping[str, Any]) -> bool:
        return not self._show_secrets and values[member.name] is not None and is_secret(member, values)


def _withheld(value: str | bytes) -> Piece:
    size = len(value.encode() if isinstance(value, str) else value)
    return Piece(f"withheld, {wording.plural(size, 'byte')} (--show-secrets shows them)", "warning")
