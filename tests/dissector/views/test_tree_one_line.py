"""Structs stand on one line where they fit, and are spread where they do not."""

from __future__ import annotations

from typing import Any

from dissector.views.tree import TreeView

METADATA = 3


def test_structs_of_a_list_are_spread_together(make_exchange: Any) -> None:
    """What fits decides for all of a list."""
    brokers = [{"node_id": number, "host": "b" * number, "port": 9092} for number in (1, 40)]
    exchange = make_exchange(METADATA, 0, {}, {"brokers": brokers})
    wide, narrow = (list(TreeView(columns=columns).lines(exchange)) for columns in (200, 70))
    assert sum('host: "' in line and "port: 9092" in line for line in wide) == 2
    assert sum('host: "' in line and "port: 9092" in line for line in narrow) == 0
    assert sum('host: "' in line for line in narrow) == 2
