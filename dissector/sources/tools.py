"""Command line tools as filters: bytes in at one end, bytes out at the other, in bounded memory."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import IO

from dissector.sources.errors import CaptureError

Read = Callable[[], bytes]

_PIECE = 1 << 20


def piped(command: Sequence[str], head: bytes, read: Read, trouble: str) -> Iterator[bytes]:
    """Yield what a tool makes of `head` and of what `read` gives; the tool is fed from a thread.

    If it fails, whatever it gave comes first, then `CaptureError`: `trouble`, and the tool's last word on it.
    """
    import subprocess  # few captures need a tool, and all would wait for its import
    from threading import Thread

    process = subprocess.Popen(  # noqa: S603 - the command is ours
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    # For the type checker: all three are pipes.
    assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018
    try:
        with process.stdout as output, process.stderr as complaints:
            widen(output)
            Thread(target=_pump, args=(head, read, process.stdin), daemon=True).start()
            while piece := os.read(output.fileno(), _PIECE):
                yield piece
            complaint = complaints.read().decode(errors="replace").strip()
        process.wait()
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise CaptureError(f"{trouble} ({complaint.splitlines()[-1] if complaint else 'no reason given'})")


def widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold as much as is read at once, not a sixteenth of it, where the system does so and allows it."""
    if sys.platform == "linux":
        import fcntl  # not every system has it

        with suppress(OSError):  # no pipe at all, or too many large ones
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIECE)


def _pump(data: bytes, read: Read, sink: IO[bytes]) -> None:
    """Write a stream to a tool that may stop reading at any time."""
    with suppress(OSError, ValueError), sink:
        while data:
            sink.write(data)
            data = read()
