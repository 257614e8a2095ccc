"""Responses of real brokers, read without their requests: how many are, and that none is read as what it is not."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.inference import Trials
from structs import registry, wire

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.reassembly import Connection

READ = 0.2  # at least this share of any capture's responses is read, with nothing known of their connections


@pytest.fixture(scope="module")
def answered(capture: Path, keylog: Path | None) -> list[dissector.Exchange]:
    """Give the exchanges of a capture whose responses are whole."""
    with dissector.open_capture(capture, keylog=keylog) as opened:
        return [
            exchange
            for exchange in opened
            if exchange.outcome == "answered"
            and exchange.response.grammar is not None
            and exchange.response.error is None
        ]


def test_no_response_is_read_as_another(answered: list[dissector.Exchange]) -> None:
    """Neither as that of another API, nor in a layout that gives another body; whatever is known of its connection."""
    trials = Once()
    asked_for: dict[Connection, set[tuple[int, int]]] = defaultdict(set)
    for exchange in answered:
        asked_for[exchange.connection].add((exchange.api_key, exchange.api_version))
    read = 0
    for exchange in answered:
        truth = exchange.response
        others = asked_for[exchange.connection]
        for asked in ([], [others], [others - {(truth.api_key, truth.api_version)}]):
            guess = trials.response(truth.frame.data, asked)
            read += not asked and guess.api_key is not None
            if guess.api_key is None or truth.warnings:
                continue
            assert guess.api_key == truth.api_key
            assert body(truth, guess.version) == body(truth, truth.api_version)
    assert read >= READ * len(answered)


class Once(Trials):
    """Tries each response once, whatever is known of its connection."""

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[object, Any] = (None, None)

    def _try(self, data: bytes | memoryview) -> Any:
        if data is not self._last[0]:
            self._last = (data, super()._try(data))
        return self._last[1]


def body(message: dissector.Message, version: int) -> Any:
    """Return what a version's grammar makes of a response."""
    data = message.frame.data
    start = wire.decode(registry.header(message.api_key, version, "response"), data).stop
    return wire.decode(registry.grammar(message.api_key, version, "response"), data, start).value
