"""A version's grammar in the form of Kafka's protocol guide, what its fields mean, and what changed in it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.views import style
from dissector.views.apis import former_names
from dissector.views.changes import default, told
from dissector.views.meanings import is_timestamp
from dissector.views.style import Piece, Pieces
from structs import enumerations, headers, history, outline, registry
from structs.fields import UNSET
from structs.grammar import Message
from structs.messages import DATA
from structs.wire import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from structs import wire
    from structs.grammar import Data
    from structs.outline import Change, Shape

TAG_BUFFER: Final = "TAG_BUFFER"
ENUMERATION: Final = "enumeration"

_STEP: Final = 2  # columns by which inner fields are indented
_WIDEST: Final = 48  # a line that is longer does not move the notes to the right
_NOTES: Final = 28  # columns for notes behind the types; a narrower terminal has them below
_MEANINGS: Final = {
    "authorized_operations": "set of ACL operations, a bit each",
    "broker_id": "broker id",
    "error_code": "error code, 0 is NONE",
    "group_id": "group id",
    "producer_id": "producer id",
    "records": "record batches",
    "secret": "secret: withheld unless --show-secrets",
    "topic_id": "topic id",
    "topic_name": "topic name",
    "transactional_id": "transactional id",
}
_BROKER_ID: Final = Meaning("broker_id")  # also where some numbers stand for other readers than brokers
_API_FIELDS: Final = frozenset({"api_key", "request_api_key"})


class _Row(NamedTuple):
    indent: int
    text: Pieces
    note: str


class ExplainView:
    """Makes lines of grammars; `columns` is where the terminal ends, None where lines may be of any length."""

    def __init__(self, *, color: bool = False, columns: int | None = None) -> None:
        self._color = color
        self._columns = columns

    def lines(self, schemas: Sequence[Data], version: int) -> Iterator[str]:
        """Yield one version of an API's messages, or of a schema."""
        yield from self._wrapped(_title(schemas[0], version), _STEP)
        for schema in schemas:
            yield ""
            if isinstance(schema, Message):
                number, layout = header(schema, version)
                head = f"{schema.side.capitalize()} Header v{number}"
                yield from self._wrapped(_sequence(head, outline.shapes(layout), layout, "strong"), 2 * _STEP)
            yield from self._rows(list(_grammar(schema, version)))
            yield from self._differences(schema, version)

    def history(self, schemas: Sequence[Data]) -> Iterator[str]:
        """Yield a line for each version: what it changed."""
        schema = schemas[0]
        yield from self._wrapped(_heading(schema), _STEP)
        versions = list(schema.versions.each())
        releases = [_releases(schema, version) for version in versions]
        width = max(map(len, releases))
        for version, release in zip(versions, releases, strict=True):
            first: Pieces = [Piece(f"{version:>3}  ", "strong")]
            if width:
                first.append(Piece(f"{release:<{width}}  ", "dim"))
            yield from self._wrapped([*first, *_history(schemas, version)], style.width(first))

    def _differences(self, schema: Data, version: int) -> Iterator[str]:
        if version > schema.versions.lowest:
            before = version - 1
            found = changes(schema, version)
            released = (
                f" (Kafka {history.first_release(schema.api.key, before)})" if isinstance(schema, Message) else ""
            )
            heading = (
                f"Changes from version {before}{released}:" if found else f"Same layout as version {before}{released}."
            )
            yield from self._list(heading, found)
        for release, found in early_layouts(schema, version):
            yield from self._list(f"Kafka {release} had another layout under this number, replaced later:", found)

    def _list(self, heading: str, found: Iterable[Change]) -> Iterator[str]:
        yield from self._wrapped([Piece(heading, "strong")], _STEP)
        for pieces in told(found):
            yield from self._wrapped([Piece(" " * _STEP), *pieces], 2 * _STEP + _STEP)

    def _rows(self, rows: list[_Row]) -> Iterator[str]:
        """Yield rows with their notes one below the other."""
        widths = [row.indent + style.width(row.text) for row in rows]
        noted = [width for row, width in zip(rows, widths, strict=True) if row.note and width <= _WIDEST]
        column = max(noted, default=0) + 2
        for row, width in zip(rows, widths, strict=True):
            line: Pieces = [Piece(" " * row.indent), *row.text]
            indent = row.indent + 2 * _STEP
            if row.note:
                gap = max(column - width, 2)
                fits = self._columns is not None and width + gap + _NOTES <= self._columns
                line += [Piece(" " * gap), Piece(f"# {row.note}", "dim")]
                indent = width + gap + 2 if fits else indent
            yield from self._wrapped(line, indent)

    def _wrapped(self, pieces: Pieces, indent: int) -> Iterator[str]:
        if self._columns is not None and style.width(pieces) > self._columns:
            pieces = style.wrap(pieces, self._columns, indent)
        yield from style.paint(pieces, color=self._color).rstrip().split("\n")


def header(message: Message, version: int) -> tuple[int, wire.Struct]:
    """Return the version and the layout of the header in front of a message."""
    if message.side == "request":
        number = headers.request_header_version(message.api, version)
    else:
        number = headers.response_header_version(message.api, version)
    return number, registry.header(message.api.key, version, message.side)


def changes(schema: Data, version: int) -> list[Change]:
    """Return what changed from the version before; nothing in the first."""
    if version == schema.versions.lowest:
        return []
    return outline.changes(schema.at(version - 1), schema.at(version))


