"""What peers.py measures: pieces of work of ours, the peers that each is held against, and how much is wanted.

"stats", "bodies" and the like are modes of work.py. What tshark does in its modes, and what that is held against:

-q -Y kafka             dissects each packet whole, headers, bodies and records (decompressed, no CRC-32C checked), and
                        pairs responses with requests; prints nothing. Our `stats` reads headers only, pairs, and
                        prints its tables; "bodies" reads every body instead of counting, and "records" every record
                        as well, with its checksum; they print nothing.
-T fields, 11 fields    prints eleven of Kafka's fields (KAFKA_FIELDS) for each packet: of a packet with several
                        messages the values of each field in a row. Our JSON Lines have every field of every message.
-T ek -J kafka          prints every field of Kafka's in JSON, one object for each packet, records with keys and values
                        in hexadecimal. What ours has besides: latencies, outcomes, addresses, names of error codes,
                        keys and values as text, verified checksums. What it has besides: labels of its tree.
-T json -J kafka        the same, with each field's place in the tree.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, NamedTuple

from recordings import server_ports, tshark

HERE: Final = Path(__file__).parent
CHATTY: Final = "chatty"
BULK: Final = "bulk"
SEGMENTED: Final = "bulk at an MSS of 1448"
#: What takes long gets the first packets of a recording only: where few packets a second are read, or much is written.
FEW: Final = 2000
SOME: Final = 10_000
STARTING: Final = 100  # packets; what that costs is starting
LOADED: Final = 150_000  # messages a second that `load` is wanted to index

KAFKA_FIELDS: Final = (
    "kafka.len",
    "kafka.api_key",
    "kafka.api_version",
    "kafka.correlation_id",
    "kafka.client_id",
    "kafka.topic_name",
    "kafka.partition_id",
    "kafka.offset",
    "kafka.error",
    "kafka.message_key",
    "kafka.message_value",
)
QUIET: Final = "`tshark -q -Y kafka`"
FIELDS: Final = "`tshark -T fields` with 11 Kafka fields"
EK: Final = "`tshark -T ek -J kafka`"
LINES: Final = "`tshark -Y kafka`: a line for each packet"
TREE: Final = "`tshark -V -O kafka`"
JSON: Final = "`tshark -T json -J kafka`"
TSHARK: Final = {
    QUIET: ("-q", "-Y", "kafka"),
    FIELDS: ("-Y", "kafka", "-T", "fields", *(word for field in KAFKA_FIELDS for word in ("-e", field))),
    EK: ("-Y", "kafka", "-T", "ek", "-J", "kafka"),
    LINES: ("-Y", "kafka"),
    TREE: ("-Y", "kafka", "-V", "-O", "kafka"),
    JSON: ("-Y", "kafka", "-T", "json", "-J", "kafka"),
}
#: Modes of others.py.
OTHERS: Final = {
    "pyshark: API and id of each message": "pyshark",
    "pyshark with use_json, the same": "pyshark-json",
    "scapy, up to TCP: it has no Kafka": "scapy",
}


class Peer(NamedTuple):
    """A peer, by a name above, and how many times faster than it we want to be."""

    name: str
    wanted: float | None = None


class Work(NamedTuple):
    """A piece of work on a recording, or on its first `packets`: its name, the mode of work.py, and peers."""

    name: str
    capture: str
    mode: str
    peers: tuple[Peer, ...]
    packets: int | None = None


WANTED: Final = [
    Work("summary (`stats`) of many small messages, headers and pairing", CHATTY, "stats", (Peer(QUIET, 4),)),
    Work("the same with every body decoded", CHATTY, "bodies", (Peer(QUIET, 1.5),)),
    Work("every body and record to JSON Lines, small messages", CHATTY, "jsonl", (Peer(FIELDS, 3), Peer(EK, 6))),
    Work("bulk transfers, without looking into records", BULK, "bodies", (Peer(QUIET, 7),)),
    Work("the same at an MSS of 1448, without records", SEGMENTED, "bodies", (Peer(QUIET, 7),)),
    Work("bulk transfers, every record decoded and CRC-checked", BULK, "records", (Peer(QUIET, 0.75),)),
    Work("the same at an MSS of 1448, every record", SEGMENTED, "records", (Peer(QUIET, 0.75),)),
]
FURTHER: Final = [
    Work("starting: `stats` of 100 packets", CHATTY, "stats", (Peer(QUIET),), packets=STARTING),
    Work("headers and pairing, from Python", CHATTY, "exchanges", (Peer(QUIET),)),
    Work("`load`: all exchanges indexed", CHATTY, "load", (Peer(QUIET),)),
    Work("a line of text for each exchange", CHATTY, "text", (Peer(LINES),)),
    Work("JSON Lines, first 10,000 packets", CHATTY, "jsonl", (Peer(JSON),), packets=SOME),
    Work("a tree of every field, first 10,000 packets", CHATTY, "tree", (Peer(TREE),), packets=SOME),
    Work("every body, first 2,000 packets", CHATTY, "bodies", tuple(map(Peer, OTHERS)), packets=FEW),
]


class Message(NamedTuple):
    """What messages.py measures: in the table whose first column is `table`, the peer in the column `column`."""

    name: str
    peer: str
    wanted: float
    table: str
    column: str


MESSAGES: Final = [
    Message("one message, typical", "construct interpreted", 20, "message", "construct"),
    Message("the same", "construct compiled", 7, "message", "compiled"),
    Message("one message, typical", "kafka-python 3's decoder", 2, "message", "kafka-python"),
    Message("records", "kafka-python's `MemoryRecords`", 2, "records", "kafka-python"),
]


def our_command(work: Work, path: Path) -> list[str]:
    """Return the command that does a piece of work of ours."""
    return [sys.executable, str(HERE / "work.py"), work.mode, str(path)]


def their_command(peer: str, path: Path) -> list[str]:
    """Return the command of a peer."""
    if peer in TSHARK:
        return [*tshark(path), *TSHARK[peer]]
    return [sys.executable, str(HERE / "others.py"), OTHERS[peer], str(path), *map(str, server_ports(path))]
