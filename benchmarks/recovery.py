"""Recovery from damaged captures: exchanges recovered of those possible, as a table over the sample captures.

Packets are missing, cut, or all of one direction.

    python benchmarks/recovery.py [CAPTURE...]

What there is to recover comes from the tests' independent walk over the clean captures, in which every response follows
its request. An exchange can be recovered where the packets that complete its two messages are there; it is recovered
where API, version, correlation id and both sizes are right, and the client id if it was captured. `wrong` counts pairs
that are none. A snap length of 96 leaves 30 bytes of payload on these IPv4 captures, and 10 on the IPv6 ones
(bulk, ...): API, version and sizes, and a correlation id in the response. One of 68 leaves no length prefixes.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "captures")]

from independent_walk import Frame, walk  # noqa: E402

from dissector.engine import Dissection  # noqa: E402
from dissector.sources.files import CaptureReader  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dissector.exchanges import Exchange
    from dissector.messages import Message
    from dissector.packets import Packet

ROUNDS = 5  # of random loss


class Pair(NamedTuple):
    """What identifies an exchange, whatever is lost around it."""

    client: tuple[str, int]
    server: tuple[str, int]
    api_key: int | None
    api_version: int | None
    correlation_id: int | None
    request_size: int
    response_size: int


class Truth(NamedTuple):
    """A pair, its client id, and the packets that complete its messages."""

    pair: Pair
    client_id: str | None
    request: int
    response: int


def truth(path: Path) -> list[Truth]:
    """Return the pairs of a clean capture; bare tokens, and requests that were not answered, are none."""
    found = []
    waiting: dict[int, deque[Frame]] = defaultdict(deque)
    for frame in walk(path).frames:
        if frame.side == "request":
            if frame.correlation_id is not None:
                waiting[frame.connection].append(frame)
            continue
        requests = waiting[frame.connection]
        if not any(request.correlation_id == frame.correlation_id for request in requests):
            continue  # an answer to a token
        while (request := requests.popleft()).correlation_id != frame.correlation_id:
            pass
        ends = (request.client, request.server, request.api_key, request.api_version)
        pair = Pair(*ends, request.correlation_id, request.size, frame.size)
        found.append(Truth(pair, request.client_id, request.packet_number, frame.packet_number))
    return found


def dissect(packets: Iterable[Packet]) -> list[Exchange]:
    """Return the exchanges of packets, numbered anew."""
    dissection = Dissection()
    found = []
    for number, packet in enumerate(packets, 1):
        found += dissection.feed(packet._replace(number=number))
    found += dissection.finish()
    if dissection.ledger.discrepancies():
        raise AssertionError(dissection.ledger.discrepancies())
    return found


def pairs(exchanges: Iterable[Exchange]) -> Iterator[tuple[Pair, str | bytes | None]]:
    """Yield the pairs among exchanges, each with its client id."""
    for exchange in exchanges:
        if exchange.outcome != "answered":
            continue
        client, server = exchange.connection.client, exchange.connection.server
        request, response = exchange.request, exchange.response
        assert client is not None
        assert server is not None
        assert request is not None
        assert response is not None
        if not _ended(response):
            ends = (client, server, exchange.api_key, exchange.api_version)
            yield Pair(*ends, exchange.correlation_id, request.size, response.size), exchange.client_id


def _ended(message: Message) -> bool:
    """Say whether a message broke off with its connection: the walk knows whole frames only."""
    return message.error is not None and message.error.kind == "incomplete"


def wrong_names(answered: Iterable[tuple[Pair, str | bytes | None]], known: list[Truth]) -> int:
    """Return how many client ids there are that the requests do not have."""
    names = {(row.pair.client, row.pair.request_size, row.pair.correlation_id, row.client_id) for row in known}
    return sum(
        (pair.client, pair.request_size, pair.correlation_id, client_id) not in names
        for pair, client_id in answered
        if client_id is not None
    )


def lose(share: float) -> Callable[[list[Packet], int], list[Packet]]:
    """Return what loses a share of the packets."""
    return lambda packets, seed: [
        packet for packet, chance in zip(packets, _chances(seed, len(packets)), strict=True) if chance >= share
    ]


def _chances(seed: int, count: int) -> list[float]:
    source = random.Random(seed)  # noqa: S311
    return [source.random() for _ in range(count)]


def cut(length: int) -> Callable[[list[Packet], int], list[Packet]]:
    """Return what captures so many bytes of each packet."""
    return lambda packets, _: [packet._replace(data=packet.data[:length]) for packet in packets]


def late(share: float) -> Callable[[list[Packet], int], list[Packet]]:
    """Return what starts a capture after a share of its packets."""
    return lambda packets, _: packets[int(len(packets) * share) :]


DAMAGE: dict[str, tuple[int, Callable[[list[Packet], int], list[Packet]]]] = {
    "clean": (1, lambda packets, _: packets),
    "loss 1 %": (ROUNDS, lose(0.01)),
    "loss 5 %": (ROUNDS, lose(0.05)),
    "loss 20 %": (ROUNDS, lose(0.2)),
    "snap 96": (1, cut(96)),
    "snap 68": (1, cut(68)),
    "late 25 %": (1, late(0.25)),
    "late 50 %": (1, late(0.5)),
    "late 75 %": (1, late(0.75)),
}


def measure(path: Path) -> dict[str, tuple[int, int, int]]:
    """Return, for each kind of damage, how many exchanges were recovered, could be, and are wrong."""
    known = truth(path)
    with CaptureReader(path) as reader:
        packets = list(reader)
    rows = {}
    for name, (rounds, damage) in DAMAGE.items():
        recovered = possible = wrong = 0
        for seed in range(rounds):
            left = damage(packets, seed)
            numbers = {packet.number for packet in left}
            expected = Counter(row.pair for row in known if {row.request, row.response} <= numbers)
            every = Counter(row.pair for row in known)
            answered = list(pairs(dissect(left)))
            found = Counter(pair for pair, _ in answered)
            recovered += (found & expected).total()
            possible += expected.total()
            wrong += (found - every).total() + wrong_names(answered, known)
        rows[name] = (recovered, possible, wrong)
    return rows | one_direction(path, packets) | responses_late(path, packets)


def one_direction(path: Path, packets: list[Packet]) -> dict[str, tuple[int, int, int]]:
    """Return the same for messages, where only requests or only responses were captured; inferred ones count."""
    frames = walk(path).frames
    packets_of = {
        side: {frame.packet_number for frame in frames if frame.side == side} for side in ("request", "response")
    }
    servers = {frame.server for frame in frames}
    rows = {}
    for side in ("request", "response"):
        other = "response" if side == "request" else "request"
        sender = [
            packet for packet in packets if packet.number not in packets_of[other] or packet.number in packets_of[side]
        ]
        left = [packet for packet in sender if _is_from_server(packet, servers) == (side == "response")]
        numbers = {packet.number: index for index, packet in enumerate(left, 1)}
        said = Counter(
            (frame.size, numbers.get(frame.packet_number), frame.api_key if side == "request" else None)
            for frame in frames
            if frame.side == side and frame.correlation_id is not None
        )
        found = [getattr(exchange, side) for exchange in dissect(left) if getattr(exchange, side) is not None]
        read = Counter(
            (message.size, message.packet_number, message.api_key if side == "request" else None)
            for message in found
            if message.api_key is not None
        )
        rows[f"{side}s only"] = ((read & said).total(), said.total(), (read - said).total())
    return rows


def responses_late(path: Path, packets: list[Packet]) -> dict[str, tuple[int, int, int]]:
    """Return the same for the boundaries of responses, where only these were captured, after a share of the packets."""
    frames = walk(path).frames
    servers = {frame.server for frame in frames}
    left = [packet for packet in late(0.25)(packets, 0) if _is_from_server(packet, servers)]
    numbers = {packet.number: index for index, packet in enumerate(left, 1)}
    said: Counter[tuple[int, int, int | None]] = Counter(
        (frame.size, numbers[frame.packet_number], frame.correlation_id)
        for frame in frames
        if frame.side == "response" and frame.packet_number in numbers and frame.correlation_id is not None
    )
    every = {(frame.size, frame.correlation_id) for frame in frames if frame.side == "response"}
    found = [exchange.response for exchange in dissect(left) if exchange.response is not None]
    read = Counter((message.size, message.packet_number, message.correlation_id) for message in found)
    # The walk knows whole frames only.
    whole = [message for message in found if not message.frame.missing]
    wrong = [message for message in whole if (message.size, message.correlation_id) not in every]
    return {"responses only, late": ((read & said).total(), said.total(), len(wrong))}


def _is_from_server(packet: Packet, servers: set[tuple[str, int]]) -> bool:
    from dissector.segments import SegmentDecoder, Skipped

    segment = SegmentDecoder().decode(packet)
    return not isinstance(segment, Skipped) and tuple(segment.source) in servers


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", metavar="CAPTURE", nargs="*", type=Path, help="by default all sample captures")
    paths = parser.parse_args().captures or sorted(
        path for path in (ROOT / "captures").glob("*.pcap*") if "tls" not in path.name
    )
    names = [*DAMAGE, "requests only", "responses only", "responses only, late"]
    total: dict[str, list[int]] = {name: [0, 0, 0] for name in names}
    print("| capture | " + " | ".join(names) + " | wrong |")
    print("| --- |" + " --- |" * (len(names) + 1))
    for path in paths:
        rows = measure(path)
        for name in names:
            total[name] = [a + b for a, b in zip(total[name], rows[name], strict=True)]
        cells = [f"{rows[name][0]}/{rows[name][1]}" for name in names]
        print(f"| {path.stem} | " + " | ".join(cells) + f" | {sum(row[2] for row in rows.values())} |", flush=True)
    shares = [f"{100 * total[name][0] / total[name][1]:.1f} %" for name in names]
    print("| all | " + " | ".join(shares) + f" | {sum(row[2] for row in total.values())} |")


if __name__ == "__main__":
    main()
