"""Slices of the sample captures: what was chosen can be told from them, by us and by Wireshark."""

from __future__ import annotations

import json
import random
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from dissector.capture import open_capture
from dissector.engine import Dissection
from dissector.sinks.pcapng import PcapngWriter
from dissector.slices import Check, Plan, Selection
from dissector.sources import CaptureReader
from dissector.views import jsonl

PLAINTEXT_ONLY = True  # connections in TLS are kept whole: tests/dissector/commands/test_slice.py

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from dissector.exchanges import Exchange
    from dissector.packets import Packet

TOLD_LATE = {"outcome_reason", "connection"}  # why there is no response may need what was left out; ids count anew


def described(exchange: Exchange) -> dict[str, Any]:
    """Return everything that is shown of an exchange."""
    values = json.loads(jsonl.line(exchange, show_secrets=True))
    connection = values["connection"]
    return {
        **{key: value for key, value in values.items() if key not in TOLD_LATE},
        "ends": [connection["client"], connection["server"]],
    }


def agree(before: Any, after: Any, field: str = "") -> bool:
    """Say whether two values are the same; what settles later than it did may know a topic's name that nobody knew."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(agree(before[key], after[key], key) for key in before)
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(map(agree, before, after))
    return before == after or (field == "topic_name" and before is None)


def sliced(path: Path, matches: Callable[[Exchange], bool], **options: bool) -> tuple[Plan, Selection, list[Packet]]:
    """Return what is chosen of a capture, in two rounds as the command does it."""
    plan = Plan(matches, **options)
    with open_capture(path) as capture:
        for exchange in capture:
            plan.take(exchange)
    plan.settle()
    packets = list(CaptureReader(path))
    for _ in range(2):
        selection = Selection(plan)
        for packet in packets:
            selection.feed(packet)
        chosen = [packet for packet in packets if packet.number in selection]
        check = Check(plan)
        for packet in chosen:
            check.feed(packet)
        left = check.finish()
        plan.whole.update(left)
        if not left:
            break
    assert not left
    assert selection.chosen == len(chosen)
    return plan, selection, chosen


def exchanges_of(packets: Iterable[Packet]) -> list[Exchange]:
    dissection = Dissection()
    found = [exchange for packet in packets for exchange in dissection.feed(packet)]
    found += dissection.finish()
    assert dissection.ledger.discrepancies() == []
    return found


@pytest.mark.parametrize("share", [0.02, 0.3])
def test_every_exchange_chosen_is_in_the_slice_as_it_was(capture: Path, share: float) -> None:
    """Some at random: decoding the slice shows the same of each, its bodies and records, names and times."""
    source = random.Random(capture.name)  # noqa: S311
    picked: list[dict[str, Any]] = []

    def matches(exchange: Exchange) -> bool:
        if source.random() >= share:
            return False
        picked.append(described(exchange))
        return True

    plan, _, chosen = sliced(capture, matches)
    found = [described(exchange) for exchange in exchanges_of(chosen)]
    assert plan.matching == len(picked)
    for values in picked:
        index = next((index for index, other in enumerate(found) if agree(values, other)), None)
        assert index is not None, values
        del found[index]


def test_all_exchanges_are_all_packets_of_kafka(capture: Path) -> None:
    """Nothing that carries bytes of a message is left out where everything is chosen."""
    _, selection, chosen = sliced(capture, lambda _: True)
    with open_capture(capture) as whole:
        before = list(map(described, whole))
    assert sorted(map(repr, map(described, exchanges_of(chosen)))) == sorted(map(repr, before))
    assert len(chosen) <= selection.packets


@pytest.mark.parametrize("name", ["orders.pcapng", "groups.pcap", "kafka-0.10.2.pcap", "bulk.pcap"])
def test_wireshark_sees_in_the_slice_what_it_saw_in_the_capture(name: str, captures: Path, tmp_path: Path) -> None:
    """Each message chosen that tshark finds in the capture, it finds in the slice: same packet, same correlation id."""
    source = random.Random(name)  # noqa: S311
    wanted: set[int] = set()

    def matches(exchange: Exchange) -> bool:
        if source.random() >= 0.1:
            return False
        wanted.update(message.packet_number for message in (exchange.request, exchange.response) if message)
        return True

    _, _, chosen = sliced(captures / name, matches)
    path = tmp_path / "slice.pcapng"
    with path.open("wb") as file, PcapngWriter(file, keep_numbers=True) as writer:
        for packet in chosen:
            writer.write(packet)
    before = {row for row in messages(captures / name, "frame.number") if row[0] in wanted}
    after = set(messages(path, "frame.packet_id"))
    assert len(before) > 5
    assert before <= after


def messages(path: Path, number: str) -> list[tuple[int, str]]:
    fields = ["-e", number, "-e", "kafka.correlation_id"]
    command = ["tshark", "-n", "-r", path, "-Y", "kafka.correlation_id", "-T", "fields", *fields]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [(int(row.split("\t")[0]), row.split("\t")[1]) for row in output.splitlines()]
