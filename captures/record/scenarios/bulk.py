"""Batches that take many packets: an Ethernet-like MTU, IPv6, and frames far beyond it."""

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage

IPV6 = {"listeners": "PLAINTEXT://[::1]:9092,CONTROLLER://127.0.0.1:9093"}


def play(stage: Stage) -> None:
    """Produce big batches with and without a codec, and fetch them."""
    with (
        cluster([Node(1, 9092, 9093, IPV6)], stage.work),
        stage.capture(),
        stage.cast(importer="java", mirror="confluent") as cast,
    ):
        importer = cast["importer"]
        importer.do("create_topics", topics={"history": 1})
        linger = {"config": {"batch.size": "262144", "linger.ms": "500"}}
        importer.do("produce", topic="history", records=shop.orders(600), producer=linger)
        importer.do("produce", topic="history", records=shop.orders(400, 1601), producer=linger, compression="lz4")
        cast["mirror"].do("consume", topics=["history"], group="mirror", count=1000)


SCENARIO = Scenario(
    name="bulk",
    shows="frames of many packets at an MTU of 1500 bytes over IPv6, a batch of 600 records, one lz4 batch of 400",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "confluent"),
    mtu=1500,
    bootstrap="[::1]:9092",
)
