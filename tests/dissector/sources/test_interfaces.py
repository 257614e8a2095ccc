"""Names of interfaces, in a network of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import network

from dissector.sources import interfaces
from dissector.sources.errors import CaptureError

if TYPE_CHECKING:
    from collections.abc import Iterator

ETHERNET, LOOPBACK = 1, 772

pytestmark = pytest.mark.usefixtures("_cable")


@pytest.fixture
def _cable() -> Iterator[None]:
    with network.namespace():
        network.pair()
        yield


def test_each_name_is_found_once_with_its_type() -> None:
    """The type is that of the interface in this network, whatever /sys shows."""
    found = interfaces.find(("lo", "right", "lo"))
    assert [(each.name, each.hardware) for each in found] == [("lo", LOOPBACK), ("right", ETHERNET)]
    assert all(each.exists for each in found)


def test_any_stands_for_no_list() -> None:
    assert interfaces.find(("right", "any")) == []


def test_what_is_gone_does_not_exist_nor_does_what_has_its_name_then() -> None:
    (before,) = interfaces.find(("right",))
    network.ip("link del right")
    assert not before.exists
    network.pair()
    (after,) = interfaces.find(("right",))
    assert after.exists
    assert not before.exists


def test_the_names_there_are_come_with_their_addresses() -> None:
    network.ip("addr add 192.0.2.7/24 dev left")
    assert interfaces.known() == "lo (127.0.0.1, ::1), right, left (192.0.2.7)"
    with pytest.raises(
        CaptureError, match=r"^there is no interface eth7; there are lo .*, left \(192.0.2.7\), and any$"
    ):
        interfaces.find(("left", "eth7"))
