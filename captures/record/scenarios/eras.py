"""Kafka's Java library through the years, on the last broker that took all of it: versions no newer client asks for."""

from functools import partial

import shop
from brokers import Node, cluster
from stage import Scenario, Stage
from toolchain import VERSIONS, java_classpath

BROKER = VERSIONS["kafka"]["last-for-all"]
ERAS = VERSIONS["kafka"]["eras"]
CLASSPATH = partial(java_classpath, "kafka_2.13", BROKER)
RECORDS = [{"key": record["key"], "value": record["value"]} for record in shop.orders(2)]


def play(stage: Stage) -> None:
    """Let each library produce in a transaction, consume in a group, and ask whatever it knows to ask."""
    with cluster([Node(1, 9092, 9093)], stage.work, CLASSPATH()), stage.capture() as recording:
        for era in ERAS:
            with stage.client(f"old-java-{era}", f"till-{era}", library=era) as till:
                till.do("live", topic=f"orders-{era}", group=f"billing-{era}", records=RECORDS)
        recording.stop()


SCENARIO = Scenario(
    name="eras",
    shows=f"Java clients from {ERAS[0]} to {ERAS[-1]}: a transaction, a group, administration, in the versions of each",
    servers=f"Apache Kafka {BROKER}, one KRaft node",
    ports=[9092],
    play=play,
    clients=tuple(f"old-java-{era}" for era in ERAS),
    classpaths=(CLASSPATH,),
)
