"""What changed between two layouts, in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dissector.views.style import Piece, Pieces
from structs.fields import UNSET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from structs.outline import Change, Shape


def told(found: Iterable[Change], *, brief: bool = False) -> Iterator[Pieces]:
    """Yield each change in words; the fields of a struct that comes or goes are told with it."""
    told: set[str] = set()
    for change in found:
        parent, _, _ = change.path.rpartition(".")
        if change.kind == "changed" or parent not in told:
            yield _words(change, brief=brief)
        if change.kind in ("added", "removed"):
            told.add(change.path)


def _words(change: Change, *, brief: bool) -> Pieces:
    before, after = change.before, change.after
    space = "" if brief else " "  # where lines are wrapped, a sign stays with its field
    if before is None and after is None:
        return [Piece("flexible" if brief else "~ flexible: compact lengths, tagged fields", "warning")]
    if after is None:
        return [Piece(f"-{space}{change.path}", "error")]
    if before is None:
        return [Piece(f"+{space}{change.path}", "meaning"), Piece("" if brief else f" => {_type(after)}")]
    return [Piece(f"~{space}{change.path}", "warning"), Piece(f": {_difference(before, after)}")]


def _type(field: Shape) -> str:
    names = " ".join(f"[{inner.name}]" if inner.is_array else inner.name for inner in field.fields)
    text = names or field.spelling
    tag = "" if field.tag is None else f" (tag {field.tag})"
    return (f"[{text}]" if field.is_array else text) + tag


def _difference(before: Shape, after: Shape) -> str:
    found = []
    if before.is_nullable != after.is_nullable:
        found.append("may be null" if after.is_nullable else "may not be null")
    if (before.kind, before.is_array, before.tag) != (after.kind, after.is_array, after.tag):
        found.append(f"{_type(after)}, was {_type(before)}")
    if before.default != after.default:
        found.append("natural default" if after.default is UNSET else default(after))
    return ", ".join(found)


def default(field: Shape) -> str:
    """Return a field's default."""
    return f"default {json.dumps(field.default) if isinstance(field.default, str | bool | None) else field.default}"
