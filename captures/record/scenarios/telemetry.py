"""Clients that push their metrics to a broker that has asked for them (KIP-714), each in the codec that it can."""

from functools import partial

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage
from toolchain import plugin_classpath

RECEIVER = partial(plugin_classpath, "TelemetryReceiver")
SETTINGS = {"metric.reporters": "TelemetryReceiver"}
METRICS = {
    "interval.ms": "1000",
    "metrics": "org.apache.kafka.producer.,org.apache.kafka.consumer.fetch,org.apache.kafka.consumer.coordinator",
}
CONSUMERS = {
    "billing_consumer": "java",
    "audit_consumer": "confluent",
    "till_1": "java-without-zstd",
    "till_2": "java-with-gzip",
}


def play(stage: Stage) -> None:
    """Subscribe to some metrics, give clients something to count, and wait until they have pushed a few times."""
    with (
        cluster([Node(1, 9092, 9093, SETTINGS)], stage.work, RECEIVER()),
        stage.capture(),
        stage.cast(operator="java", web_shop="confluent", **CONSUMERS) as cast,
    ):
        cast["operator"].do("create_topics", topics={"orders": 1})
        cast["operator"].do("subscribe_metrics", name="all-clients", settings=METRICS)
        cast["operator"].do("produce", topic="orders", records=shop.orders(4))
        cast["web_shop"].do("produce", topic="orders", records=shop.orders(4, 1005))
        for name in CONSUMERS:
            cast[name].start("consume", topics=["orders"], group=name, seconds=5)
        for name in CONSUMERS:
            cast[name].wait()


SCENARIO = Scenario(
    name="telemetry",
    shows="clients that push their metrics (KIP-714): uncompressed, zstd, lz4 and gzip, terminating pushes",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "java-without-zstd", "java-with-gzip", "confluent"),
    classpaths=(RECEIVER,),
)
