"""Packets as exchanges: the one-pass way in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from dissector.decryption import Decryption
from dissector.engine import Dissection, Options
from dissector.keylog import KeyLog, KeyLogError
from dissector.sources import objects, tshark
from dissector.sources.errors import CaptureError
from dissector.sources.files import CaptureReader
from dissector.sources.links import TsharkLinks
from dissector.sources.tls import TsharkDecrypter
from structs.records import DEFAULT

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType
    from typing import Any, Self, Unpack

    from dissector.correlation import TakePair
    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.packets import PacketSource
    from dissector.sources.files import Capture as File


_LARGEST_KEPT: Final = 30 << 20


class Capture:
    """The exchanges of a source of packets, in the order in which they settle.

    Iterate it once, as a context manager so that the source is closed: once more, or closed, is a ValueError. Bodies
    and records are decoded when they are first looked at. A source that is broken raises `CaptureError` after
    everything before the break was yielded.
    With `where`, only exchanges for which it says yes are yielded; the ledger has them all. `record_limits` are those
    of its options.
    """

    def __init__(
        self, source: PacketSource, *, where: Callable[[Exchange], bool] | None = None, **options: Unpack[Options]
    ) -> None:
        _check(options)
        _keep_large_blocks()
        self._source = source
        self._is_over = ""  # why nothing more comes of it
        self._links = TsharkLinks()  # begins nothing before there is a packet for it
        options.setdefault("links", self._links)
        self._decryption = options.get("decryption")
        self._where = where
        self.record_limits = options.get("record_limits", DEFAULT)
        self._dissection = Dissection(**options)

    @property
    def ledger(self) -> Ledger:
        """Where every byte read so far went."""
        return self._dissection.ledger

    @property
    def is_filtered(self) -> bool:
        """Whether exchanges that are there may not be yielded."""
        return self._where is not None

    @property
    def total_bytes(self) -> int | None:
        """The size of the files, None where it cannot be known beforehand."""
        return self._source.total_bytes

    @property
    def position(self) -> int:
        """How many of these bytes were read."""
        return self._source.position

    def spare(self, take_pair: TakePair) -> None:
        """Have `take_pair` (see `dissector.correlation`) take what it can in place of exchanges, before they are made.

        A filter has to see all of them: where there is one, nothing is taken.
        """
        if self._where is None:
            self._dissection.take_pair = take_pair

    def close(self) -> None:
        """Close the source, and end what was started for its packets."""
        self._is_over = "the capture is closed"
        self._source.close()
        self._links.close()
        if self._decryption is not None:
            self._decryption.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Exchange]:
        if self._is_over:
            raise ValueError(f"{self._is_over}: dissector.load(...) gives one to go back and forth in")
        self._is_over = "the capture was iterated before"
        exchanges = self._exchanges()
        return exchanges if self._where is None else filter(self._where, exchanges)

    def _exchanges(self) -> Iterator[Exchange]:
        broken: CaptureError | None = None
        try:
            yield from self._dissection.read(self._source.read())
        except CaptureError as error:
            broken = error
        yield from self._dissection.finish()
        if broken is not None:
            raise broken


def _check(options: Options) -> None:
    """Say what is wrong with options in the words of those who gave them, as a TypeError."""
    known = Options.__annotations__
    for name, value in options.items():
        if name not in known:
            raise TypeError(f"there is no option {name!r} of captures, but: where, keylog, {', '.join(sorted(known))}")
        if name in ("ports", "decode_as") and isinstance(value, int):
            raise TypeError(f"{name} are several, such as {name}={{{value}}}, not {value!r}")


@cache
def _keep_large_blocks() -> None:
    """Have blocks of a megabyte, which come and go with messages, kept by glibc's malloc instead of given back.

    It does that once a larger one was freed (mallopt(3), M_MMAP_THRESHOLD). No page of the first such block is touched,
    but each of another one would be: it is among those kept.
    """
    bytes(_LARGEST_KEPT)


def open_capture(
    *files: File | Any,
    where: str | Callable[[Exchange], bool] | None = None,
    keylog: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> Capture:
    """Open pcap or pcapng files (paths, "-" for standard input, or binary files) as one capture.

    Instead of files, one capture of pyshark may be given, or one iterable of scapy's packets (see
    `dissector.sources.objects`). With `where`, a filter (see `dissector.filters`) or a function, only exchanges that it
    picks are yielded. With `keylog`, a TLS key log, connections whose secrets it has are decrypted; those whose secrets
    are embedded in a pcapng are in any case. The other options are those of `dissector.engine.Options`: `ports`,
    `decode_as`, `stream_limits`, `record_limits`. Raises `KeyLogError` for a key log that is none.
    """
    where = as_filter(where)
    thing: Any = files[0] if len(files) == 1 else None
    if keylog is None and objects.is_pyshark(thing):
        keylog = objects.keylog_of(thing)
    decryption = options.get("decryption")
    if decryption is None:
        decryption = options["decryption"] = decryption_with(keylog)
    source: PacketSource
    if objects.is_pyshark(thing):
        source = objects.of_pyshark(thing, decryption.secrets.add)
    elif objects.is_scapy(thing):
        source = objects.ScapyPackets(thing)
    else:
        source = CaptureReader(*files, on_secrets=decryption.secrets.add)
    return Capture(source, where=where, **options)


def decryption_with(keylog: str | os.PathLike[str] | None) -> Decryption:
    """Return what decrypts TLS, with the secrets of a key log, and with those that are added to it.

    Raises `KeyLogError` for a key log that is none, and where tshark, which decrypts, is not installed.
    """
    if keylog is not None and tshark.find() is None:
        raise KeyLogError(f"{tshark.NOT_INSTALLED}: it is what decrypts ({tshark.HOW_TO_INSTALL})")
    return Decryption(KeyLog(keylog), TsharkDecrypter())


def as_filter(where: str | Callable[[Exchange], bool] | None) -> Callable[[Exchange], bool] | None:
    """Return a filter from its text; a function stays what it is, and None.

    A text that is none raises `FilterError`, anything else TypeError.
    """
    if where is None or callable(where):
        return where
    if not isinstance(where, str):
        text = f"where has to be a filter, such as 'api == Produce', or a function of an exchange, not {where!r}"
        raise TypeError(text)
    from dissector import filters  # its parser is imported where there is something to parse

    return filters.parse(where)
