"""Kafka Connect workers: one stays, another comes and goes, the second time with the oldest protocol."""

import time

import connect_workers
import shop
from agents import Client
from brokers import ONE_NODE, Node, cluster
from connect_workers import GROUP, Worker
from stage import Scenario, Stage
from toolchain import VERSIONS, broker_classpath

FILE_CONNECTOR = "org.apache.kafka.connect.file.FileStream"
CLIENT_IDS = ("worker-1", "worker-2", "connector-producer-import-0", "connector-consumer-export-0")
STAYS = Worker("worker-1", 8083)


def play(stage: Stage) -> None:
    """Import a file of orders, export them again, and let a second worker share the work for a while."""
    orders = stage.work / "orders.txt"
    orders.write_text("".join(f"{order['value']}\n" for order in shop.orders(4)))
    with (
        cluster([Node(1, 9092, 9093)], stage.work),
        stage.capture() as recording,
        stage.client("java", "billing-consumer") as billing,
        stage.client("java", "operator") as operator,
    ):
        operator.do("create_topics", topics={"orders": 2})
        stage.libraries |= dict.fromkeys(CLIENT_IDS, f"connect-runtime {VERSIONS['kafka']['connect']}")
        with STAYS.server(stage.work) as worker:
            worker.wait_for("Kafka Connect started")
            STAYS.create("import", source(str(orders)))
            STAYS.create("export", sink(str(stage.work / "exported.txt")))
            STAYS.wait_until_running("import")
            STAYS.wait_until_running("export")
            billing.do("consume", topics=["orders"], group="billing", count=4)
            for protocol in ("sessioned", "eager"):
                come_and_go(stage, operator, Worker("worker-2", 8084, protocol))
            recording.stop()


def come_and_go(stage: Stage, operator: Client, guest: Worker) -> None:
    """Let a worker join, take part of the work, be looked at, and leave again."""
    with guest.server(stage.work) as server:
        server.wait_for("Kafka Connect started")
        time.sleep(1)
        guest.wait_until_running("import")
        guest.wait_until_running("export")
        operator.do("describe_groups", groups=[GROUP])
    time.sleep(4)  # its work goes to the one that stays, after a delay except in the protocol eager


def source(path: str) -> dict[str, str]:
    """Return the configuration of a connector that turns the lines of a file into orders."""
    return {"connector.class": FILE_CONNECTOR + "SourceConnector", "file": path, "topic": "orders", "tasks.max": "1"}


def sink(path: str) -> dict[str, str]:
    """Return the configuration of a connector that writes orders to a file."""
    return {"connector.class": FILE_CONNECTOR + "SinkConnector", "file": path, "topics": "orders", "tasks.max": "1"}


SCENARIO = Scenario(
    name="connect",
    shows="Kafka Connect: a worker with two connectors, and one that comes and goes; protocols sessioned and eager",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java",),
    classpaths=(broker_classpath, connect_workers.classpath),
)
