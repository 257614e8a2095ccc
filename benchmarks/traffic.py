"""Record the captures that the benchmarks read: librdkafka's clients against its own mock cluster.

    python benchmarks/traffic.py chatty chatty.pcap
    python benchmarks/traffic.py bulk bulk.pcap --megabytes 100 --mss 1448

chatty: one record a request, many short connections; bulk: large batches of each codec. Needs a network namespace of
its own, so that nothing else is in the capture (root, or a kernel that lets users make namespaces), tcpdump, iproute2,
ethtool, and confluent-kafka (`pip install --group bench`; 2.3.0 speaks versions that tshark 4.0 can decode). With --mss
the segments are as short as on an Ethernet; without, loopback's 64 KB. Fails if tcpdump dropped a packet.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
PARTITIONS = 4
CLIENTS = 3
ROUND = 3000  # records before the clients connect anew
CHUNK = 500  # records between two looks of the reader
BULK_CHUNK = 2000  # the same; the mock cluster keeps 5 MB of a partition
PATIENCE = 300  # seconds
_IN_FLIGHT = 131072  # bytes, of a connection with an MSS


def main() -> None:
    """Record one capture."""
    arguments = _arguments()
    if "KAFKA_DISSECTOR_NAMESPACE" not in os.environ:
        os.environ["KAFKA_DISSECTOR_NAMESPACE"] = "yes"
        rights = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
        os.execvp("unshare", ["unshare", *rights, "--net", sys.executable, *sys.argv])  # noqa: S606
    _prepare_loopback(arguments.mss)
    tcpdump = _start_tcpdump(arguments.output)
    # On one processor, as those of several hand what one connection sends to the loopback interface out of its order.
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    try:
        mock, brokers = _mock_cluster()
        if arguments.kind == "chatty":
            _chatty(brokers, arguments.records)
        else:
            _bulk(brokers, arguments.megabytes << 20)
        del mock
    finally:
        time.sleep(1.5)  # for the last packets
        tcpdump.terminate()
        said = tcpdump.communicate()[1]
    if "\n0 packets dropped by kernel" not in said:
        sys.exit(f"tcpdump dropped packets: {said}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["chatty", "bulk"])
    parser.add_argument("output", type=Path)
    parser.add_argument("--records", type=int, default=60_000, help="chatty: how many")
    parser.add_argument("--megabytes", type=int, default=100, help="bulk: of values, over all codecs together")
    parser.add_argument("--mss", type=int, help="largest TCP payload of a packet")
    return parser.parse_args()


def _prepare_loopback(mss: int | None) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _set("tcp_early_retrans", "0")  # what comes late on a busy machine is not lost
    if mss is not None:
        headers = 52  # IPv4, TCP, timestamps
        subprocess.run(["ip", "link", "set", "lo", "mtu", str(mss + headers)], check=True)
        subprocess.run(["ethtool", "-K", "lo", "tso", "off", "gso", "off", "gro", "off"], check=True)
        for buffer in ("tcp_rmem", "tcp_wmem"):  # no more in flight than the loopback interface's queue takes: no loss
            _set(buffer, f"4096 {_IN_FLIGHT} {_IN_FLIGHT}")


def _set(name: str, value: str) -> None:
    """Change a setting of this network namespace."""
    Path("/proc/sys/net/ipv4", name).write_text(value)


def _start_tcpdump(output: Path) -> subprocess.Popen[str]:
    command = [
        "tcpdump",
        "-i",
        "lo",
        "-s",
        "262144",
        "-B",
        "262144",
        "--immediate-mode",
        "-Z",
        "root",
        "-w",
        str(output),
        "tcp",
    ]
    tcpdump = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert tcpdump.stderr is not None
    said = ""
    while "listening on" not in (line := tcpdump.stderr.readline()):
        said += line
        if not line:
            sys.exit(f"tcpdump does not start: {said}")
    return tcpdump


def _mock_cluster() -> tuple[Any, str]:
    """Return what keeps the cluster alive, and its brokers' addresses."""
    from confluent_kafka import Producer

    mock = Producer({"bootstrap.servers": "none:1", "test.mock.num.brokers": 3, "log_level": 0})
    metadata = mock.list_topics(timeout=10)
    return mock, ",".join(f"127.0.0.1:{broker.port}" for broker in metadata.brokers.values())


