"""Exchanges to filter: those of sample captures, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from dissector.capture import open_capture
from dissector.exchanges import Exchange

CAPTURES = Path(__file__).resolve().parents[3] / "captures"
SAMPLES = (
    "orders.pcapng",
    "admin.pcap",
    "errors.pcap",
    "groups.pcap",
    "transactions.pcap",
    "kafka-0.8.2.pcap",
)


@cache
def sample(name: str) -> list[Exchange]:
    """Return the exchanges of a sample capture."""
    with open_capture(CAPTURES / name) as capture:
        return list(capture)


@pytest.fixture(scope="session")
def orders() -> list[Exchange]:
    """The exchanges of a small shop: six client libraries against a broker of 4.4."""
    return sample("orders.pcapng")


@pytest.fixture(scope="session")
def samples() -> Samples:
    """Some of the exchanges of many sample captures."""
    return Samples(exchange for name in SAMPLES for exchange in sample(name)[:: 1 if name == "errors.pcap" else 4])


class Samples(list[Exchange]):
    """Exchanges that hypothesis prints by their number."""

    def __repr__(self) -> str:
        return f"<{len(self)} exchanges>"
