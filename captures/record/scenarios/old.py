"""Brokers and clients of former years, for the versions and message formats that are gone."""

from functools import partial
from typing import Any

import shop
from agents import Client
from old_brokers import PORTS, classpath, old_cluster
from stage import Scenario, Stage
from toolchain import VERSIONS

BOOTSTRAP = ",".join(f"127.0.0.1:{port}" for port in PORTS)
NEWEST = VERSIONS["kafka"]["zookeeper"]
SIMPLE = [{"key": record["key"], "value": record["value"]} for record in shop.orders(4)]
TOMBSTONE = {"key": "ada", "value": None}


def play_0_8_2(stage: Stage) -> None:
    """Produce with three codecs, consume with offsets kept in ZooKeeper and in Kafka, shut a broker down."""
    with stage.capture() as recording, old_cluster("0.8.2.2", stage.work) as servers:
        with old_java(stage, "orders-service", "old-producer-0.8.2.2") as orders, old_python(stage, [0, 8, 2]) as till:
            for codec in ("none", "gzip", "snappy"):
                orders.do("produce", topic="orders", records=[*SIMPLE, TOMBSTONE], compression=codec)
                till.do("produce", topic="orders", records=SIMPLE, compression=codec, acks=1)
            till.do("produce", topic="orders", records=SIMPLE[:1], acks=0)
        for version in ([0, 8, 1], [0, 8, 2]):
            with old_python(stage, version, "billing-consumer") as billing:
                billing.do("consume", topics=["orders"], group=f"billing-{version[-1]}", count=28)
        servers[1].stop()
        with old_java(stage, "orders-service", "old-producer-0.8.2.2") as orders:
            orders.do("produce", topic="orders", records=SIMPLE)
        recording.stop()


def play_0_10_2(stage: Stage) -> None:
    """Let clients of 0.8.2 to 0.10.2 meet on brokers that keep messages of magic 1."""
    with stage.capture() as recording, old_cluster("0.10.2.2", stage.work) as servers:
        with (
            old_java(stage, "orders-service", "old-producer-0.10.2.2") as orders,
            old_python(stage, [0, 10, 2]) as till,
        ):
            for codec in ("none", "gzip", "snappy", "lz4"):
                orders.do("produce", topic="orders", records=[*SIMPLE, TOMBSTONE], compression=codec)
                till.do("produce", topic="orders", records=SIMPLE, compression=codec, acks=1)
        with old_java(stage, "archive", "old-producer-0.8.2.2") as archive:
            archive.do("produce", topic="orders", records=SIMPLE, compression="lz4")
        for consumer in ("0.9.0.1", "0.10.2.2"):
            with old_java(stage, "billing-consumer", f"old-consumer-{consumer}") as billing:
                billing.do("consume", topics=["orders"], group=f"billing-{consumer}", count=40)
        for version in ([0, 9], [0, 10, 1]):
            with old_python(stage, version, "audit-consumer") as audit:
                audit.do("consume", topics=["orders"], group=f"audit-{version[-1]}", count=40)
        servers[1].stop()
        recording.stop()


def play_3_9(stage: Stage) -> None:
    """Let clients of 0.8.2 to 4.x meet on the last brokers that know ZooKeeper."""
    with stage.capture() as recording, old_cluster(NEWEST, stage.work) as servers:
        with old_java(stage, "orders-service", "old-producer-0.8.2.2") as orders:
            orders.do("produce", topic="orders", records=SIMPLE, compression="gzip")
        with stage.client("java", "web-shop", BOOTSTRAP) as web_shop:
            web_shop.do("create_topics", topics={"payments": 2}, replicas=2)
            web_shop.do("produce", topic="orders", records=shop.orders(4, 1005), compression="zstd")
            with_id = {"transactional_id": "till-1", "transaction": "commit"}
            web_shop.do("produce", topic="payments", records=shop.payments(4), **with_id)
        with old_java(stage, "archive", "old-producer-0.10.2.2") as archive:
            archive.do("produce", topic="orders", records=SIMPLE, compression="snappy")
        with old_java(stage, "billing-consumer", "old-consumer-0.9.0.1") as billing:
            billing.do("consume", topics=["payments"], group="billing", count=4)
        with stage.client("java", "audit-consumer", BOOTSTRAP) as audit:
            audit.do("consume", topics=["orders", "payments"], group="audit", count=16)
            audit.do("inspect", topics=["orders"], groups=["audit"])
            audit.do("delete_topics", topics=["payments"])
        servers[1].stop()
        recording.stop()


def old_java(stage: Stage, client_id: str, kind: str) -> Client:
    """Start a Java client of another time, such as ``old-producer-0.8.2.2``."""
    return stage.client(kind, client_id, BOOTSTRAP, library=kind.split("-")[-1])


def old_python(stage: Stage, version: list[int], client_id: str = "till") -> Client:
    """Start a Python client of another time that speaks as a version of Kafka would."""
    told: dict[str, Any] = {"api_version": version, "timestamps": version >= [0, 10]}
    return stage.client("old-kafka-python", client_id, BOOTSTRAP, **told)


KAFKA_0_8_2 = Scenario(
    name="kafka-0.8.2",
    shows="two brokers of 0.8.2 from start to controlled shutdown, clients of their time, message sets of magic 0",
    servers="Apache Kafka 0.8.2.2, two brokers with ZooKeeper",
    ports=PORTS,
    play=play_0_8_2,
    clients=("old-producer-0.8.2.2", "old-kafka-python"),
    classpaths=(partial(classpath, "0.8.2.2"), partial(classpath, NEWEST)),
)
KAFKA_0_10_2 = Scenario(
    name="kafka-0.10.2",
    shows="two brokers of 0.10.2, clients from 0.8.2 to 0.10.2, message sets of magic 0 and 1",
    servers="Apache Kafka 0.10.2.2, two brokers with ZooKeeper",
    ports=PORTS,
    play=play_0_10_2,
    clients=(
        "old-producer-0.8.2.2",
        "old-producer-0.10.2.2",
        "old-consumer-0.9.0.1",
        "old-consumer-0.10.2.2",
        "old-kafka-python",
    ),
    classpaths=(partial(classpath, "0.10.2.2"), partial(classpath, NEWEST)),
)
ZOOKEEPER = Scenario(
    name="zookeeper",
    shows=f"two brokers of {NEWEST} with ZooKeeper, clients from 0.8.2 to {VERSIONS['kafka']['broker']}",
    servers=f"Apache Kafka {NEWEST}, two brokers with ZooKeeper",
    ports=PORTS,
    play=play_3_9,
    clients=("java", "old-producer-0.8.2.2", "old-producer-0.10.2.2", "old-consumer-0.9.0.1"),
    classpaths=(partial(classpath, NEWEST),),
)
