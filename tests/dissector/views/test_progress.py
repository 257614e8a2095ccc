"""When how much of a capture was read is shown."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dissector.views.progress import Late

if TYPE_CHECKING:
    from collections.abc import Iterator


class Steps(list[str]):
    """What happened, by a context that notes when it is open."""

    @contextmanager
    def open(self) -> Iterator[None]:
        self.append("opened")
        yield
        self.append("closed")


def test_what_takes_longer_is_shown_until_it_is_over() -> None:
    steps = Steps()
    with Late(steps.open, after=0.01):
        while not steps:
            time.sleep(0.01)
        steps.append("over")
    assert steps == ["opened", "over", "closed"]


def test_what_is_over_before_is_not_shown_afterwards() -> None:
    steps = Steps()
    with Late(steps.open, after=0.05):
        pass
    time.sleep(0.1)
    assert steps == []


def test_no_error_is_kept_from_anybody() -> None:
    steps = Steps()
    try:
        with Late(steps.open, after=60):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        steps.append("interrupted")
    assert steps == ["interrupted"]
