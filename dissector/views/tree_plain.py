"""Values that follow no grammar of ours, as JSON and OpenTelemetry's metrics, in a tree."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from dissector.views.tree_scalars import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_DEPTH: Final = 16  # values deeper inside are shown as JSON, as far as there is room
_ON_A_LINE: Final = 100  # characters


def plain_lines(value: Any, depth: int = 0) -> Iterator[tuple[int, Pieces]]:
    """Yield the lines of a value's parts with their depths."""
    parts = _parts(value)
    if not parts:
        yield depth, [Piece(_text(value))]
    for label, part in parts:
        short = _short(part) if depth < _MAX_DEPTH else _text(part)
        if short is not None:
            yield depth, [label, Piece(f": {short}")]
        else:
            yield depth, [label, Piece(f": {len(part)}" if isinstance(part, list) else "")]
            yield from plain_lines(part, depth + 1)


def _parts(value: Any) -> list[tuple[Piece, Any]]:
    if isinstance(value, dict):
        return [(Piece(wording.elide(printable(name), MAX_TEXT), "field"), part) for name, part in value.items()]
    if isinstance(value, list):
        return [(Piece(f"[{index}]", "dim"), part) for index, part in enumerate(value)]
    return []


def _short(value: Any) -> str | None:
    """Return a value for one line; None if it has to be spread."""
    if isinstance(value, dict | list) and value:
        parts = value.values() if isinstance(value, dict) else value
        if any(isinstance(part, dict | list) for part in parts):
            return None
        text = json.dumps(value, ensure_ascii=False)
        return printable(text) if len(text) <= _ON_A_LINE else None
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return f'"{wording.elide(printable(value), MAX_TEXT)}"'
    return wording.elide(printable(json.dumps(value, ensure_ascii=False)), MAX_TEXT)
