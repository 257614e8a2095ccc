"""Live traffic as exchanges: for loops that wait for them, and for asyncio."""

from __future__ import annotations

import asyncio
import os
import time
import weakref
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dissector.capture import Capture, as_filter, decryption_with
from dissector.packets import Packets
from dissector.sinks.pcapng import PcapngWriter
from dissector.sources.errors import CaptureError
from dissector.sources.live import LiveReader
from dissector.streams import Limits

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from types import TracebackType
    from typing import BinaryIO, Self, Unpack

    from dissector.correlation import TakePair
    from dissector.engine import Options
    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.packets import Packet

#: What is idle, or unanswered, for so many seconds is let go. Clients keep quiet connections for 9 minutes (brokers for
#: 10), and what is answered latest, JoinGroup, may take 5.
IDLE_TIMEOUT: Final = 900.0
RESPONSE_TIMEOUT: Final = 600.0
#: What is missing for so many seconds was dropped: packets come late by milliseconds, retransmissions by less.
HOLE_TIMEOUT: Final = 2.0

_QUIET: Final = 1.0  # seconds without packets, after which what is idle is looked for
_FILE_BUFFER: Final = 1 << 20  # a call for each packet would wait for Python's lock each time
_SLICE: Final = 0.005  # seconds after which an event loop is given back


class LiveCapture(Capture):
    """The exchanges of live interfaces, as their responses arrive; `sniff` makes it.

    Iterate it once, with `for` or with `async for`: both wait for traffic until `stop` is called, the duration or
    `count` is reached, or the interfaces are gone (`CaptureError`). Leaving the loop, or the context, closes the
    capture. With `async for`, the event loop goes on meanwhile; the task may be cancelled.
    """

    def __init__(
        self,
        reader: LiveReader,
        *,
        count: int | None = None,
        file: BinaryIO | None = None,
        where: Callable[[Exchange], bool] | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(reader, where=where, **options)
        self.reader = reader
        #: Exchanges yielded.
        self.yielded = 0
        self._count = count
        self._file = file
        weakref.finalize(self, reader.stop)  # what nobody has any more captures nothing

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went, and how many packets were dropped before they could be read."""
        ledger = super().ledger
        ledger.dropped_by_kernel = self.reader.dropped_by_kernel
        ledger.dropped_by_us = self.reader.dropped_by_us
        return ledger

    def spare(self, take_pair: TakePair) -> None:
        """Have nothing taken: the exchanges that are yielded are counted, and so many may be all that are wanted."""

    def stop(self) -> None:
        """Capture no more: the loop ends with what was captured. Signal handlers may call this, and any thread."""
        self.reader.stop()

    def close(self) -> None:
        """Capture no more, and let go of the socket and of the file that packets were written to.

        Raises `CaptureError` where the last of them could not be written.
        """
        super().close()
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise CaptureError(f"{self._file.name}: {error.strerror or error}") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Exchange]:
        with self:
            broken = None
            try:
                while (packets := self.reader.take(_QUIET)) is not None:
                    for exchange in self._settling(packets):
                        if self._picks(exchange):
                            yield exchange
                            if self._is_enough():
                                return
            except CaptureError as error:
                broken = error
            for exchange in filter(self._picks, self._dissection.finish()):
                self.yielded += 1
                yield exchange
            if broken is not None:
                raise broken

    async def __aiter__(self) -> AsyncIterator[Exchange]:
        with self:
            broken = None
            try:
                async for packet in self._packets():
                    for exchange in self._settling(() if packet is None else (Packets.of(packet),)):
                        if self._picks(exchange):
                            yield exchange
                            if self._is_enough():
                                return
            except CaptureError as error:
                broken = error
            for exchange in filter(self._picks, self._dissection.finish()):
                self.yielded += 1
                yield exchange
            if broken is not None:
                raise broken

    async def _packets(self) -> AsyncIterator[Packet | None]:
        """Yield packets as they come, None where none come, and let the event loop go on every few milliseconds."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(ready.set)

        self.reader.listen(tell)
        while True:
            ready.clear()
            packets = self.reader.take(0)
            if packets is None:
                return
            if not packets:
                try:
                    async with asyncio.timeout(_QUIET):  # wait_for loses cancellations (3.11)
                        await ready.wait()
                except TimeoutError:
                    yield None
                continue
            since = time.monotonic()
            for packet in chain.from_iterable(packets):
                yield packet
                if time.monotonic() - since > _SLICE:
                    await asyncio.sleep(0)
                    since = time.monotonic()

    def _settling(self, packets: Iterable[Packets]) -> Iterator[Exchange]:
        """Yield what settles with packets; without any, what has waited for too long."""
        if packets == ():
            return self._dissection.expire(time.time_ns())
        return self._dissection.read(packets)

    def _picks(self, exchange: Exchange) -> bool:
        return self.yielded != self._count and (self._where is None or self._where(exchange))

    def _is_enough(self) -> bool:
        """Count an exchange that was handed on; with the last one, settle what is open, for the ledger."""
        self.yielded += 1
        if self.yielded != self._count:
            return False
        self.reader.stop()
        for _ in self._dissection.finish():
            pass
        return True


def sniff(
    *interfaces: str,
    bpf: str | None = None,
    duration: float | None = None,
    count: int | None = None,
    write: str | os.PathLike[str] | None = None,
    where: str | Callable[[Exchange], bool] | None = None,
    keylog: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> LiveCapture:
    """Capture on interfaces of this machine ("any", or none: on all of them), from now on, and dissect what comes.

    `bpf` is a capture filter in libpcap's language, which takes the place of ours: TCP, on `ports` where they are
    given. `duration` (seconds) and `count` (exchanges that are yielded) end it. With `where`, a filter (see
    `dissector.filters`) or a function, only exchanges that it picks are yielded. `write` names a pcapng file for the
    packets: they are in it as soon as they are captured. With `keylog`, a TLS key log that may grow meanwhile,
    connections whose secrets it has are decrypted. The other options are those of `dissector.engine.Options`;
    connections idle for 15 minutes, and requests unanswered for 10, are let go, unless they say otherwise; what
    is missing for 2 seconds is waited for no longer.

    Raises `CaptureError` where there is no such interface, no permission (it says what to do), the filter is wrong, or
    the file cannot be written; `KeyLogError` for a key log that is none; `ValueError` for `write="-"`.
    """
    if write is not None and os.fspath(write) == "-":  # it would make a file of that name
        raise ValueError('write="-" names no file: "/dev/stdout" is standard output, any other path a file, or a pipe')
    where = as_filter(where)
    if keylog is not None:
        options["decryption"] = decryption_with(keylog)
    reader = LiveReader(*interfaces, expression=bpf, ports=options.get("ports"), duration=duration)
    options = {"idle_timeout": IDLE_TIMEOUT, "response_timeout": RESPONSE_TIMEOUT, **options}
    limits = options.get("stream_limits") or Limits()
    if limits.wait_seconds is None:
        options["stream_limits"] = replace(limits, wait_seconds=HOLE_TIMEOUT)
    try:
        # After the socket: what cannot be captured overwrites nothing.
        file = None if write is None else Path(write).open("wb", _FILE_BUFFER)  # noqa: SIM115 - the capture closes it
        capture = LiveCapture(reader, count=count, file=file, where=where, **options)
    except OSError as error:
        reader.close()
        raise CaptureError(f"{error.filename}: {error.strerror}") from error
    except BaseException:
        reader.close()
        raise
    if file is None:
        reader.start()
    else:
        reader.start(PcapngWriter(file), name=file.name)
    return capture