def early_layouts(schema: Data, version: int) -> list[tuple[str, list[Change]]]:
    """Return the early releases in which a version had another layout, and what was different then."""
    if not isinstance(schema, Message):
        return []
    variants = registry.variants(schema.api.key, version, schema.side)
    return [(release, outline.changes(schema.at(version), early)) for release, early in variants]


def values(field: Shape) -> dict[int, str]:
    """Return the numbers that stand for something in a field."""
    if field.meaning is None or field.meaning.name != ENUMERATION or meaning_of(field) is _BROKER_ID:
        return {}
    return dict(enumerations.TABLES[field.meaning.detail])


def meaning_of(field: Shape) -> Meaning | None:
    """Return what a field's value stands for; what its numbers do is `values`' to say."""
    if field.meaning is None or field.meaning.name != ENUMERATION:
        return field.meaning
    return _BROKER_ID if field.meaning.detail == "replica_id" else None


def describe(schema: Data) -> str:
    """Return where a schema that is no message is at home."""
    if schema.name not in DATA:
        return ""
    doc = import_module(f"structs.messages.{DATA[schema.name]}").__doc__ or ""
    return doc.partition("\n")[0].rstrip(".")


def _title(schema: Data, version: int) -> Pieces:
    if not isinstance(schema, Message):
        place = describe(schema)
        return [Piece(f"{schema.name} version {version}", "strong"), Piece(f": {place}" if place else "")]
    api = schema.api
    first, last = history.first_release(api.key, version), history.last_release(api.key, version)
    since = f"Kafka {first} to {last}" if last else f"since Kafka {first}"
    gap = "".join(f" (dropped by {gap.dropped}, back in {gap.back})" for gap in history.gaps(api.key, version))
    former = former_names(api)
    return [
        Piece(f"{api.name} version {version}", "strong"),
        Piece(f" (API key {api.key}{', ' + former if former else ''}): {since}{gap}"),
    ]


def _heading(schema: Data) -> Pieces:
    versions = f", versions {schema.versions}"
    if not isinstance(schema, Message):
        place = describe(schema)
        return [Piece(schema.name, "strong"), Piece(f"{versions}{': ' if place else ''}{place}")]
    former = former_names(schema.api)
    name = f" (API key {schema.api.key}{', ' + former if former else ''})"
    return [Piece(schema.api.name, "strong"), Piece(f"{name}{versions}")]


def _releases(schema: Data, version: int) -> str:
    if not isinstance(schema, Message):
        return ""
    first = history.first_release(schema.api.key, version)
    last = history.last_release(schema.api.key, version)
    if last == first:
        return first
    return f"{first}-{last}" if last else f"{first}+"


def _history(schemas: Sequence[Data], version: int) -> Pieces:
    if version == schemas[0].versions.lowest:
        return [Piece("the first version", "dim")]
    line: Pieces = []
    for schema in schemas:
        found = list(told(changes(schema, version), brief=True))
        if not found:
            continue
        if line:
            line.append(Piece("; "))
        if isinstance(schema, Message):
            line.append(Piece(f"{schema.side}: ", "dim"))
        for number, pieces in enumerate(found):
            line += [*([Piece(", ")] if number else []), *pieces]
    return line or [Piece("same layout", "dim")]


def _grammar(schema: Data, version: int) -> Iterator[_Row]:
    layout = schema.at(version)
    name = f"{schema.api.name} {schema.side.capitalize()}" if isinstance(schema, Message) else schema.name
    fields = outline.shapes(layout)
    yield _Row(0, _sequence(f"{name} (Version: {version})", fields, layout, "strong"), "")
    yield from _fields(fields, layout, _STEP)


def _fields(fields: Iterable[Shape], layout: wire.Struct, indent: int) -> Iterator[_Row]:
    for field in fields:
        name = field.name if field.tag is None else f"{field.name}<tag: {field.tag}>"
        if field.kind == outline.STRUCT:
            text = _sequence(name, field.fields, layout, "field")
        else:
            text = [Piece(name, "field"), Piece(f" => {field.spelling}")]
        yield _Row(indent, text, _note(field))
        yield from _fields(field.fields, layout, indent + _STEP)


def _sequence(name: str, fields: Iterable[Shape], layout: wire.Struct, tone: str) -> Pieces:
    """Return the line of a struct: its name, and the names of its fields, arrays in brackets."""
    names = [f"[{field.name}]" if field.is_array else field.name for field in fields if field.tag is None]
    if layout.tagged is not None:  # then every struct in the message is closed by tagged fields
        names.append(TAG_BUFFER)
    return [Piece(name, tone), Piece(" => " + " ".join(names))]


def _note(field: Shape) -> str:
    """Return what the guide's form does not say of a field."""
    notes = []
    meaning = meaning_of(field)
    if meaning is not None and meaning.name == "embedded":
        notes.append(f"holds a payload: {meaning.detail}")
    elif meaning is not None and (meaning.name != field.name or meaning.name == "error_code"):
        notes.append(_MEANINGS.get(meaning.name, meaning.name))
    elif is_timestamp(field.name):
        notes.append("milliseconds since 1970")
    elif field.name in _API_FIELDS:
        notes.append("API key")
    known = values(field)
    if known:
        notes.append(", ".join(f"{number}={name}" for number, name in known.items()))
    if field.default is not UNSET:
        notes.append(default(field))
    elif field.is_nullable and "NULLABLE" not in field.spelling:
        notes.append("may be null")
    return "; ".join(notes)
