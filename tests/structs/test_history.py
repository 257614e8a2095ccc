"""Versions come with a release, and some go with one."""

from __future__ import annotations

import pytest

from structs import history, registry
from structs.history import Gap

PRODUCE, CONTROLLED_SHUTDOWN, JOIN_GROUP, SHARE_FETCH = 0, 7, 11, 78


@pytest.mark.parametrize(
    ("key", "version", "first", "last"),
    [
        (PRODUCE, 0, "0.8.0", "3.9"),
        (PRODUCE, 2, "0.10.0", "3.9"),
        (PRODUCE, 3, "0.11.0", None),
        (PRODUCE, 13, "4.1", None),
        (CONTROLLED_SHUTDOWN, 3, "2.4", "3.9"),
        (JOIN_GROUP, 0, "0.9.0", None),
        (SHARE_FETCH, 0, "3.9", "4.0"),
    ],
)
def test_a_version_has_a_first_and_perhaps_a_last_release(key: int, version: int, first: str, last: str | None) -> None:
    assert (history.first_release(key, version), history.last_release(key, version)) == (first, last)


def test_an_api_ends_with_its_last_version() -> None:
    """KIP-896 took versions away, the end of ZooKeeper took APIs."""
    gone = {api.name: history.last_release(api.key) for api in registry.apis() if history.last_release(api.key)}
    assert gone == dict.fromkeys(["LeaderAndIsr", "StopReplica", "UpdateMetadata", "ControlledShutdown"], "3.9")


def test_a_version_can_be_missing_for_a_while() -> None:
    """4.0.0 dropped the first versions of JoinGroup, and 4.0.1 has them again."""
    assert history.gaps(JOIN_GROUP, 1) == [Gap("4.0.0", "4.0.1")]
    assert history.gaps(JOIN_GROUP, 2) == []
    assert history.gaps(PRODUCE, 0) == []


def test_no_version_comes_after_it_went() -> None:
    def order(release: str) -> list[int]:
        return [int(number) for number in release.split(".")]

    for api in registry.apis():
        for version in api.versions.each():
            last = history.last_release(api.key, version)
            assert last is None or order(history.first_release(api.key, version)) <= order(last)
