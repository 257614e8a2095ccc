"""Whatever bytes a message has, it can be shown, and what comes out is whole."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.notebook import show

if TYPE_CHECKING:
    from support.frames import Conversation

CAPTURES = Path(__file__).parents[3] / "captures"
ROUNDS = 60


@cache
def samples(name: str) -> list[tuple[bytes, bytes]]:
    """Return pairs of messages, not too large."""
    with dissector.open_capture(CAPTURES / name) as capture:
        pairs = [(each.request, each.response) for each in capture if each.request and each.response]
    found = [(request.frame.data, response.frame.data) for request, response in pairs]
    return [pair for pair in found if sum(map(len, pair)) < 4000]


def broken(data: bytes, chance: random.Random) -> bytes:
    """Return bytes that were cut, changed, doubled, or made longer; the request's header stays."""
    kind = chance.randrange(4)
    at = chance.randrange(8, len(data)) if len(data) > 8 else len(data)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at // 2 : at] + data[at:]
    return data + chance.randbytes(chance.randrange(1, 40))


@pytest.mark.parametrize(
    "name", ["orders.pcapng", "sasl.pcap", "codecs.pcap", "kafka-0.8.2.pcap", "connect.pcap", "quorum.pcap"]
)
def test_broken_messages_are_shown(name: str, connected: Conversation) -> None:
    chance = random.Random(name)  # noqa: S311 (the same messages in every run)
    count = 0
    for request, response in chance.choices(samples(name), k=ROUNDS):
        exchanges: list[Any] = connected.send("request", broken(request, chance))
        exchanges += connected.send("response", response[:4] + broken(response, chance)[4:])
        for exchange in exchanges:
            page = show(exchange, show_secrets=bool(chance.randrange(2))).html
            page += show([exchange]).html + str(show(exchange))
            body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
            assert body.count("<details") == body.count("</details>")
            count += 1
    assert count > ROUNDS // 2
