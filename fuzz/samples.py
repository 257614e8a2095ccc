"""What the sample captures hold, taken apart: the material of which seeds are made."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.engine import Dissection
from dissector.sources.files import CaptureReader
from structs.records import RecordSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.packets import Packet
    from structs.grammar import Side

CAPTURES: Final = Path(__file__).parent.parent / "captures"


class Body(NamedTuple):
    """The body of a message, and what reads it."""

    api_key: int
    version: int
    side: Side
    data: bytes


@cache
def files() -> tuple[Path, ...]:
    """Return the paths of the sample captures."""
    return tuple(sorted(path for path in CAPTURES.iterdir() if path.suffix in (".pcap", ".pcapng")))


@cache
def packets(path: Path) -> tuple[Packet, ...]:
    """Return the packets of a capture."""
    with CaptureReader(path) as reader:
        return tuple(reader)


@cache
def exchanges() -> tuple[Exchange, ...]:
    """Return the exchanges of all captures."""
    found: list[Exchange] = []
    for path in files():
        dissection = Dissection()
        for packet in packets(path):
            found += dissection.feed(packet)
        found += dissection.finish()
    return tuple(found)


def messages() -> Iterator[Message]:
    """Yield the messages of all captures that are whole."""
    for exchange in exchanges():
        for message in (exchange.request, exchange.response):
            if message is not None and not message.frame.missing and message.header is not None:
                yield message


@cache
def bodies() -> tuple[Body, ...]:
    """Return the smallest and the largest body of each kind."""
    kinds: dict[tuple[int, int, Side], list[bytes]] = {}
    for message in messages():
        if message.grammar is not None and message.header is not None:
            key, version = message.api_key, message.api_version
            assert key is not None
            assert version is not None
            data = bytes(message.frame.data[message.header.stop :])
            kinds.setdefault((key, version, message.side), []).append(data)
    return tuple(Body(*kind, data) for kind, all_data in kinds.items() for data in {min(all_data), max(all_data)})


@cache
def record_fields() -> tuple[bytes, ...]:
    """Return `records` fields that differ in size, magic or codec."""
    found: dict[tuple[int, ...], bytes] = {}
    for message in messages():
        for records in _record_sets(message.body):
            for batch in records:
                kind = (batch.magic, batch.attributes, batch.size.bit_length())
                found.setdefault(kind, bytes(records.data))
    return tuple(found.values())


def _record_sets(value: Any) -> Iterator[RecordSet]:
    if isinstance(value, RecordSet):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _record_sets(part)
    elif isinstance(value, list):
        for part in value:
            yield from _record_sets(part)
