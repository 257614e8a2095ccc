"""Source text that grows line by line, with names that nothing else has."""

from __future__ import annotations

import keyword
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COMMA: Final = "\0"  # between the entries of a dict that may get a line each

_WIDTH: Final = 120


class Lines:
    """The body of a function, and the constants that stand before it; `taken` are names that are not to be used."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._lines: list[str] = []
        self._indent = 1
        self._constants: dict[str, str] = {}
        self._used = {*keyword.kwlist, "_", *taken}

    def source(self, head: str) -> str:
        """Return the whole text; `head` is the function's own line."""
        constants = [f"{name} = {made}\n" for made, name in self._constants.items()]
        return "".join([*constants, f"{head}\n", *self._lines])

    def line(self, text: str) -> None:
        """Write a line; a dict that makes it too long gets a line for each of its entries."""
        margin = "    " * self._indent
        line = margin + text.replace(COMMA, ", ")
        if len(line) <= _WIDTH or COMMA not in text:
            self._lines.append(f"{line}\n")
            return
        head, _, rest = text.partition("{")
        entries, _, tail = rest.rpartition("}")
        entries = "".join(f"{margin}    {entry},\n" for entry in entries.split(COMMA))
        self._lines.append(f"{margin}{head}{{\n{entries}{margin}}}{tail}\n")

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write lines inside of a statement; where there are none, what says so."""
        self.line(head)
        self._indent += 1
        before = len(self._lines)
        yield
        if len(self._lines) == before:
            self.line("pass")
        self._indent -= 1

    def name(self, wanted: str) -> str:
        """Return a name that nothing else uses."""
        name, number = wanted, 1
        while name in self._used or not name.isidentifier():
            number += 1
            name = f"{wanted}_{number}" if wanted.isidentifier() else f"field_{number}"
        self._used.add(name)
        return name

    def constant(self, made: str, wanted: str) -> str:
        """Return the name of what an expression makes once, beforehand."""
        if made not in self._constants:
            self._constants[made] = self.name(f"{wanted}_{len(self._constants)}")
        return self._constants[made]
