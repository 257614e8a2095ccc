"""librdkafka's mock cluster: three brokers in a client's process, and clients that produce and consume."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import shop
from agents import Client
from stage import Scenario, Stage

PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
PORTS = [9092, 9093, 9094]


@contextmanager
def mock_cluster(stage: Stage) -> Iterator[str]:
    """Run a mock cluster of three brokers on Kafka's usual ports; gives their addresses."""
    with ExitStack() as stack:
        with free_ports(PORTS):
            stack.enter_context(stage.client("confluent", "mock-host", mock_brokers=len(PORTS)))
        yield ",".join(f"127.0.0.1:{port}" for port in PORTS)


@contextmanager
def free_ports(ports: list[int]) -> Iterator[None]:
    """Leave only three ports to servers that take any: the kernel hands them out of ranges of even length."""
    usual = PORT_RANGE.read_text()
    PORT_RANGE.write_text(f"{ports[0]} {ports[-1] + 1}")
    try:
        with socket.create_server(("127.0.0.1", ports[-1] + 1)):
            yield
    finally:
        PORT_RANGE.write_text(usual)


def play(stage: Stage) -> None:
    """Produce with each codec and in transactions, consume in groups of both protocols."""
    with (
        mock_cluster(stage) as brokers,
        stage.capture(),
        stage.client("confluent", "orders-service", brokers) as shop_front,
        stage.client("confluent", "billing-consumer", brokers) as billing,
        stage.client("confluent", "audit-consumer", brokers) as audit,
    ):
        sell(shop_front)
        billing.do("consume", topics=["orders"], group="billing", count=14)
        audit.do(
            "consume", topics=["orders", "payments"], group="audit", count=20, config={"group.protocol": "consumer"}
        )


def sell(client: Client) -> None:
    """Produce orders in every way, and payments in transactions."""
    client.do("produce", topic="orders", records=shop.orders(4))
    client.do("produce", topic="orders", records=shop.orders(3, 1005), compression="zstd", idempotent=True)
    client.do("produce", topic="orders", records=shop.oddities(), compression="lz4", acks=1)
    client.do("produce", topic="orders", records=shop.orders(2, 1008), acks=0)
    arguments = {"topic": "payments", "transactional_id": "till-1", "compression": "gzip"}
    client.do("produce", records=shop.payments(4), transaction="commit", **arguments)
    client.do("produce", records=shop.payments(2, 1005), transaction="abort", **arguments)


SCENARIO = Scenario(
    name="mock",
    shows="librdkafka against the three mock brokers that it brings: codecs, transactions, both group protocols",
    servers="librdkafka mock cluster, three brokers",
    ports=PORTS,
    play=play,
    clients=("confluent",),
    classpaths=(),
)
