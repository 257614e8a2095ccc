"""Wireshark's tshark as a helper: for captures in formats that only it reads, and for packets that only it understands.

A file in another format it writes as pcapng, which is read here. Single packets go to a `Questions`: a running tshark
that is given one packet after the other and answers each with fields of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dissector.sources.errors import CaptureError
from dissector.sources.tools import piped

# What it takes to run a program is imported in functions: few captures need it, and all would wait for it.
if TYPE_CHECKING:
    import selectors
    import subprocess
    import tempfile
    from collections.abc import Callable, Iterator, Sequence
    from typing import IO, Any, BinaryIO

    from dissector.packets import Packet

HOW_TO_INSTALL: Final = "apt install tshark, dnf install wireshark-cli, brew install wireshark, or wireshark.org"
NOT_INSTALLED: Final = "tshark is not installed"
ANSWER_SECONDS: Final = 60.0  # a tshark that starts on a busy machine takes seconds

_ELSEWHERE: Final = (
    "/Applications/Wireshark.app/Contents/MacOS/tshark",
    r"C:\Program Files\Wireshark\tshark.exe",
)
_CHUNK: Final = 1 << 16
_MAX_ANSWER: Final = 1 << 20
_NOBODY: Final = 65534


class TsharkError(Exception):
    """tshark is not there, ended, or gives no answer; the message says which in a few words."""


def find() -> str | None:
    """Return the path of tshark, None where it is not installed."""
    import shutil

    return shutil.which("tshark") or next((path for path in _ELSEWHERE if Path(path).exists()), None)


def as_pcapng(path: str | os.PathLike[str] | None, magic: bytes) -> Iterator[bytes]:
    """Yield a capture file that begins with `magic` as pcapng.

    Raises `CaptureError` where there is no file but a stream, tshark is not installed, or does not know the format.
    """
    what = f"not a pcap or pcapng capture (starts with {magic.hex(' ')})"
    if path is None:
        raise CaptureError(f"{what}; other formats are read from files only")
    tshark = find()
    if tshark is None:
        raise CaptureError(f"{what}; tshark, which knows more formats, is not installed")
    command = [tshark, "-r", str(Path(path).absolute()), "-F", "pcapng", "-w", "-"]
    is_known = False
    try:
        for piece in piped(command, b"", bytes, "tshark stops reading"):
            is_known = True
            yield piece
    except CaptureError:
        if is_known:
            raise
        raise CaptureError(f"{what}, nor one that tshark reads") from None


class Questions:
    """A running tshark that answers each packet with the values of `fields`, and the text of all of them at once.

    `options` are tshark's own; `disabled` are protocols that it is not to know, as far as it does. The user's
    preferences, plugins and profiles do not count. Raises `TsharkError` where tshark ends, or gives no answer in
    `ANSWER_SECONDS`.
    """

    def __init__(self, fields: Sequence[str], options: Sequence[str] = (), disabled: Sequence[str] = ()) -> None:
        import selectors
        import subprocess
        import tempfile
        import weakref

        from dissector.sinks.pcapng import PcapngWriter

        tshark = find()
        if tshark is None:
            raise TsharkError(NOT_INSTALLED)
        self._asked = 0
        self._answers = b""
        self._home = tempfile.TemporaryDirectory(prefix="kafka-dissect-")
        # An option would end a tshark that lacks one of them.
        Path(self._home.name, "disabled_protos").write_text("".join(f"{name}\n" for name in disabled), "ascii")
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        command = [tshark, "-r", "-", "-l", "-n", "-Q", *options, "-T", "fields", "-E", "separator=;"]
        command += ["-E", "occurrence=a", "-E", "aggregator=,", "-e", "frame.number"]
        command += [argument for field in fields for argument in ("-e", field)]
        environment = os.environ | {"WIRESHARK_CONFIG_DIR": self._home.name}

        def start(**identity: Any) -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - the command is ours
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=environment,
                start_new_session=True,  # Ctrl-C is ours to handle: what is open is still worked on
                **identity,
            )

        try:
            self._process = _unprivileged(start, self._home.name)
        except OSError as error:
            self._home.cleanup()
            self._complaints.close()
            raise TsharkError(f"tshark does not start ({error.strerror})") from error
        # For the type checker: both are pipes.
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018
        self._output = self._process.stdout.fileno()
        self._input: BinaryIO = self._process.stdin  # type: ignore[assignment] # a buffered binary file
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._output, selectors.EVENT_READ)
        self._writer = PcapngWriter(self._input)
        #: Ends the process; whoever lets go of this object without a word ends it as well.
        self.close = weakref.finalize(self, _end, self._process, self._selector, self._complaints, self._home)

    def tell(self, secrets: bytes) -> None:
        """Give lines of a TLS key log, for the packets that follow."""
        try:
            self._writer.write_secrets(secrets)
        except OSError:
            raise self._ended() from None

    def ask(self, packet: Packet) -> list[str]:
        """Return the values of the fields; several of one field are joined by commas."""
        self._asked += 1
        try:
            self._writer.write(packet)
            self._writer.flush()
        except OSError:
            raise self._ended() from None
        number, *values = self._answer().split(";")
        if number != str(self._asked):
            raise TsharkError(f"tshark answers something else ({number[:20]!r} for packet {self._asked})")
        return values

    def _answer(self) -> str:
        """Read a line."""
        pieces = [self._answers]
        size = len(self._answers)
        while b"\n" not in pieces[-1]:
            if not self._selector.select(ANSWER_SECONDS):
                raise TsharkError(f"tshark gave no answer for {ANSWER_SECONDS:.0f} seconds")
            piece = os.read(self._output, _CHUNK)
            if not piece:
                raise self._ended()
            pieces.append(piece)
            size += len(piece)
            if size > _MAX_ANSWER:
                raise TsharkError("tshark answers without end")
        line, _, self._answers = b"".join(pieces).partition(b"\n")
        return line.decode("utf-8", "replace")

    def _ended(self) -> TsharkError:
        """Say how the process ended."""
        import subprocess

        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        self._complaints.seek(max(0, self._complaints.seek(0, os.SEEK_END) - _CHUNK))
        said = [line for line in self._complaints.read().decode(errors="replace").splitlines() if "as user" not in line]
        code = self._process.returncode
        return TsharkError(f"tshark ended ({said[-1].strip() if said else f'exit code {code}'})")


def _unprivileged(start: Callable[..., subprocess.Popen[bytes]], home: str) -> subprocess.Popen[bytes]:
    """Start tshark as nobody where root runs this: it captures nothing, and reads what strangers sent."""
    import subprocess

    if os.name == "posix" and os.geteuid() == 0:
        with suppress(OSError, subprocess.SubprocessError):  # containers may have no such user, or not let it run
            os.chown(home, _NOBODY, _NOBODY)
            return start(user=_NOBODY, group=_NOBODY, extra_groups=())
    return start()


def _end(
    process: subprocess.Popen[bytes],
    selector: selectors.BaseSelector,
    complaints: IO[bytes],
    home: tempfile.TemporaryDirectory[str],
) -> None:
    """End a process, and let go of what it came with."""
    selector.close()
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # what was not yet written goes nowhere
                pipe.close()
    process.wait()
    complaints.close()
    home.cleanup()
