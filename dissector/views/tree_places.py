"""Where the fields at hand of a tree stand, and what is wrong with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.views.regions import Region
from structs.buffers import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.views.regions import Buffer
    from structs.buffers import Path, Span

_make: Final = tuple.__new__  # a named tuple's own constructor takes twice as long

Problems = dict[str, list[tuple[Problem, str]]]  # by the field's path, with their tones


class Place(NamedTuple):
    """The bytes that fields stand in: a message, or a payload inside it.

    `origin` is where in the buffer they begin; without a buffer nobody knows where they are. `problems` are those not
    said yet, by the field's path. `name` is what a program calls the value that holds the fields, "" if it has none.
    """

    spans: Mapping[Path, Span]
    buffer: Buffer | None
    origin: int
    problems: Problems
    name: str = ""

    def region(self, path: Path) -> Region | None:
        """Return the bytes of a field."""
        buffer, span, origin = self.buffer, self.spans.get(path), self.origin
        return None if buffer is None or span is None else _make(Region, (buffer, span[0] + origin, span[1] + origin))

    def more(self, path: Path, shown: int, count: int) -> str:
        """Say how many elements of a list are not shown, and how a program gets them."""
        where = "".join(f"[{json.dumps(step)}]" for step in path)
        return f"+{count - shown} more" + (f": {self.name}{where}[{shown}:]" if self.name else "")
