"""Packets as exchanges: the one-pass way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.engine import Dissection
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Self, Unpack

    from dissector.correlation import Exchange
    from dissector.engine import Options
    from dissector.ledger import Ledger
    from dissector.packets import PacketSource
    from dissector.sources.files import Capture as File


class Capture:
    """The exchanges of a source of packets, in the order in which they settle.

    Iterate it once, as a context manager so that the source is closed. Bodies and records are decoded when they are
    first looked at. A source that is broken raises `CaptureError` after everything before the break was yielded.
    With `where`, only exchanges for which it says yes are yielded; the ledger has them all.
    """

    def __init__(
        self, source: PacketSource, *, where: Callable[[Exchange], bool] | None = None, **options: Unpack[Options]
    ) -> None:
        self._source = source
        self._where = where
        self._dissection = Dissection(**options)

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went."""
        return self._dissection.ledger

    @property
    def total_bytes(self) -> int | None:
        """The size of the files, None where it cannot be known beforehand."""
        return self._source.total_bytes

    @property
    def position(self) -> int:
        """How many of these bytes were read."""
        return self._source.position

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def __iter__(self) -> Iterator[Exchange]:
        exchanges = self._exchanges()
        return exchanges if self._where is None else filter(self._where, exchanges)

    def _exchanges(self) -> Iterator[Exchange]:
        broken: CaptureError | None = None
        try:
            for packet in self._source:
                yield from self._dissection.feed(packet)
        except CaptureError as error:
            broken = error
        yield from self._dissection.finish()
        if broken is not None:
            raise broken


def open_capture(
    *files: File, where: str | Callable[[Exchange], bool] | None = None, **options: Unpack[Options]
) -> Capture:
    """Open pcap or pcapng files (paths, "-" for standard input, or binary files) as one capture.

    With `where`, a filter (see `dissector.filters`) or a function, only exchanges that it picks are yielded. The other
    options are those of `dissector.engine.Options`: `ports`, `decode_as`, `stream_limits`, `record_limits`.
    """
    return Capture(CaptureReader(*files), where=_filter(where), **options)


def _filter(where: str | Callable[[Exchange], bool] | None) -> Callable[[Exchange], bool] | None:
    """Return a filter from its text."""
    if not isinstance(where, str):
        return where
    from dissector import filters  # its parser is imported where there is something to parse

    return filters.parse(where)
