"""An exchange as HTML: all of its fields and bytes, none of its secrets, and not too much of it."""

from __future__ import annotations

import html
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.frames import Conversation, make_request

import dissector
from dissector.notebook import show
from dissector.views import jsonl
from structs import records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRODUCE, FETCH, METADATA, SASL_AUTHENTICATE, CONFIGS = 0, 1, 3, 36, 32
SECRET = b"hunter2-hunter2"


def hex_cells(page: str) -> list[str]:
    """Return the hex of every row."""
    rows = re.findall(r'<div class="kd-row" data-offset="\d+">(.*?)</div>', page)
    return [html.unescape(row).lstrip().split("  ", 1)[1][:49] for row in rows]


def shown_bytes(page: str) -> bytes:
    """Return all bytes that a page shows in hex, with what stands for withheld ones left out."""
    return b"".join(bytes.fromhex(cells.replace("*", " ")) for cells in hex_cells(page))


def stars(page: str) -> int:
    """Count the bytes that are withheld."""
    return sum(cells.count("**") for cells in hex_cells(page))


def places(page: str) -> set[tuple[int, ...]]:
    return {tuple(map(int, place.split(":"))) for place in re.findall(r'data-bytes="(\d+:\d+:\d+)"', page)}


def exchanges(captures: Path, name: str) -> Iterator[Any]:
    with dissector.open_capture(captures / name) as capture:
        yield from capture


def withheld_in(value: Any) -> int:
    """Count the bytes that JSON withholds; those inside of others that it withholds are not counted again."""
    if isinstance(value, dict) and isinstance(value.get("withheld"), int):
        return value["withheld"]
    if isinstance(value, dict):
        return sum(withheld_in(part) for name, part in value.items() if not name.endswith("_decoded"))
    return sum(withheld_in(part) for part in value) if isinstance(value, list) else 0


def test_every_field_has_its_bytes(captures: Path) -> None:
    """Every span of the grammars is one that can be chosen, but for elements of lists that are elided."""
    for exchange in exchanges(captures, "orders.pcapng"):
        for message in (exchange.request, exchange.response):
            if message is None or message.is_token:
                continue
            found = places(show(message).html)
            for path, span in {**message.header_spans(), **message.spans()}.items():
                is_elided = any(isinstance(step, int) and step >= 24 for step in path)
                if span.start < span.stop and not is_elided and path[-1:] != ("_unknown_tags",):
                    assert (0, *span) in found, path


def test_all_bytes_of_a_message_are_there(captures: Path) -> None:
    for exchange in exchanges(captures, "mock.pcap"):
        if len(exchange.request.frame.data) < 4096:
            assert shown_bytes(show(exchange.request, rows=10_000).html).startswith(exchange.request.frame.data)


@pytest.mark.parametrize("name", ["sasl.pcap", "admin.pcap", "cluster.pcap"])
def test_as_many_bytes_are_withheld_as_in_json(captures: Path, name: str) -> None:
    """In every exchange: what JSON Lines withhold cannot be read from the bytes either."""
    withheld = 0
    for exchange in exchanges(captures, name):
        count = withheld_in(jsonl.as_dict(exchange))
        if count:
            assert stars(show(exchange, rows=100_000, elements=10_000, lines=100_000).html) >= count
            withheld += count
    assert withheld


def test_secrets_are_withheld_unless_asked_for(make_exchange: Any) -> None:
    exchange = make_exchange(SASL_AUTHENTICATE, 2, {"auth_bytes": b"\0alice\0" + SECRET}, {})
    page = show(exchange).html
    assert SECRET not in shown_bytes(page)
    assert "hunter2" not in page
    assert SECRET in shown_bytes(show(exchange, show_secrets=True).html)


@pytest.mark.parametrize("cut", [1, 3])
def test_what_could_not_be_read_may_be_a_secret(connected: Conversation, cut: int) -> None:
    data = make_request(SASL_AUTHENTICATE, 2, {"auth_bytes": SECRET})
    connected.send("request", data[:-cut])
    (exchange,) = connected.close()
    assert SECRET[:8] not in shown_bytes(show(exchange).html)


