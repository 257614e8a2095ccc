"""What an input may cost: a second, and memory as `dissector` promises."""

from __future__ import annotations

import resource
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SECONDS: Final = 1.0  # of processor time
MAX_GROWTH: Final = 300 << 20  # of the process by one input, whatever the input
_TRACED: Final = 32  # every so many inputs have their memory traced, chosen by their contents
_BASE: Final = 4 << 20
_PER_BYTE: Final = 1000


class BoundError(AssertionError):
    """An input takes too much time or memory."""


def bounded(check: Callable[[bytes], None], data: bytes, *, traced: bool | None = None, allowance: int = 0) -> None:
    """Check an input within the bounds; `allowance` bytes of memory are its due beside what its size gives.

    Tracing takes several times as long, so it is done for few inputs, and not while the time is taken.
    """
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = _seconds(check, data)
    if spent > MAX_SECONDS:
        spent = min(spent, _seconds(check, data))  # the first time pays for imports, and for busy neighbours
    if spent > MAX_SECONDS:
        raise BoundError(f"{len(data)} bytes took {spent:.2f} s")
    growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) << 10
    if growth > MAX_GROWTH:
        raise BoundError(f"{len(data)} bytes took {growth >> 20} MiB of memory")
    if zlib.crc32(data) % _TRACED == 0 if traced is None else traced:
        _trace(check, data, _BASE + _PER_BYTE * len(data) + allowance)


def _seconds(check: Callable[[bytes], None], data: bytes) -> float:
    start = time.process_time()
    check(data)
    return time.process_time() - start


def _trace(check: Callable[[bytes], None], data: bytes, limit: int) -> None:
    tracemalloc.start()
    try:
        check(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if peak > limit:
        raise BoundError(f"{len(data)} bytes took {peak} bytes of memory, {limit} are allowed")
