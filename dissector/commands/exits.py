"""Exit codes."""

from __future__ import annotations

from typing import Final

FINE: Final = 0
BROKEN: Final = 1
USAGE: Final = 2  # click's own
NO_KAFKA: Final = 3
INTERRUPTED: Final = 130  # 128 + SIGINT, as shells have it
