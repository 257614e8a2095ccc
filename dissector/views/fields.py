"""What filters can ask: the fields of all exchanges, and the paths into the bodies of an API over all its versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.filters import bodies, catalogue
from dissector.filters.fields import FIELDS, SYNONYMS, Cost
from dissector.filters.kinds import Names
from dissector.views import style, wording
from dissector.views.style import Piece
from structs import enumerations, registry, wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dissector.filters.fields import Field
    from structs.grammar import Message, Side

_GAP: Final = "  "
_LISTED: Final = 6  # APIs, and names of numbers
SIDES: Final[tuple[Side, Side]] = ("request", "response")

_SECTIONS: Final = (
    ("from headers alone", (Cost.HEADER,)),
    ("from bodies, which are decoded where they may have it", (Cost.PEEK, Cost.REQUEST, Cost.RESPONSE)),
    ("from records", (Cost.RECORDS,)),
)
_MORE: Final = (
    (
        "bodies",
        (
            ("request.acks == 0", "a field by Kafka's name: kafka-dissect fields Produce"),
            ("response.topics.partitions.error_code == 6", "any element of lists will do"),
            ("request.transactional_id == null", "what a message says is not there"),
        ),
    ),
    (
        "comparisons",
        (
            ("== < <= > >= ~ in", "true if it is for any value of the field; without a value false"),
            ("!= !~ not in", "true if there is a value, and it is for none"),
            ("any F != x    all F == x", "for any, or for every value, of which there must be one"),
            ("F ~ 'a|b'", "a regular expression of Python's is found in the text"),
            ("F in (a, b, 10..20)", "one of these; numbers, durations, sizes and times have ranges"),
            ("has F    F", "it has a value; it has one that is not 0, false, empty or none"),
            ("not, and, or, ( )", "bind in this order"),
        ),
    ),
    (
        "values",
        (
            ("orders 'two words'", "text, of which case counts; quotes are for spaces ( ) , = ! < > ~"),
            ("Produce NOT_LEADER_OR_FOLLOWER", "names, of which case does not count, or their numbers"),
            ("50ms 1.5s 2m30s", "durations: ns us ms s m h d"),
            ("1500 64kB 1.5MiB", "sizes: B kB MB GB TB (1000), KiB MiB GiB TiB (1024)"),
            ("2026-11-20T21:05:18.5", "a time in UTC; 21:05:18 on any day; +30s since the capture's start"),
            ("21:05:18..21:05:19", "a second: == is true of one nanosecond only"),
            ("10.1.2.3:9092 10.1.0.0/16 :9092", "addresses"),
            ("answered connection_reset", "outcomes and their reasons: kafka-dissect fields outcome"),
        ),
    ),
)


class Path(NamedTuple):
    """A field of an API's bodies, as filters write it.

    `kind` is "number", "text", ...; "struct" and "records" do not compare, and "secret" must not. `names` are what its
    numbers stand for, `versions` those that have it.
    """

    api: str
    path: str
    kind: str
    is_list: bool
    names: dict[int, str]
    versions: tuple[int, ...]


def general(*, color: bool, columns: int | None) -> Iterator[str]:
    """Yield the fields that all exchanges have, then what comparisons and values there are."""
    width = max(map(len, FIELDS))
    kinds = max(len(field.kind.name) for field in FIELDS.values())
    abouts = max(len(field.about) for field in FIELDS.values())
    for title, costs in _SECTIONS:
        yield style.paint([Piece(title, "strong")], color=color)
        for field in FIELDS.values():
            if field.cost in costs:
                first = [
                    Piece(f"{_GAP}{field.name:<{width}}{_GAP}", "field"),
                    Piece(f"{field.kind.name:<{kinds}}{_GAP}"),
                ]
                pieces = [*first, Piece(f"{field.about:<{abouts}}{_GAP}"), Piece(field.example, "dim")]
                if columns is not None and style.width(pieces) > columns:
                    pieces = [*first, Piece(field.about)]
                yield from _line(pieces, style.width(first), color=color, columns=columns)
    for title, rows in _MORE:
        yield style.paint([Piece(title, "strong")], color=color)
        longest = max(len(text) for text, _ in rows)
        for text, about in rows:
            first = [Piece(f"{_GAP}{text:<{longest}}{_GAP}")]
            yield from _line([*first, Piece(about, "dim")], style.width(first), color=color, columns=columns)


def lines(paths: Sequence[Path], *, color: bool, columns: int | None) -> Iterator[str]:
    """Yield the fields of an API's bodies: path, type and versions, and the names of numbers."""
    width = max(len(path.path) for path in paths)
    kinds = max(len(_kind(path)) for path in paths)
    versions = max(len(wording.ranges(path.versions)) for path in paths)
    for path in paths:
        first = [
            Piece(f"{path.path:<{width}}{_GAP}", "field"),
            Piece(f"{_kind(path):<{kinds}}{_GAP}"),
            Piece(f"v{wording.ranges(path.versions):<{versions}}{_GAP}", "dim"),
        ]
        yield from _line([*first, Piece(_names(path), "dim")], len(_GAP), color=color, columns=columns)


