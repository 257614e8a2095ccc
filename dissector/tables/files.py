"""Files that are there when they are whole."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NewFile:
    """A file that is written under another name beside its own, and gets its own when it is finished."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")

    def create(self) -> None:
        """Make the file, and its folder; raise `OSError` where nothing can be written, in the same words for all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.partial.touch()

    def finish(self) -> None:
        """Give the file its name; one that has it is replaced."""
        self.partial.replace(self.path)

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self.partial.unlink(missing_ok=True)
