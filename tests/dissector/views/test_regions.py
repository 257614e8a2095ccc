"""The range of a field holds what builds that field again, in messages and in what they decompress to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import dissector
from dissector.views.regions import Buffer, Region
from dissector.views.tree import MessageTree
from structs import wire
from structs.buffers import Span, Writer
from structs.records import RecordSet, layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path as File

    from structs.buffers import Path

CAPTURES = ["mock.pcap", "orders.pcapng", "groups.pcap", "kafka-0.10.2.pcap", "transactions.pcap", "codecs.pcap"]


def fields(node: wire.Node, value: Any, path: Path = ()) -> Iterator[tuple[Path, wire.Node, Any]]:
    """Yield every field of a value, and every element, with the grammar that builds it."""
    if isinstance(node, wire.NullableStruct) and value is not None:
        node = node.inner
    if isinstance(node, wire.Struct) and isinstance(value, dict):
        for member in node.each_member():
            if member.name in value:
                yield (*path, member.name), member.node, value[member.name]
                yield from fields(member.node, value[member.name], (*path, member.name))
    elif isinstance(node, wire.Array) and value is not None:
        for index, element in enumerate(value):
            yield (*path, index), node.element, element
            yield from fields(node.element, element, (*path, index))


def built(node: wire.Node, value: Any) -> bytes:
    writer = Writer()
    node.write(value, writer)
    return bytes(writer.data)


def rebuild(node: wire.Node, value: Any, spans: Mapping[Path, Span], data: bytes) -> int:
    """Hold every span of a value against what its field is built as; return how many there were."""
    count = 0
    for path, inner, part in fields(node, value):
        if path in spans and not isinstance(part, RecordSet) and not _holds_records(inner):
            assert built(inner, part) == data[slice(*spans[path])], path
            count += 1
    return count


def _holds_records(node: wire.Node) -> bool:
    if isinstance(node, wire.Array):
        return _holds_records(node.element)
    if isinstance(node, wire.Struct):
        return any(_holds_records(member.node) for member in node.each_member())
    return isinstance(node, wire.Records)


@pytest.mark.parametrize("name", CAPTURES)
def test_every_span_rebuilds_its_field(captures: File, name: str) -> None:
    count = 0
    with dissector.open_capture(captures / name) as capture:
        for exchange in capture:
            for message in (exchange.request, exchange.response):
                if message is None or message.error is not None or message.grammar is None:
                    continue
                data = message.frame.data
                count += rebuild(message.header_grammar, message.header.value, message.header_spans(), data)
                count += rebuild(message.grammar, message.body, message.spans(), data)
    assert count > 1000


@pytest.mark.parametrize("name", CAPTURES)
def test_every_record_is_read_again_from_its_region(captures: File, name: str) -> None:
    """Also those that were compressed: their region is one of another buffer."""
    compressed = plain = 0
    with dissector.open_capture(captures / name) as capture:
        for exchange in capture:
            for message in (exchange.request, exchange.response):
                for region, pieces in records_of(message, exchange):
                    again = wire.decode(_grammar(region), region.data)
                    assert (again.error, again.stop) == (None, len(region.data))
                    (key, value) = (again.value["key"], again.value["value"])
                    for piece in pieces:
                        if piece.text.startswith('"') and piece.region is not None and len(piece.text) < 100:
                            assert piece.text.strip('"').encode() in (key, value)
                            assert piece.region.data.endswith(piece.text.strip('"').encode())
                    compressed += not region.buffer.is_message
                    plain += region.buffer.is_message
    assert plain + compressed > 0
    if name == "codecs.pcap":
        assert compressed > 100


def records_of(message: Any, exchange: Any) -> Iterator[tuple[Region, Any]]:
    if message is None:
        return
    tree = MessageTree(message, exchange, decompressed=True)
    for region, _, pieces in tree.lines():
        if region is not None and len(pieces) > 1 and pieces[1].text.startswith("offset "):
            yield region, pieces


def _grammar(region: Region) -> wire.Node:
    """Return the grammar of a record, or of a message of magic 0 or 1: those have the magic at the same place."""
    data = region.data
    if len(data) > 17 and int.from_bytes(data[8:12], "big") == len(data) - 12 and data[16] < 2:
        return layout.MESSAGES[data[16]]
    return layout.RECORD


def test_a_region_counts_from_its_origin() -> None:
    buffer = Buffer(0, "message", bytes(range(10)))
    assert buffer.region(Span(1, 3), 4) == Region(buffer, 5, 7)
    assert buffer.region(None) is None
    assert Region(buffer, 5, 7).data == b"\x05\x06"
