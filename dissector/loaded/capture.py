"""`dissector.load`: a whole capture, to go back and forth in."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from dissector.capture import Capture, open_capture
from dissector.loaded.progress import shown
from dissector.loaded.selection import Exchanges
from dissector.loaded.spool import SpoolError
from dissector.loaded.store import Store
from dissector.sources.errors import CaptureError
from dissector.views.progress import is_large

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self, Unpack

    from dissector.engine import Options
    from dissector.exchanges import Exchange
    from dissector.ledger import Ledger
    from dissector.sources.files import Capture as File


class LoadedCapture(Exchanges):
    """All exchanges of a capture, in the order in which they settled: `capture[17]`, `capture[-10:]`, `len(capture)`.

    An exchange is what `open_capture` would have given. `ledger` says where every byte went: as there, looking at a
    body moves its bytes, and looking twice counts once. `error` is what the capture broke off with, None if it did not.

    Memory holds an index, about 120 bytes for an exchange. The bytes of messages are in a temporary file without a
    name, which goes when the capture is closed, let go of, or when Python ends.
    """

    def __init__(self, store: Store, ledger: Ledger, error: CaptureError | None) -> None:
        super().__init__(store, range(len(store)))
        self.ledger = ledger
        self.error = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        broken = "" if self.error is None else f", broke off: {self.error}"
        return f"<LoadedCapture: {len(self)} exchanges{broken}>"

    def close(self) -> None:
        """Let go of the temporary file; exchanges that were not asked for before cannot be had any more."""
        self._store.close()


def load(
    *captures: File | Capture,
    where: str | Callable[[Exchange], bool] | None = None,
    keylog: str | os.PathLike[str] | None = None,
    **options: Unpack[Options],
) -> LoadedCapture:
    """Read captures to their ends, and return them as one, with random access.

    Takes what `open_capture` takes, with the same options; or what `sniff` or `open_capture` gave, which is read to its
    end with the options that it has. With `where`, only exchanges that it picks are kept. Of large files, a bar shows
    how much was read, in notebooks and at terminals.

    A capture that breaks off (tcpdump was killed, a disk was full) gives what came before, and a warning that says so;
    `error` has it, too. Raises `CaptureError` where nothing could be read, or the temporary file has no room.
    """
    stream = _stream(captures, where, keylog, options)
    store = Store()
    error = None
    with stream, shown(stream, is_long=is_large(stream)):
        try:
            store.add_all(stream)
        except SpoolError:
            store.close()
            raise
        except CaptureError as broken:
            if not stream.ledger.packets:
                raise
            error = broken
            warnings.warn(f"the capture breaks off: {broken}", stacklevel=2)
        store.finish(stream.ledger, stream.record_limits)
        return LoadedCapture(store, stream.ledger, error)


def _stream(
    captures: tuple[File | Capture, ...],
    where: str | Callable[[Exchange], bool] | None,
    keylog: str | os.PathLike[str] | None,
    options: Options,
) -> Capture:
    """Return what exchanges come from: a stream that was given, or one over files."""
    if not captures:
        raise TypeError("there is no capture to load: name a file")
    if any(isinstance(capture, Exchanges) for capture in captures):
        raise TypeError("a capture that was loaded is not loaded again: use it, or .exchanges(...) of it")
    streams = [capture for capture in captures if isinstance(capture, Capture)]
    if not streams:
        files = [capture for capture in captures if not isinstance(capture, Capture)]
        return open_capture(*files, where=where, keylog=keylog, **options)
    if len(captures) > 1 or where is not None or keylog is not None or options:
        raise TypeError("a capture that was opened already is loaded alone, with the options that it has")
    return streams[0]
