"""Two brokers with ZooKeeper that learn to speak to each other as newer and newer ones do, one restart at a time."""

from functools import partial

import shop
from brokers import write_properties
from old_brokers import PORTS, classpath, old_cluster, properties
from stage import Scenario, Stage
from toolchain import VERSIONS

from scenarios.old import BOOTSTRAP

NEWEST = VERSIONS["kafka"]["zookeeper"]
PROTOCOLS = ("1.0", "2.0", "2.2", "2.4-IV0", "2.4", "2.6", "2.8", "3.2")  # that changed what the controller says
SETTINGS = {
    "replica.fetch.wait.max.ms": "3000",  # fewer empty fetches
    "controlled.shutdown.retry.backoff.ms": "500",
}


def play(stage: Stage) -> None:
    """Restart both brokers for each protocol, after a few records more, and delete the topic at last."""
    first, *later = PROTOCOLS
    with stage.capture() as recording, old_cluster(NEWEST, stage.work, speaking(first)) as servers:
        with stage.client("java", "orders-service", BOOTSTRAP) as orders:
            orders.do("create_topics", topics={"orders": 1, "archive": 1}, replicas=2)
            orders.do("produce", topic="orders", records=shop.orders(2), transaction="commit", transactional_id="till")
        for number, protocol in enumerate(later, 1):
            for broker, (port, server) in enumerate(zip(PORTS, servers, strict=True), 1):
                server.stop()
                config = properties(broker, port, stage.work) | speaking(protocol)
                write_properties(stage.work / f"broker-{broker}.properties", config)
                server.start()
                server.wait_for("] started")
            with stage.client("java", "orders-service", BOOTSTRAP) as orders:
                if number % 3 == 0:
                    orders.do("create_topics", topics={f"orders-{protocol}": 1}, replicas=2)
                    orders.do("delete_topics", topics=[f"orders-{protocol}"])
                orders.do("produce", topic="orders", records=shop.orders(1, 1002 + number))
        recording.stop()


def speaking(protocol: str) -> dict[str, str]:
    """Return the settings of brokers that speak to each other as those of a version do."""
    return SETTINGS | {"inter.broker.protocol.version": protocol}


SCENARIO = Scenario(
    name="upgrade",
    shows="a rolling upgrade of what brokers say to each other: versions of LeaderAndIsr, StopReplica, UpdateMetadata",
    servers=f"Apache Kafka {NEWEST}, two brokers with ZooKeeper",
    ports=PORTS,
    play=play,
    clients=("java",),
    classpaths=(partial(classpath, NEWEST),),
)
