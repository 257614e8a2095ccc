"""Kafka Streams: an application with a repartition topic and a state, of two instances, in both group protocols."""

import time
from functools import partial

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage
from toolchain import VERSIONS, broker_classpath, java_classpath

VERSION = VERSIONS["kafka"]["streams"]
LIBRARY = partial(java_classpath, "kafka-streams", VERSION)
COMMON = {
    "commit.interval.ms": "1000",
    "poll.ms": "1000",
    "consumer.fetch.max.wait.ms": "3000",  # fewer empty fetches
    "num.standby.replicas": "1",
    "enable.metrics.push": "false",
}
CLASSIC = {
    "heartbeat.interval.ms": "1000",
    "client.tag.zone": "north",
    "rack.aware.assignment.tags": "zone",
    "internal.leave.group.on.close": "true",
}
PARTS = ("StreamThread-1-consumer", "StreamThread-1-producer", "StateUpdater-1-restore-consumer", "admin")
BROKER = {f"group.streams.{limit}heartbeat.interval.ms": "1000" for limit in ("", "min.")} | {
    "group.streams.num.standby.replicas": "1",
    "group.streams.initial.rebalance.delay.ms": "300",
}


def play(stage: Stage) -> None:
    """Let a second instance of an application come and go, first with the classic protocol, then with KIP-1071."""
    with (
        cluster([Node(1, 9092, 9093, BROKER)], stage.work),
        stage.capture() as recording,
        stage.cast(operator="java", dashboard="java") as cast,
        stage.client("java-streams", "statistics-1", library=VERSION) as first,
        stage.client("java-streams", "statistics-2", library=VERSION) as second,
    ):
        cast["operator"].do("create_topics", topics={"orders": 2, "statistics": 1})
        for number, protocol in enumerate(("classic", "streams")):
            config = {**COMMON, "application.id": f"statistics-{protocol}", "state.dir": str(stage.work / protocol)}
            config |= CLASSIC if protocol == "classic" else {"group.protocol": "streams"}
            first.do("run", config={**config, "application.server": "127.0.0.1:7001"})
            cast["operator"].do("produce", topic="orders", records=shop.orders(4, 1001 + 4 * number))
            time.sleep(1)
            state = str(stage.work / f"{protocol}-2")
            second.do("run", config={**config, "state.dir": state, "application.server": "127.0.0.1:7002"})
            time.sleep(3)
            cast["operator"].do("describe_groups", groups=[config["application.id"]], streams=protocol == "streams")
            second.do("stop")
            time.sleep(2)
            first.do("stop")
        cast["dashboard"].do("consume", topics=["statistics"], group="dashboard", count=12)
        cast["operator"].do("consume", topics=["__consumer_offsets"], group="operator", seconds=2, commit=False)
        recording.stop()
    for instance in ("statistics-1", "statistics-2"):  # never says just this on the wire
        library = stage.libraries.pop(instance)
        stage.libraries |= {f"{instance}-{part}": library for part in PARTS}


SCENARIO = Scenario(
    name="streams",
    shows="Kafka Streams: two instances, repartition and changelog topics, standbys; classic protocol and KIP-1071",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "java-streams"),
    classpaths=(broker_classpath, LIBRARY),
)
