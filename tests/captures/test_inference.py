"""Responses of real brokers, read without their requests: how many are, and that none is read as what it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.inference import Trials
from structs import registry, wire

if TYPE_CHECKING:
    from pathlib import Path

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
    trials = Trials()
    read = 0
    for exchange in answered:
        truth = exchange.response
        others = {(other.api_key, other.api_version) for other in answered if other.connection == exchange.connection}
        for asked in ([], [others], [others - {(truth.api_key, truth.api_version)}]):
            guess = trials.response(truth.frame.data, asked)
            read += not asked and guess.api_key is not None
            if guess.api_key is None or truth.warnings:
                continue
            assert guess.api_key == truth.api_key
            assert body(truth, guess.version) == body(truth, truth.api_version)
    assert read >= READ * len(answered)


def body(message: dissector.Message, version: int) -> Any:
    """Return what a version's grammar makes of a response."""
    data = message.frame.data
    start = wire.decode(registry.header(message.api_key, version, "response"), data).stop
    return wire.decode(registry.grammar(message.api_key, version, "response"), data, start).value
