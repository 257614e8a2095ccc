"""Which releases of Kafka speak a version of an API."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from structs.messages.releases import FIRST, FLOORS


class Gap(NamedTuple):
    """A version was dropped by a release, and is back since another."""

    dropped: str
    back: str


def first_release(api_key: int, version: int = 0) -> str:
    """Return the release that brought a version of an API; raise LookupError if there is none."""
    return FIRST[api_key][version]


def last_release(api_key: int, version: int | None = None) -> str | None:
    """Return the last release that speaks a version (None: any version) of an API, None if the newest does."""
    floors = FLOORS.get(api_key, ())
    if not floors or _speaks(floors[-1][1], version):
        return None
    dropped = next(release for release, floor in floors if not _speaks(floor, version))
    return _release_before(dropped)


def gaps(api_key: int, version: int) -> list[Gap]:
    """Return between which releases a version was missing that is there before and after."""
    found = []
    dropped = None
    for release, floor in FLOORS.get(api_key, ()):
        if not _speaks(floor, version):
            dropped = dropped or release
        elif dropped is not None:
            found.append(Gap(dropped, release))
            dropped = None
    return found


def _speaks(floor: int | None, version: int | None) -> bool:
    return floor is not None and (version is None or version >= floor)


def _release_before(release: str) -> str:
    return max((line for line in _releases() if _order(line) < _order(release)), key=_order)


@cache
def _releases() -> frozenset[str]:
    """Return the releases that are known: each of Kafka's has brought some version."""
    return frozenset(release for releases in FIRST.values() for release in releases)


def _order(release: str) -> tuple[int, ...]:
    numbers = [int(number) for number in release.split(".")]
    return (*numbers, *[0] * (3 - len(numbers)))  # 4.0 is 4.0.0
