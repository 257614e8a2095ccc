"""Three early KRaft nodes: a quorum that elects, snapshots, and gives the snapshot to a node without data."""

import time
from functools import partial

import shop
from brokers import Node, cluster, format_storage
from stage import Scenario, Stage
from toolchain import VERSIONS, java_classpath

VERSION = VERSIONS["kafka"]["early-kraft"]
CLASSPATH = partial(java_classpath, "kafka_2.13", VERSION)
SETTINGS = {
    "metadata.log.max.record.bytes.between.snapshots": "500",
    "metadata.log.segment.min.bytes": "100",
    "metadata.log.segment.bytes": "600",
    "metadata.max.retention.bytes": "1000",
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "4000",
    "metadata.max.idle.interval.ms": "4000",  # fewer records that say nothing
    "replica.fetch.wait.max.ms": "3000",  # fewer empty fetches
}
CLEANING = 62  # seconds after which nodes drop what is in their snapshots
NODES = [Node(number, port=9091 + number, controller_port=9094 + number, settings=SETTINGS) for number in (1, 2, 3)]
BOOTSTRAP = ",".join(f"127.0.0.1:{node.port}" for node in NODES)


def play(stage: Stage) -> None:
    """Make topics until there is a snapshot, wipe a node meanwhile, and restart the others once it is back."""
    jars = CLASSPATH()
    with (
        stage.capture() as recording,
        cluster(NODES, stage.work, jars) as servers,
        stage.client("java", "operator", BOOTSTRAP) as operator,
    ):
        servers[2].stop()
        for topic in ("orders", "payments", "refunds"):  # a snapshot each: the last but one may go then
            operator.do("create_topics", topics={topic: 3}, replicas=2)
            time.sleep(1)
        operator.do("produce", topic="orders", records=shop.orders(3))
        operator.do("describe_quorum")
        format_storage(NODES[2], stage.work, jars)
        time.sleep(CLEANING)
        for server in servers[2], servers[1], servers[0]:  # with the leader among them
            server.stop()
            server.start()
            server.wait_for("Kafka Server started")
        time.sleep(2)
        operator.do("describe_quorum")
        recording.stop()  # before the nodes fall over each other's end


SCENARIO = Scenario(
    name="quorum",
    shows="three early KRaft nodes: elections, registration, a snapshot for a node that lost its disk",
    servers=f"Apache Kafka {VERSION}, three KRaft nodes",
    ports=[port for node in NODES for port in (node.port, node.controller_port)],
    play=play,
    clients=("java",),
    classpaths=(CLASSPATH,),
)
