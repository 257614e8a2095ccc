"""Single values in a tree: numbers with what they stand for, text and bytes as far as there is room."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of
from dissector.views.style import Piece, Pieces
from structs import wire
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dissector.views.regions import Region

MAX_TEXT: Final = 120  # characters of text that are shown
_MAX_HEX: Final = 24  # bytes that are shown as hex
REVEAL: Final = "--show-secrets"
_ADDRESSES: Final = frozenset({"client_host_address"})
_MAX_NUMBERS: Final = 24  # scalars of a list that are shown
_make: Final = tuple.__new__  # a named tuple's own constructor takes twice as long
_NULL: Final = Piece("null", "dim")
_EMPTY: Final = Piece("[]")


def content(raw: bytes | None) -> str:
    """Return bytes as text where they are UTF-8, else as hex; elided where long, with their count."""
    if raw is None:
        return "null"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = ""
    if text.isprintable() and (text or not raw):
        shown = wording.elide(printable(text), MAX_TEXT)
        return f'"{shown}"' + (f" ({len(raw)} bytes)" if len(text) > MAX_TEXT else "")
    more = f"… ({len(raw)} bytes)" if len(raw) > _MAX_HEX else ""
    return f"0x{raw[:_MAX_HEX].hex()}{more}"


def withheld(value: str | bytes, reveal: str = REVEAL) -> Piece:
    """Return what stands in the place of a secret; `reveal` is how to have it shown."""
    size = len(value.encode() if isinstance(value, str) else value)
    if not size:
        return Piece("empty", "dim")
    return Piece(f"withheld, {wording.plural(size, 'byte')} ({reveal} shows them)", "warning")


def scalar(name: str, node: wire.Node, value: Any, topic_names: Mapping[str, str]) -> Pieces:
    """Return a value and what it stands for; `name` is the field's."""
    if value is None:
        return [_NULL]
    meaning = node.meaning.name if node.meaning is not None else ""
    if type(value) is str and meaning != "topic_id":
        return [Piece(f'"{wording.elide(printable(value), MAX_TEXT)}"')]
    if meaning == "error_code":
        return [Piece(str(value)), Piece(f" {error_name(value)}", "error" if value else "dim")]
    if meaning == "topic_id":
        known = topic_names.get(value)
        return [Piece(value), *said(printable(known) if known is not None else None)]
    if isinstance(value, bytes):
        if name in _ADDRESSES and len(value) in (4, 16):
            return [Piece(content(value)), *said(str(ip_address(value)))]
        label = None if isinstance(node, wire.String) else payloads.label_of(node)
        return [Piece(content(value) + (f" [{label}]" if label is not None else ""))]
    return [Piece(str(value).lower() if isinstance(value, bool) else str(value)), *said(meaning_of(name, value, node))]


def scalars(
    name: str,
    element: wire.Node,
    values: list[Any],
    topic_names: Mapping[str, str],
    region: Callable[[int], Region | None] = lambda _: None,
) -> Pieces:
    """Return the first values of a list in brackets, and how many more there are; `region` says where each stands."""
    if not values:
        return [_EMPTY]
    pieces: Pieces = [Piece("[")]
    for index, value in enumerate(values[:_MAX_NUMBERS]):
        pieces += [Piece(", ")] if index else []
        pieces += located(scalar(name, element, value, topic_names), region(index))
    more = len(values) - _MAX_NUMBERS
    return [*pieces, Piece(f" +{more} more]" if more > 0 else "]")]


def located(pieces: Pieces, region: Region | None) -> Pieces:
    """Return pieces that show the bytes of a region, but for those that show a part of them."""
    return [_make(Piece, (text, tone, shown or region)) for text, tone, shown in pieces]


def said(text: str | None) -> Pieces:
    """Return what a value stands for, in parentheses; nothing if it speaks for itself."""
    return [Piece(f" ({text})", "meaning")] if text is not None else []
