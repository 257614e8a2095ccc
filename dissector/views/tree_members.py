"""What a tree says of the fields of a struct that is known before there are values."""

from __future__ import annotations

from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.views import style
from dissector.views.meanings import is_mute
from dissector.views.style import Piece, Pieces
from dissector.views.tree_scalars import scalar
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SIMPLE: Final = (wire.Number, wire.Boolean, wire.String, wire.Uuid)
_make: Final = tuple.__new__  # a named tuple's own constructor takes twice as long
_COLON: Final = Piece(": ")


class Field(NamedTuple):
    """A field: `label` are the pieces before its value, `inline` is their text where it shares a line with others.

    `say` makes the pieces of a value with the names of topics, where the field alone decides about them; it is None
    where there is more to it: structs, lists, payloads, secrets. `element` is what a list is of.
    """

    name: str
    member: wire.Member
    label: Pieces
    inline: str
    say: Callable[[Any, Mapping[str, str]], Pieces] | None
    element: wire.Node | None


class Plan(NamedTuple):
    """The fields of a struct; on one line they take `least` columns at least, and `bulky` ones have to be empty."""

    fields: tuple[Field, ...]
    bulky: tuple[str, ...]
    least: int


@cache
def plan(node: wire.Struct) -> Plan:
    """Return the fields of a struct."""
    fields = tuple(map(_field, node.each_member()))
    shown = [field for field in fields if field.name != "type_name"]  # which stands beside its number
    least = sum(style.columns(field.inline) + 1 for field in shown) + 2 * max(len(shown) - 1, 0)
    return Plan(fields, tuple(field.name for field in fields if _is_bulky(field.member.node)), least)


def fields_of(node: wire.Struct, values: Mapping[str, Any]) -> Sequence[Field]:
    """Return the fields of a struct but for the name of a type, which stands beside its number."""
    fields = plan(node).fields
    if "type_name" not in values or "type" not in values:
        return fields
    return [field for field in fields if field.name != "type_name"]


def _is_bulky(node: wire.Node) -> bool:
    return isinstance(node, wire.Records) or (isinstance(node, wire.Array) and isinstance(node.element, wire.Struct))


def _field(member: wire.Member) -> Field:
    name, node = member.name, member.node
    element = node.element if isinstance(node, wire.Array) and node.meaning is None else None
    return Field(name, member, [Piece(name, "field"), _COLON], f"{name}: ", _sayer(name, node), element)


def _sayer(name: str, node: wire.Node) -> Callable[[Any, Mapping[str, str]], Pieces] | None:
    meaning = node.meaning.name if node.meaning is not None else ""
    if name == "type" or meaning in ("secret", "embedded", "config_value") or not isinstance(node, _SIMPLE):
        return None
    if isinstance(node, wire.Number) and is_mute(name, node):
        return lambda value, _: [_make(Piece, (str(value), "", None))]
    if isinstance(node, wire.Number):
        repeated = lru_cache(maxsize=256)(partial(scalar, name, node, topic_names={}))
        return lambda value, _: repeated(value)
    return partial(scalar, name, node)
