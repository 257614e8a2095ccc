"""The processes beside this one: started, given batches, asked for what they made, ended."""

from __future__ import annotations

import marshal
import os
import pickle
import select
import signal
import subprocess
import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from dissector.jobs import channel
from dissector.jobs.batches import Packer
from dissector.jobs.making import Made
from dissector.ledger import Category, Entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.exchanges import Exchange
    from dissector.jobs.making import Booked, Task
    from structs.records import Limits

_DEPTH: Final = 3  # batches that a worker has at once: the one at hand, and those to go on with
_PROGRAM: Final = "import sys; sys.path[:] = {path!r}; from dissector.jobs import worker; worker.main(sys.argv[1:])"


def available() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Returned(NamedTuple):
    """What a worker made of a batch, and the bytes that it looked at for that: decoded, and all that were taken up."""

    made: Made
    decoded: int
    taken_up: int


class Worker:
    """A process that makes something of batches, several of which it may have at once, each in a place of its own.

    Raises `OSError` where the system has no room for it: processes and open files are limited.
    """

    def __init__(self, task: Task, limits: Limits) -> None:
        with ExitStack() as ours, ExitStack() as its:

            def kept(descriptor: int, stack: ExitStack) -> int:
                stack.callback(os.close, descriptor)
                return descriptor

            setup = kept(channel.new_file(), its)
            channel.write(setup, [pickle.dumps((task, limits))])
            self._files = [kept(channel.new_file(), ours) for _ in range(2 * _DEPTH)]
            orders, self._orders = map(kept, os.pipe(), (its, ours))
            self._answers, answers = map(kept, os.pipe(), (ours, its))
            given = [orders, answers, setup, *self._files]
            self._process = subprocess.Popen(  # noqa: S603 (this Python)
                [sys.executable, "-c", _PROGRAM.format(path=sys.path), *map(str, given)],
                pass_fds=given,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            self._descriptors = ours.pop_all()
        self._packer = Packer()
        self._is_ready = False
        self._free = list(range(_DEPTH))
        self._done: dict[int, int] = {}  # the sizes of what stands in places

    @property
    def room(self) -> int:
        """How many more batches it may be given."""
        return len(self._free) if self._is_ready else 0

    def give(self, exchanges: Sequence[Exchange]) -> int:
        """Hand over a batch, and return the place where what is made of it will be."""
        place = self._free.pop()
        size = channel.write(self._files[2 * place], self._packer.pack(exchanges))
        with suppress(BrokenPipeError):  # it is seen when it is asked for
            channel.send(self._orders, place, size)
        return place

    def has(self, place: int) -> bool:
        """Say whether a batch is done."""
        return place in self._done

    def take(self, place: int) -> Returned:
        """Return what was made of a batch that is done; the place is free again."""
        file = self._files[2 * place + 1]
        data = channel.read(file, self._done.pop(place))
        channel.empty(file)
        self._free.append(place)
        things, packed, (decoded, not_asked_for), error = marshal.loads(data)  # noqa: S302 (our own process made it)
        booked: Booked = [
            (
                position,
                {Entry(Category(category), cause): (size, packets) for category, cause, size, packets in entries},
            )
            for position, entries in packed
        ]
        raised = None if error is None else pickle.loads(error)  # noqa: S301 (our own process made it)
        return Returned(Made(things, booked, raised), decoded, -not_asked_for)

    def listen(self) -> bool:
        """Take note of what it has said, for which this waits; False if it is gone."""
        message = channel.receive(self._answers)
        if message is None:
            return False
        place, size = message
        if place == channel.READY:
            self._is_ready = True
        else:
            self._done[place] = size
        return True

    def fileno(self) -> int:
        """Return where it can be seen whether it has said something."""
        return self._answers

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()  # it holds nothing but what it was given
        self._process.wait()
        self._descriptors.close()

    def end(self) -> str:
        """Wait until it has ended by itself, and say how."""
        code = self._process.wait()
        if code >= 0:
            return f"ended with exit code {code}"
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
        return f"was ended by signal {-code}"


def listen(workers: Sequence[Worker], *, wait: bool) -> list[Worker]:
    """Take note of what any of these have said, with `wait` until there is something; return those that are gone."""
    poll = select.poll()  # select takes no descriptor beyond 1023
    said = {worker.fileno(): worker for worker in workers}
    for descriptor in said:
        poll.register(descriptor, select.POLLIN)
    return [said[each] for each, _ in poll.poll(None if wait else 0) if not said[each].listen()]
