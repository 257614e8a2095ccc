"""Files that are there when they are whole."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NewFile:
    """A file that is written under another name beside its own, and gets its own when it is finished.

    Raises `OSError` where nothing can be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.partial.touch()  # whether it can be written is said here, in the same words for all formats

    def finish(self) -> None:
        """Give the file its name; one that has it is replaced."""
        self.partial.replace(self.path)

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.partial.unlink(missing_ok=True)