@pytest.mark.parametrize("version", [99, 2])
def test_what_stands_behind_a_body_or_in_an_unknown_one_may_be_a_secret(connected: Conversation, version: int) -> None:
    data = bytearray(make_request(SASL_AUTHENTICATE, 2, {"auth_bytes": b"x"}) + SECRET)
    data[2:4] = version.to_bytes(2, "big")
    connected.send("request", bytes(data))
    (exchange,) = connected.close()
    assert SECRET not in shown_bytes(show(exchange).html)


def test_elements_and_lines_that_are_left_out_may_hold_secrets(make_exchange: Any) -> None:
    """Nobody looked at them."""
    configs = [{"name": f"listener.{number}.password", "value": SECRET.decode()} for number in range(200)]
    results = [{"resource_type": 2, "resource_name": "t", "configs": configs}]
    exchange = make_exchange(CONFIGS, 4, {"resources": []}, {"results": results})
    for bounds in ({}, {"elements": 3}, {"lines": 20}, {"elements": 1000, "lines": 900}):
        page = show(exchange, rows=10_000, **bounds).html
        assert SECRET not in shown_bytes(page), bounds
        assert SECRET.decode() not in page


@pytest.mark.parametrize("codec", ["none", "zstd"])
def test_records_of_the_cluster_are_withheld_with_what_they_are_compressed_to(make_exchange: Any, codec: str) -> None:
    """Its metadata has credentials; also in records that are left out, and in batches that are broken."""
    many = [records.Record(number, 5, b"\0\0", SECRET, ()) for number in range(40)]
    batch = records.build_batch(many, codec=codec)
    for data in (batch, batch[:-4] + b"xxxx", batch[:-4]):
        body = {"acks": 1, "topic_data": [{"name": "__cluster_metadata", "partition_data": [{"records": data}]}]}
        page = show(make_exchange(PRODUCE, 9, body), rows=10_000).html
        seen = shown_bytes(page)
        assert seen.count(SECRET) <= 25
        if codec != "none":
            assert data[61:90] not in seen


def test_a_message_of_a_hundred_thousand_fields_stays_small(make_exchange: Any) -> None:
    topics = [{"name": f"topic-{number}", "partitions": [{"partition_index": 0}] * 5} for number in range(4000)]
    exchange = make_exchange(METADATA, 8, {"topics": None}, {"topics": topics})
    begun = time.process_time()
    page = show(exchange).html
    assert time.process_time() - begun < 10
    assert len(page) < 2_000_000
    assert "more than 2000 lines: show(exchange.response, lines=20000)" in page
    assert html.escape('+3990 more: exchange.response.body["topics"][10:]') in show(exchange, elements=10).html


def test_a_message_of_fifty_megabytes_stays_small(make_exchange: Any) -> None:
    """The start and the end of a long field are there."""
    batch = records.build_batch([records.Record(0, 5, b"k", b"start" + bytes(50 << 20) + b"the end", ())])
    body = {"acks": 1, "topic_data": [{"name": "big", "partition_data": [{"records": batch}]}]}
    exchange = make_exchange(PRODUCE, 9, body)
    page = show(exchange).html
    assert len(page) < 300_000
    assert b"start" in shown_bytes(page)
    assert "the end" in page


def test_pages_are_whole(captures: Path) -> None:
    """Every element that is opened is closed, and there is no address of anything elsewhere."""
    for exchange in exchanges(captures, "orders.pcapng"):
        page = re.sub(r"<(style|script)>.*?</\1>", "", show(exchange).html, flags=re.DOTALL)
        for tag in ("div", "span", "details", "summary"):
            assert len(re.findall(f"<{tag}[ >]", page)) == page.count(f"</{tag}>")
        assert "http" not in re.sub(r">[^<]*<", "><", page)