def found(fields: Iterable[Field], paths: Iterable[Path], *, color: bool, columns: int | None) -> Iterator[str]:
    """Yield fields that were looked for: those of all exchanges, and each path once, with the APIs that have it."""
    apis: dict[tuple[str, str], list[str]] = {
        (field.name, field.kind.name): [f"{_about(field)}: {field.example}"] for field in fields
    }
    for path in paths:
        apis.setdefault((path.path, _kind(path)), []).append(path.api)
    width = max((len(name) for name, _ in apis), default=0)
    kinds = max((len(kind) for _, kind in apis), default=0)
    for (name, kind), names in apis.items():
        first = [Piece(f"{name:<{width}}{_GAP}", "field"), Piece(f"{kind:<{kinds}}{_GAP}")]
        listed = wording.listing(names, len(names), _LISTED)
        yield from _line([*first, Piece(listed, "dim")], len(_GAP), color=color, columns=columns)


def paths(messages: Iterable[Message]) -> list[Path]:
    """Return the fields of messages, over all their versions, in the order of the newest."""
    return [path for message in messages for path in _paths(message)]


def search(word: str, sides: Sequence[Side] = SIDES) -> tuple[list[Field], list[Path]]:
    """Return the fields that have a word in their name: those of all exchanges, and those of bodies of these sides.

    Those of all exchanges are found by what else people call them, too; one side has none of them.
    """
    wanted = word.lower()
    meant = SYNONYMS.get(wanted)
    general = [field for field in FIELDS.values() if wanted in field.name or field.name == meant]
    everything = paths(registry.message(api.key, side) for api in registry.apis() for side in sides)
    found = [path for path in everything if wanted in (path.path if "." in wanted else path.path.rpartition(".")[2])]
    return general if len(sides) == len(SIDES) else [], found


def to_json(fields: Iterable[Field], paths: Iterable[Path]) -> str:
    """Return fields as a JSON array, an object for each (a line each).

    Of all exchanges: `field`, `type`, `about`, `example`, `reads` ("header", "body" or "records"), and `values` where
    there are no others. Of bodies: `field`, `type`, `list`, `api`, `versions`, and `names` of numbers where they stand
    for something.
    """
    objects: list[dict[str, Any]] = [
        {
            "field": field.name,
            "type": field.kind.name,
            "about": field.about,
            "example": field.example,
            "reads": {Cost.HEADER: "header", Cost.RECORDS: "records"}.get(field.cost, "body"),
            **({"values": values} if (values := _values(field)) else {}),
        }
        for field in fields
    ]
    for path in paths:
        described = {"field": path.path, "type": path.kind, "list": path.is_list, "api": path.api}
        names = {"names": {str(number): name for number, name in path.names.items()}} if path.names else {}
        objects.append({**described, "versions": list(path.versions), **names})
    return "[\n" + ",\n".join(json.dumps(value, ensure_ascii=False) for value in objects) + "\n]"


def _values(field: Field) -> list[str]:
    """Return the values that a field may have, where they are few."""
    return list(field.kind.names.values()) if isinstance(field.kind, Names) else []


def _about(field: Field) -> str:
    values = _values(field)
    return f"{field.about} ({', '.join(values)})" if values else field.about


def _paths(message: Message) -> Iterator[Path]:
    """Yield what each path of a message leads to, in the newest version that has it."""
    places: dict[str, tuple[wire.Member, list[int]]] = {}
    for version in message.versions.each():
        grammar = message.at(version)
        for path in catalogue.paths(message.side, message.api.key):
            place = bodies.place_of(grammar, path)
            if place is not None:
                known = places.get(".".join(path), (place.member, []))
                places[".".join(path)] = (place.member, [*known[1], version])
    for path in catalogue.paths(message.side, message.api.key):
        if ".".join(path) not in places:
            continue  # its window and that of the struct around it have no version in common
        member, versions = places[".".join(path)]
        node = bodies.inner_node(member.node)
        meaning, detail = node.meaning or ("", "")
        names = dict(enumerations.TABLES[detail]) if meaning == "enumeration" else {}
        name = f"{message.side}.{'.'.join(path)}"
        is_list = isinstance(member.node, wire.Array)
        yield Path(message.api.name, name, _kind_of(member), is_list, names, tuple(versions))


def _kind_of(member: wire.Member) -> str:
    node = bodies.inner_node(member.node)
    kind = bodies.kind_of(member)
    if kind is None:
        return "struct" if isinstance(node, wire.Struct) else "records"
    return "secret" if bodies.is_withheld(node) else kind.name


def _kind(path: Path) -> str:
    plural = "" if path.kind in ("text", "bytes", "records") else "es" if path.kind == "address" else "s"
    return f"list of {path.kind}{plural}" if path.is_list else path.kind


def _names(path: Path) -> str:
    names = [f"{number}={name}" for number, name in path.names.items()]
    return ", ".join(names)


def _line(pieces: list[Piece], indent: int, *, color: bool, columns: int | None) -> Iterator[str]:
    if columns is not None and style.width(pieces) > columns:
        pieces = style.wrap(pieces, columns, indent)
    yield from style.paint(pieces, color=color).rstrip().split("\n")
