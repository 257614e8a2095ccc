"""Packets of the network interfaces of this machine, as they come (Linux).

A thread empties the ring that the kernel fills (`dissector.sources.ring`), into a queue of blocks that is bounded in
bytes. What finds the ring full is dropped by the kernel, what finds the queue full is dropped here: both are counted.
One socket serves all interfaces, so that packets come in the order in which they were seen.
"""

from __future__ import annotations

import os
import select
import shlex
import sys
import time
import weakref
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from socket import if_indextoname
from threading import Lock, Thread, get_native_id
from typing import TYPE_CHECKING, Final, Protocol

from dissector.packets import PacketReader
from dissector.sources import bpf, interfaces
from dissector.sources.errors import CaptureError
from dissector.sources.ring import RETIRE, Block, Ring

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Self

    from dissector.packets import Packet, Packets

MAX_WAITING: Final = 128 << 20
_LOOK: Final = 1.0  # seconds from one look at drops and interfaces to the next
#: Seconds after which a thread that decodes lets another one run: with Python's own 5 ms, emptying the ring comes too
#: late where packets are also written to a file (at 200 MB/s a third of them were dropped).
_SWITCH: Final = 0.0005
_NICE: Final = -10  # it needs little, and being late costs packets


class PacketSink(Protocol):
    """Something that packets are written to while they are captured (`dissector.sinks.pcapng.PcapngWriter`)."""

    def write(self, packet: Packet, interface: str | None = None) -> None:
        """Write a packet, as captured on the interface of that name."""

    def flush(self) -> None:
        """Hand what is written to those who read along."""


