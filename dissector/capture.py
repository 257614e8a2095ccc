"""Capture files as exchanges: the one-pass way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.engine import Dissection
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader
from structs import records

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import TracebackType
    from typing import Self

    from dissector import streams
    from dissector.correlation import Exchange
    from dissector.ledger import Ledger
    from dissector.sources.files import Capture as Source


class Capture:
    """The exchanges of one or several capture files, in the order in which they settle.

    Iterate it once, as a context manager so that files are closed. Bodies and records are decoded when they are first
    looked at. A file that is broken raises `CaptureError` after everything before the break was yielded.
    """

    def __init__(
        self,
        *sources: Source,
        ports: Collection[int] | None = None,
        decode_as: Collection[int] = (),
        stream_limits: streams.Limits | None = None,
        record_limits: records.Limits = records.DEFAULT,
    ) -> None:
        self._reader = CaptureReader(*sources)
        self._dissection = Dissection(
            ports=ports, decode_as=decode_as, stream_limits=stream_limits, record_limits=record_limits
        )

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went."""
        return self._dissection.ledger

    @property
    def total_bytes(self) -> int | None:
        """The size of the files, None where it cannot be known beforehand."""
        return self._reader.total_bytes

    @property
    def position(self) -> int:
        """How many of these bytes were read."""
        return self._reader.position

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()

    def __iter__(self) -> Iterator[Exchange]:
        broken: CaptureError | None = None
        try:
            for packet in self._reader:
                yield from self._dissection.feed(packet)
        except CaptureError as error:
            broken = error
        yield from self._dissection.finish()
        if broken is not None:
            raise broken


def open_capture(
    *sources: Source,
    ports: Collection[int] | None = None,
    decode_as: Collection[int] = (),
    stream_limits: streams.Limits | None = None,
    record_limits: records.Limits = records.DEFAULT,
) -> Capture:
    """Open pcap or pcapng files (paths, "-" for standard input, or binary files) as one capture.

    Kafka is recognised by evidence on any port (see `dissector.recognition`), and taken for granted on its usual ones
    and on those in `decode_as`. With `ports`, exactly those are taken for Kafka's, and no others are looked at.
    `stream_limits` (a `dissector.streams.Limits`) say how long to wait for segments that are missing, `record_limits`
    (a `structs.records.Limits`) what a record batch may cost: beyond, it is a reported error.
    """
    return Capture(*sources, ports=ports, decode_as=decode_as, stream_limits=stream_limits, record_limits=record_limits)