def _chatty(brokers: str, records: int) -> None:
    value = _values(items=3)
    for first in range(0, records, ROUND):
        topic = f"orders-{first // ROUND}"
        reader = _Reader(brokers, topic, {"fetch.wait.max.ms": 10, "fetch.max.bytes": 1500, "message.max.bytes": 1400})
        producers = [_producer(brokers, f"shop-{number}", {"batch.num.messages": 1}) for number in range(CLIENTS)]
        for number in range(first, min(first + ROUND, records)):
            _send(producers[number % CLIENTS], topic, value(), number)
            if number % CHUNK == 0:
                reader.read_up_to(number - first)
        for producer in producers:
            producer.flush(PATIENCE)
        reader.read_up_to(min(ROUND, records - first))
        reader.close()


def _bulk(brokers: str, size: int) -> None:
    value = _values(items=60)
    for codec in CODECS:
        reader = _Reader(brokers, f"bulk-{codec}", {"fetch.wait.max.ms": 50})
        settings = {"linger.ms": 50, "batch.size": 900_000, "compression.type": codec}
        producer = _producer(brokers, f"writer-{codec}", settings)
        count = sent = 0
        while sent < size // len(CODECS):
            data = value()
            _send(producer, f"bulk-{codec}", data, count)
            count += 1
            sent += len(data)
            if count % BULK_CHUNK == 0:
                producer.flush(PATIENCE)
                reader.read_up_to(count)
        producer.flush(PATIENCE)
        reader.read_up_to(count)
        reader.close()


def _values(items: int) -> Callable[[], bytes]:
    """Return what makes values that compress as business data does; the same ones in every run."""
    source = random.Random(1)  # noqa: S311
    words = [f"{word}-{number}" for number in range(400) for word in ("order", "customer", "payment", "sku", "pending")]

    def value() -> bytes:
        chosen = [source.choice(words) for _ in range(items)]
        return json.dumps({"id": source.getrandbits(48), "items": chosen, "total": source.random()}).encode()

    return value


def _producer(brokers: str, client_id: str, settings: dict[str, Any]) -> Any:
    from confluent_kafka import Producer

    defaults = {
        "bootstrap.servers": brokers,
        "client.id": client_id,
        "linger.ms": 0,
        "acks": "all",
        "socket.nagle.disable": True,
    }
    return Producer({**defaults, "queue.buffering.max.kbytes": 200_000, **settings})


def _send(producer: Any, topic: str, value: bytes, number: int) -> None:
    while True:
        try:
            producer.produce(topic, value=value, key=b"k%d" % number, partition=number % PARTITIONS)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


class _Reader:
    """A consumer of all partitions of a topic, which it has to itself."""

    def __init__(self, brokers: str, topic: str, settings: dict[str, Any]) -> None:
        from confluent_kafka import Consumer, TopicPartition

        names = {"group.id": f"readers-{topic}", "client.id": f"reader-{topic}"}
        self._consumer = Consumer({"bootstrap.servers": brokers, **names, **settings})
        self._consumer.assign([TopicPartition(topic, partition, 0) for partition in range(PARTITIONS)])
        self._got = 0

    def read_up_to(self, count: int) -> None:
        """Read until there were so many records."""
        end = time.monotonic() + PATIENCE
        while self._got < count:
            self._got += sum(message.error() is None for message in self._consumer.consume(500, 0.2))
            if time.monotonic() > end:
                sys.exit(f"{self._got} of {count} records arrived")

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


if __name__ == "__main__":
    main()