class _Turns:
    """A context in which threads take turns more often; it is the process's, and captures share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._captures = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._captures:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(min(self._usual, _SWITCH))
            self._captures += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._captures -= 1
            if not self._captures:
                sys.setswitchinterval(self._usual)


_turns: Final = _Turns()


class LiveReader(PacketReader):
    """The packets of live interfaces, from now on until `stop`, or until `duration` seconds after `start`.

    `names` are interfaces, "any" stands for all there are and will be; without names, any. `expression` is a capture
    filter (libpcap's language); without one, everything that may carry Kafka is taken, on `ports` if they are given.
    `start` lets them come. The queue holds `max_waiting` bytes.

    Packets that are seen on several interfaces (bridges, veth pairs) come as often.

    Raises `CaptureError` where there is no such interface, no permission, or the filter is wrong. Iterating raises it
    when the last of the interfaces is gone, or the sink fails.
    """

    total_bytes: int | None = None

    def __init__(
        self,
        *names: str,
        expression: str | None = None,
        ports: Collection[int] | None = None,
        duration: float | None = None,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise CaptureError(
                f"live capture works on Linux only; here, pipe it: {_pipe(names[0] if names else None, expression)}"
            )
        self.names = names or (interfaces.ANY,)
        self.watched = interfaces.find(self.names)
        #: Packets captured; of those, bytes; and packets that are not, because the ring or the queue was full.
        self.captured = 0
        self.position = 0
        self.dropped_by_kernel = 0
        self.dropped_by_us = 0
        #: Names of interfaces that were watched and are gone.
        self.gone: list[str] = []
        self._sink: PacketSink | None = None
        self._sink_name = ""
        self._max_waiting = max_waiting
        self._queue: SimpleQueue[tuple[Block, int] | None] = SimpleQueue()
        self._queued = self._taken = 0
        self._listener: Callable[[], None] | None = None
        self._trouble: CaptureError | None = None
        self._has_ended = False
        self._is_hurried = False
        self._names: dict[int, str | None] = {}
        self._ring = _open(self.names, self.watched, expression, ports)
        self._wake = os.eventfd(0)
        self._close_wake = weakref.finalize(self, os.close, self._wake)
        self._waking = Lock()
        self._duration = duration
        self._thread = Thread(target=self._run, name="capture", daemon=True)

    def start(self, sink: PacketSink | None = None, *, name: str = "what packets are written to") -> Self:
        """Let the packets come.

        They are written to `sink` before they wait in the queue: it gets those too that find it full, and packets are
        numbered as it has them. `name` is the sink's, for where it fails.
        """
        self._sink = sink
        self._sink_name = name
        self._thread.start()
        return self

    @property
    def waiting(self) -> int:
        """Bytes that were captured and not taken yet."""
        return self._queued - self._taken

    def read(self) -> Iterator[Packets]:
        """Yield the packets as they come, many at a time."""
        while (packets := self.take(None)) is not None:
            yield from packets

    def take(self, timeout: float | None) -> Iterable[Packets] | None:
        """Return the packets that came next, none if there are none for `timeout` seconds, None after the last.

        Take the packets of one call before the next call. What broke the capture is raised after its last packets.
        """
        if self._has_ended:
            return None
        try:
            item = self._queue.get(block=timeout != 0, timeout=timeout)
        except Empty:
            return ()
        if item is None:
            self._has_ended = True
            if self._trouble is not None:
                raise self._trouble
            return None
        block, number = item
        self._taken += len(block.data)
        return block.read(number)

    def listen(self, listener: Callable[[], None] | None) -> None:
        """Let something be called, in the capture's thread, whenever there is something to take."""
        self._listener = listener

    def stop(self) -> None:
        """Capture no more; what was captured can still be taken. Signal handlers may call this, and any thread."""
        # A lock that is taken is no reason to wait: who has it does this, or has done it.
        if self._waking.acquire(blocking=False):
            try:
                if self._close_wake.alive:
                    os.eventfd_write(self._wake, 1)
            finally:
                self._waking.release()

    def close(self) -> None:
        """Capture no more, and wait until the socket is closed. What the kernel is about to hand on is let go."""
        self._is_hurried = True
        self.stop()
        if self._thread.ident is None:
            self._ring.close()
        else:
            self._thread.join()
        with self._waking:
            self._close_wake()

    def _run(self) -> None:
        """Empty the ring until there is a reason not to. This runs in the thread."""
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), _NICE)
        try:
            with _turns:
                self._capture()
        except CaptureError as error:
            self._trouble = error
        except OSError as error:
            self._trouble = CaptureError(f"live capture: {error.strerror or error}")
        finally:
            self._ring.close()
            self._put(None)

    def _capture(self) -> None:
        poll = select.poll()
        poll.register(self._ring.fileno(), select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        began = time.monotonic()
        look = began + _LOOK
        end = inf if self._duration is None else began + self._duration
        while (now := time.monotonic()) < end:
            until = min(look, end)
            events = dict(poll.poll(max(0, int((until - now) * 1000) + 1)))
            if self._wake in events:
                break
            if events.get(self._ring.fileno(), 0) & select.POLLERR:
                self._ring.clear_error()
            self._empty()
            if time.monotonic() >= look:
                look = time.monotonic() + _LOOK
                self._look()
        self._ring.filter(bpf.CLOSED)
        if not self._is_hurried:
            time.sleep(3 * RETIRE / 1000)  # until the kernel has handed on its last block
        self._empty()
        self.dropped_by_kernel += self._ring.drops()

    def _empty(self) -> None:
        """Hand on what is in the ring."""
        for block in self._ring.ready():
            number = self.captured + 1
            self.captured += block.count
            self.position += len(block.data)
            if self._sink is not None:
                with self._naming_sink():
                    for packet, index in block.packets(number):
                        self._sink.write(packet, self._name(index))
            if self.waiting > self._max_waiting:
                self.dropped_by_us += block.count
            else:
                self._queued += len(block.data)
                self._put((block, number))
        if self._sink is not None:
            with self._naming_sink():
                self._sink.flush()

    @contextmanager
    def _naming_sink(self) -> Iterator[None]:
        """Say whose an error is."""
        try:
            yield
        except OSError as error:
            raise CaptureError(f"{self._sink_name}: {error.strerror or error}") from error

    def _put(self, item: tuple[Block, int] | None) -> None:
        self._queue.put(item)
        listener = self._listener
        if listener is not None:
            listener()

    def _look(self) -> None:
        """Count what the kernel dropped, and see whether the interfaces are still there."""
        self.dropped_by_kernel += self._ring.drops()
        self._names.clear()
        self.gone = [each.name for each in self.watched if not each.exists]
        if self.watched and len(self.gone) == len(self.watched):
            self._empty()
            raise CaptureError(f"{', '.join(self.gone)}: there is no such interface any more")

    def _name(self, index: int) -> str | None:
        """Return the name of an interface, None where it is gone."""
        if index not in self._names:
            known = {each.index: each.name for each in self.watched}
            try:
                self._names[index] = known.get(index) or if_indextoname(index)
            except OSError:
                self._names[index] = None
        return self._names[index]


def _open(
    names: tuple[str, ...],
    watched: list[interfaces.Interface],
    expression: str | None,
    ports: Collection[int] | None,
) -> Ring:
    """Open the socket: on the interface if it is one, otherwise on all, with a filter for those watched."""
    alone = watched[0].index if len(watched) == 1 else 0
    program = bpf.program(
        expression,
        ports=ports,
        hardware=[each.hardware for each in watched],
        indexes=[each.index for each in watched] if len(watched) > 1 else [],
    )
    try:
        return Ring(alone, program, promiscuous=[each.name for each in watched])
    except PermissionError:
        raise CaptureError(_permission(names, expression)) from None
    except OSError as error:
        raise CaptureError(f"{', '.join(names)}: {error.strerror or error}") from error


def _permission(names: tuple[str, ...], expression: str | None) -> str:
    """Say what to do where the system lets nobody but root capture."""
    python = shlex.quote(str(Path(sys.executable).resolve()))
    return (
        f"no permission to capture on {', '.join(names)}. One of these helps:\n"
        f"  {_as_root()}\n"
        f"  sudo setcap cap_net_raw+ep {python}   # from then on whoever runs this Python may capture\n"
        f"  {_pipe(names[0], expression)}"
    )


def _as_root() -> str:
    """Return the command that is running, for root, whose path has no virtual environments."""
    program = Path(sys.argv[0]).absolute()
    if program.name == "kafka-dissect":
        return f"sudo {shlex.join([str(program), *sys.argv[1:]])}"
    if program.name == "__main__.py":
        return f"sudo {shlex.join([sys.executable, '-m', program.parent.name, *sys.argv[1:]])}"
    return f"sudo {shlex.quote(sys.executable)} ...   # what runs this Python, run as root"


def _pipe(name: str | None, expression: str | None) -> str:
    """Return the way around: another program captures."""
    options = ["-i", name or interfaces.ANY, "-U", "-s", "0", "-w", "-", expression or "tcp or vlan"]
    return f"sudo tcpdump {shlex.join(options)} | kafka-dissect decode -"
