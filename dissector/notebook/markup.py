"""Pieces of text as HTML. Nothing from the wire reaches a page but through here."""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dissector.views.regions import Region
    from dissector.views.style import Pieces

_HERE: Final = Path(__file__).parent


def text(content: str) -> str:
    """Return text as HTML, fit for elements and for attributes in quotes."""
    return escape(content, quote=True)


def pieces(line: Pieces, region: Region | None = None) -> str:
    """Return pieces as HTML; those that show other bytes than `region` say which."""
    return "".join(_piece(piece.text, piece.tone, piece.region, region) for piece in line if piece.text)


def place(region: Region | None) -> str:
    """Return the attribute that names a region's bytes; nothing for one without bytes."""
    if region is None or region.start >= region.stop:
        return ""
    return f' data-bytes="{region.buffer.number}:{region.start}:{region.stop}"'


def page(kind: str, body: str, *, script: bool = False) -> str:
    """Return a body with the style, and the script that binds fields to bytes where there are any, as one element."""
    code = f"<script>{_asset('view.js')}</script>" if script else ""
    return f'<div class="kafka-dissector kd-{kind}"><style>{_asset("view.css")}</style>{body}</div>{code}'


def _piece(content: str, tone: str, region: Region | None, around: Region | None) -> str:
    own = "" if region == around else place(region)
    shown = text(content)
    if not tone and not own:
        return shown
    kind = f' class="kd-{tone}"' if tone else ""
    return f"<span{kind}{own}>{shown}</span>"


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8").strip()
