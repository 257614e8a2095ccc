"""A layout as plain values: its fields, spelled as Kafka's protocol guide does, and what sets two layouts apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from structs import wire
from structs.fields import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from structs.wire import Meaning

STRUCT: Final = "STRUCT"

_NUMBERS: Final = {
    "b": "INT8",
    "h": "INT16",
    "i": "INT32",
    "q": "INT64",
    "H": "UINT16",
    "I": "UINT32",
    "d": "FLOAT64",
}
_NATURAL: Final[tuple[Any, ...]] = (0, "", b"", [], wire.ZERO_UUID)  # False and 0.0 are 0

ChangeKind = Literal["flexible", "added", "removed", "changed"]


class Shape(NamedTuple):
    """A field as one version has it; an array's shape is that of its elements.

    `kind` is "STRING", "INT32", ..., whatever the encoding of its length; STRUCT has `fields`. `default` is UNSET where
    it is the natural one: zero, empty, false, and for records null.
    """

    name: str
    kind: str
    is_array: bool
    is_nullable: bool
    is_compact: bool
    tag: int | None
    default: Any
    meaning: Meaning | None
    fields: tuple[Shape, ...]

    @property
    def spelling(self) -> str:
        """The type as the protocol guide spells it: "COMPACT_NULLABLE_STRING"."""
        compact = "COMPACT_" if self.is_compact and self.kind in ("STRING", "BYTES", "RECORDS") else ""
        nullable = "NULLABLE_" if self.is_nullable and not self.is_array and self.kind in ("STRING", "BYTES") else ""
        return f"{compact}{nullable}{self.kind}"


class Change(NamedTuple):
    """What sets a layout apart from another: a field (`path` is "topics.partitions.leader_id"), or being flexible.

    `before` and `after` are the field's shapes; None where it is added or removed. A struct that is added or removed
    is followed by a change for each of its fields.
    """

    kind: ChangeKind
    path: str = ""
    before: Shape | None = None
    after: Shape | None = None


def shapes(layout: wire.Struct) -> tuple[Shape, ...]:
    """Return the fields of a layout, the tagged ones last."""
    tagged = {member.name: tag for tag, member in (layout.tagged or {}).items()}
    return tuple(_shape(member, tagged.get(member.name)) for member in layout.each_member())


def flatten(fields: Iterable[Shape], prefix: str = "") -> Iterator[tuple[str, Shape]]:
    """Yield every field with its path, depth first."""
    for field in fields:
        yield prefix + field.name, field
        yield from flatten(field.fields, f"{prefix}{field.name}.")


def changes(before: wire.Struct, after: wire.Struct) -> list[Change]:
    """Return what must be done to a layout to get another: what goes, then what comes or becomes different."""
    found: list[Change] = []
    if (before.tagged is None) != (after.tagged is None):
        found.append(Change("flexible"))
    old, new = dict(flatten(shapes(before))), dict(flatten(shapes(after)))
    found += [Change("removed", path, before=shape) for path, shape in old.items() if path not in new]
    for path, shape in new.items():
        if path not in old:
            found.append(Change("added", path, after=shape))
        elif _itself(old[path]) != _itself(shape):
            found.append(Change("changed", path, old[path], shape))
    return found


def _itself(shape: Shape) -> Shape:
    """Return what a field is by itself: its own fields have paths, compact follows from the version."""
    return shape._replace(fields=(), is_compact=False, meaning=None)


def _shape(member: wire.Member, tag: int | None) -> Shape:
    node = member.node
    is_array = isinstance(node, wire.Array)
    element = node.element if isinstance(node, wire.Array) else node
    inner = element.inner if isinstance(element, wire.NullableStruct) else element
    return Shape(
        member.name,
        _kind(inner),
        is_array=is_array,
        is_nullable=isinstance(node, wire.NullableStruct) or getattr(node, "nullable", False),
        is_compact=getattr(node, "compact", False),
        tag=tag,
        default=UNSET if _is_natural(member) else member.default,
        meaning=element.meaning,
        fields=shapes(inner) if isinstance(inner, wire.Struct) else (),
    )


def _kind(node: wire.Node) -> str:
    if isinstance(node, wire.Number):
        return _NUMBERS[node.code]
    return STRUCT if isinstance(node, wire.Struct) else type(node).__name__.upper()


def _is_natural(member: wire.Member) -> bool:
    if member.default is None:
        return isinstance(member.node, wire.Records)
    return isinstance(member.default, dict) or member.default in _NATURAL
