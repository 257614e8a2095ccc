"""Three nodes that elect a controller, replicate, lose a node, and take it back with nothing left on its disk."""

import time

import shop
from brokers import THREE_NODES, Node, cluster, format_storage
from stage import Scenario, Stage

SETTINGS = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "min.insync.replicas": "2",
    "metadata.log.max.snapshot.interval.ms": "5000",
    "controller.quorum.election.timeout.ms": "500",
    "replica.fetch.wait.max.ms": "2000",  # fewer empty fetches
    "metadata.max.idle.interval.ms": "5000",  # fewer records that say nothing
}
NODES = [Node(number, port=9091 + number, controller_port=9094 + number, settings=SETTINGS) for number in (1, 2, 3)]
BOOTSTRAP = ",".join(f"127.0.0.1:{node.port}" for node in NODES)


def play(stage: Stage) -> None:
    """Sell while a node is shut down in good order and comes back wiped, then move leaders home."""
    with (
        stage.capture() as recording,
        cluster(NODES, stage.work) as servers,
        stage.client("java", "orders-service", BOOTSTRAP) as orders,
        stage.client("franz-go", "web-shop", BOOTSTRAP) as web_shop,
        stage.client("java", "billing-consumer", BOOTSTRAP) as billing,
    ):
        orders.do("create_topics", topics={"orders": 3}, replicas=3)
        orders.do("produce", topic="orders", records=shop.orders(6), compression="lz4", idempotent=True)
        billing.start("consume", topics=["orders"], group="billing", count=18)
        servers[2].stop()
        web_shop.do("produce", topic="orders", records=shop.orders(6, 1007), compression="zstd")
        format_storage(NODES[2], stage.work)
        time.sleep(4)  # until the controllers have a snapshot for it
        servers[2].start()
        servers[2].wait_for("Kafka Server started")
        time.sleep(2)
        orders.do("elect_leaders", topic="orders", partitions=3)
        orders.do("produce", topic="orders", records=shop.orders(6, 1013), compression="lz4")
        billing.wait()
        orders.do("inspect", topics=["orders"], groups=["billing"])
        recording.stop()  # before the nodes fall over each other's end


SCENARIO = Scenario(
    name="cluster",
    shows="three nodes: controller election, replication, forwarding, a node shut down and back with an empty disk",
    servers=THREE_NODES,
    ports=[port for node in NODES for port in (node.port, node.controller_port)],
    play=play,
    clients=("java", "franz-go"),
)
