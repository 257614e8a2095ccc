"""Whether it is worth showing how much of a capture was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dissector.capture import Capture
    from dissector.packets import PacketSource

FROM: Final = 20_000_000  # bytes of captures below which a bar would only flicker


def is_large(capture: Capture | PacketSource) -> bool:
    """Say whether reading a capture takes so long that somebody waits for it; what has no end is not waited for."""
    return (capture.total_bytes or 0) >= FROM
