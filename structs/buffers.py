"""Where grammars read from and write to: a buffer with a position, the path of the field at hand, what went wrong."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, NamedTuple, NoReturn

import construct

Buffer = bytes | bytearray | memoryview
Path = tuple[str | int, ...]

MAX_WARNINGS: Final = 1000  # per buffer: garbage can deserve one per byte, each larger than what it is about


class Span(NamedTuple):
    """The byte range of a field: from `start` up to, not including, `stop`."""

    start: int
    stop: int


class Problem(NamedTuple):
    """What is wrong with a message, where: `offset` counts from the first byte of the buffer that was read."""

    kind: str
    message: str
    offset: int
    field: str

    def __str__(self) -> str:
        where = f"{self.field} at byte {self.offset}" if self.field else f"byte {self.offset}"
        return f"{where}: {self.message}"


class _Unread(Enum):
    """The type of UNREAD."""

    UNREAD = "unread"

    def __repr__(self) -> str:
        return self.name


UNREAD: Final = _Unread.UNREAD  # stands for a value of which nothing could be read; None is a value


class WireError(construct.ConstructError):
    """Bytes that do not follow the grammar, or a value that the grammar cannot carry.

    `problem` says what and where; `partial` holds everything that was read before it (UNREAD if nothing was); `path`
    is construct's path to where a grammar stands in foreign constructs, None without such.
    Kinds: "truncated" (the bytes end before the field does), "malformed", "invalid" (a value to build).
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem
        self.partial: Any = UNREAD

    def __str__(self) -> str:
        return str(self.problem)


def format_path(path: Path | list[str | int]) -> str:
    """Spell a path as people write it: ("topics", 3, "name") is "topics[3].name"."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


UNBOUNDED: Final = 1 << 62


class Reader:
    """A position in a buffer; reading moves it. `limit` is where the bytes end for the field being read.

    `elements` is how many elements of arrays and unknown tags there may still be, all together: each costs some hundred
    bytes of memory, and takes two on the wire.
    After a WireError the path still leads to the field that failed: such a reader has no further use.
    """

    __slots__ = ("data", "elements", "limit", "path", "position", "spans", "warnings")

    def __init__(self, data: Buffer, position: int = 0, *, spans: bool = False) -> None:
        self.data = data
        self.position = position
        self.limit = len(data)
        self.elements = UNBOUNDED
        self.path: list[str | int] = []
        self.warnings: list[Problem] = []
        self.spans: dict[Path, Span] | None = {} if spans else None

    def advance(self, size: int) -> int:
        """Step over `size` bytes and return where they begin; raise WireError if they are not there."""
        start = self.position
        stop = start + size
        if stop > self.limit:
            self._run_out(f"needs {size} bytes, {self.limit - start} are left")
        self.position = stop
        return start

    def charge(self, count: int) -> None:
        """Take note of so many more elements; raise WireError if they are too many."""
        self.elements -= count
        if self.elements < 0:
            self.fail("limit", f"{count} more elements than this reading may take")

    def take(self, size: int) -> Buffer:
        """Return the next `size` bytes."""
        start = self.advance(size)
        return self.data[start : start + size]

    def unsigned_varint(self, bits: int = 32) -> int:
        """Read a LEB128 number of at most `bits` bits."""
        data, start, limit = self.data, self.position, self.limit
        if start < limit and (number := data[start]) < 0x80:  # nearly all are this short
            self.position = start + 1
            return number
        longest = (bits + 6) // 7
        value = shift = 0
        for position in range(start, min(start + longest, limit)):
            byte = data[position]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                if value >> bits:
                    self.fail("malformed", f"varint overflows {bits} bits")
                self.position = position + 1
                return value
            shift += 7
        if limit - start >= longest:
            self.fail("malformed", f"varint is longer than {longest} bytes")
        return self._run_out(f"varint does not end within the {limit - start} bytes left")

    def _run_out(self, message: str) -> NoReturn:
        # Where the limit is that of an enclosing field, the buffer goes on: nothing was cut off, the lengths disagree.
        self.fail("truncated" if self.limit == len(self.data) else "malformed", message)

    def fail(self, kind: str, message: str) -> NoReturn:
        """Raise a WireError for the field being read."""
        raise WireError(Problem(kind, message, self.position, format_path(self.path)))

    def warn(self, kind: str, message: str, offset: int) -> None:
        """Note something that is wrong and can be read all the same; say so once where it gets too much."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(Problem(kind, message, offset, format_path(self.path)))
        elif len(self.warnings) == MAX_WARNINGS:
            self.warnings.append(Problem("more_warnings", "from here on warnings are left out", offset, ""))


class Writer:
    """The bytes built so far, and the path of the field being built."""

    __slots__ = ("data", "path")

    def __init__(self) -> None:
        self.data = bytearray()
        self.path: list[str | int] = []

    def unsigned_varint(self, value: int) -> None:
        """Append a LEB128 number."""
        while value > 0x7F:
            self.data.append(value & 0x7F | 0x80)
            value >>= 7
        self.data.append(value)

    def fail(self, message: str) -> NoReturn:
        """Raise a WireError for the field being built."""
        raise WireError(Problem("invalid", message, len(self.data), format_path(self.path)))
