"""Whether it is worth showing how much of a capture was read."""

from __future__ import annotations

from typing import Final, Protocol

FROM: Final = 20_000_000  # bytes of captures below which a bar would only flicker


class Reading(Protocol):
    """What somebody goes through."""

    @property
    def total_bytes(self) -> int | None:
        """How many bytes there are to read, None where that cannot be known."""

    @property
    def position(self) -> int:
        """How many of them were read."""


def is_large(capture: Reading) -> bool:
    """Say whether reading a capture takes so long that somebody waits for it; what has no end is not waited for."""
    return (capture.total_bytes or 0) >= FROM
