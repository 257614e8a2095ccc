"""What is made of a batch of exchanges, by whomever."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.exchanges import Exchange
    from dissector.ledger import Bookings

#: What is to be made of an exchange: plain values (see `dissector.views.formats`), which may go to another process.
Make = Callable[["Exchange"], Any]
#: Which exchanges it is to be made of.
Where = Callable[["Exchange"], bool]
#: What was booked, and how many exchanges of the batch came before it.
Booked = list[tuple[int, "Bookings"]]


class Task(NamedTuple):
    """What to do with exchanges; it can be pickled. `recipe` returns what makes something of them."""

    recipe: Callable[[], Make]
    where: Where | None


class Made(NamedTuple):
    """What was made of a batch: of each exchange that was picked, up to the `error`, if there is one."""

    things: list[Any]
    booked: Booked
    error: BaseException | None


def make_all(exchanges: Iterable[Exchange], make: Make, where: Where | None, bookings: Bookings) -> Made:
    """Return what is made of exchanges; what that books is taken out of `bookings`."""
    things: list[Any] = []
    booked: Booked = []
    for position, exchange in enumerate(exchanges):
        try:
            if where is None or where(exchange):
                things.append(make(exchange))
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (it is raised again in its turn)
            return Made(things, booked, error)
        if bookings:
            booked.append((position, bookings.copy()))
            bookings.clear()
    return Made(things, booked, None)
