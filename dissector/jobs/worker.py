"""A process that makes something of batches of exchanges: see `dissector.jobs.workers` for how it is talked to."""

from __future__ import annotations

import marshal
import os
import pickle
import signal
import sys
import traceback
from typing import TYPE_CHECKING

from dissector.jobs.batches import Unpacker
from dissector.jobs.channel import READY, empty, read, receive, send, write
from dissector.jobs.making import make_all
from dissector.ledger import Category, Entry, Ledger

if TYPE_CHECKING:
    from dissector.jobs.making import Made

_NOT_ASKED_FOR = Entry(Category.NOT_ASKED_FOR)
_DECODED = Entry(Category.DECODED)


def main(arguments: list[str]) -> None:
    """Work until there is nobody to work for; the arguments are descriptors: orders, answers, task, and the files."""
    orders, answers, task_file, *files = map(int, arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes of a terminal; the main one decides
    task, limits = pickle.loads(read(task_file, os.fstat(task_file).st_size))  # noqa: S301 (our own process made it)
    make = task.recipe()
    ledger = Ledger()
    bookings = ledger.defer()
    unpacker = Unpacker(ledger, limits)
    try:
        send(answers, READY, 0)
        while (order := receive(orders)) is not None:
            number, size = order
            batch_file, made_file = files[2 * number], files[2 * number + 1]
            batch = read(batch_file, size)
            empty(batch_file)
            made = make_all(unpacker.unpack(batch), make, task.where, bookings)
            send(answers, number, write(made_file, [_packed(made, ledger)]))
    except BrokenPipeError:
        pass  # the main process is gone


def _packed(made: Made, ledger: Ledger) -> bytes:
    """Return what was made of a batch as bytes, with what was looked at of it."""
    entries = ledger.entries
    looked_at = entries.pop(_DECODED, 0), entries.pop(_NOT_ASKED_FOR, 0)
    booked = [
        (position, [(entry.category.value, entry.cause, *sums) for entry, sums in bookings.items()])
        for position, bookings in made.booked
    ]
    error = None if made.error is None else _pickled(made.error)
    return marshal.dumps((made.things, booked, looked_at, error), 2)


def _pickled(error: BaseException) -> bytes:
    """Return an error as bytes, with the place where it was raised, which is lost on the way."""
    where = "".join(traceback.format_exception(error))
    error.add_note(f"In a process of --jobs:\n{where}")
    try:
        pickled = pickle.dumps(error)
        pickle.loads(pickled)  # noqa: S301 (it was made the line before)
    except Exception:  # noqa: BLE001 (whatever an error cannot do, it is not to be lost)
        return pickle.dumps(RuntimeError(where))
    return pickled


if __name__ == "__main__":
    main(sys.argv[1:])
