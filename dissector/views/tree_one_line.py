"""Structs in a tree that stand on one line, where they fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.secrets import is_secret
from dissector.views import style
from dissector.views.style import Piece, Pieces
from dissector.views.tree_members import fields_of, plan
from dissector.views.tree_scalars import located, said, scalar, scalars, withheld
from structs import wire
from structs.buffers import Span, format_path
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.views.regions import Region
    from dissector.views.tree_places import Place
    from structs.buffers import Path

_COMMA: Final = Piece(", ")


class OneLine:
    """Puts structs on one line; `columns` is the room for one at depth 0, `place` where its fields stand at first.

    `is_located` has pieces say which bytes they show. `reveal` is how secrets can be had.
    """

    def __init__(
        self,
        topic_names: Mapping[str, str],
        place: Place,
        columns: int,
        *,
        show_secrets: bool,
        is_located: bool,
        reveal: str,
    ) -> None:
        self._topic_names = topic_names
        self._place = place
        self._columns = columns
        self._show_secrets = show_secrets
        self._is_located = is_located
        self._reveal = reveal

    def _scalars(self, name: str, element: wire.Node, values: list[Any], path: Path) -> Pieces:
        names = self._topic_names
        return scalars(name, element, values, names, lambda index: self._place.region((*path, index)))

    def _scalar(self, name: str, node: wire.Node, value: Any) -> Pieces:
        return scalar(name, node, value, self._topic_names)

    def _compact(self, node: wire.Node | None, values: Any, path: Path, depth: int, *, deep: bool = False) -> Pieces:
        """Return a struct's fields for one line; empty where they do not fit or something is wrong with them.

        `deep` takes structs inside of it along, in braces.
        """
        if not isinstance(node, wire.Struct) or not isinstance(values, dict) or wire.UNKNOWN_TAGS in values:
            return []
        if self._place.problems and self._is_troubled(path):
            return []
        known, room = plan(node), self._columns - 2 * depth
        if known.least > room or any(map(values.get, known.bulky)):
            return []
        topic_names, place = self._topic_names, self._place
        pieces: Pieces = []
        for field in fields_of(node, values):
            name, inner = field.name, (*path, field.name)
            if field.say is not None and name in values:
                text = field.say(values[name], topic_names)
            else:
                text = self._inline(field.member, values, inner, depth, deep=deep)
            if not text:
                return []
            if pieces:
                pieces.append(_COMMA)
                room -= 2
            region = place.region(inner) if self._is_located else None
            pieces.append(Piece(field.inline, "field", region))
            pieces += text if region is None else located(text, region)
            room -= style.columns(field.inline) + style.width(text)
            if room < 0:
                return []
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
            return [] if is_spread else self._scalars(name, node.element, value, path)
        if not self._show_secrets and value is not None and is_secret(member, values):
            return [self._withhold(value, self._place.region(path))]
        return [*self._scalar(name, node, value), *said(values.get("type_name") if name == "type" else None)]

    def _is_troubled(self, path: Path) -> bool:
        place = format_path(path)
        return any(field.startswith(place) for field in self._place.problems)

    def _withhold(self, value: str | bytes, region: Region | None) -> Piece:
        """Return what stands in the place of a secret, and have its bytes withheld wherever they are shown."""
        if region is not None:
            region.buffer.withheld.append(Span(region.start, region.stop))
        return withheld(value, self._reveal)
