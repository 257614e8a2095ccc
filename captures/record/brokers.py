"""Start Kafka brokers from their published jars, on loopback addresses, with throwaway storage."""

import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from toolchain import VERSIONS, broker_classpath, program

JVM = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"]
START_LIMIT = 60  # seconds
CLUSTER_ID = "c2FtcGxlLWNsdXN0ZXIxMQ"
ONE_NODE = f"Apache Kafka {VERSIONS['kafka']['broker']}, one KRaft node"
THREE_NODES = f"Apache Kafka {VERSIONS['kafka']['broker']}, three KRaft nodes"


@dataclass(frozen=True)
class Node:
    """A KRaft node that is broker and controller at once."""

    node_id: int
    port: int
    controller_port: int
    settings: Mapping[str, str] = field(default_factory=dict)
    scram_users: Sequence[str] = ()

    def properties(self, voters: str, storage: Path) -> dict[str, str]:
        """Return the content of its server.properties."""
        return {
            "process.roles": "broker,controller",
            "node.id": str(self.node_id),
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "log.dirs": str(storage),
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "1",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "300",
            **self.settings,
        }


@contextmanager
def cluster(nodes: list[Node], work: Path, classpath: str | None = None) -> Iterator[list["Server"]]:
    """Format the nodes' storage, start them, wait until all serve, and end them on leaving.

    ``classpath`` is for another version, or for plugins.
    """
    voters = ",".join(f"{node.node_id}@127.0.0.1:{node.controller_port}" for node in nodes)
    with ExitStack() as stack:
        for node in nodes:
            write_properties(configuration(node, work), node.properties(voters, storage(node, work)))
            format_storage(node, work, classpath)
        servers = [
            Server(["kafka.Kafka", str(configuration(node, work))], log(node, work), classpath) for node in nodes
        ]
        for server in servers:
            stack.enter_context(server)
        for server in servers:
            server.wait_for("Kafka Server started")
        yield servers


def format_storage(node: Node, work: Path, classpath: str | None = None) -> None:
    """Give a node an empty storage, whatever it had before."""
    shutil.rmtree(storage(node, work), ignore_errors=True)
    users = [argument for user in node.scram_users for argument in ("--add-scram", user)]
    tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(configuration(node, work)), *users]
    subprocess.run([*java(classpath), *tool], check=True, capture_output=True)


def configuration(node: Node, work: Path) -> Path:
    """Return where a node's configuration is."""
    return work / f"node-{node.node_id}.properties"


def storage(node: Node, work: Path) -> Path:
    """Return where a node keeps its data."""
    return work / f"node-{node.node_id}"


def log(node: Node, work: Path) -> Path:
    """Return where a node logs to."""
    return work / f"node-{node.node_id}.log"


class Server:
    """A JVM that runs a server; leaving the context ends it. It can be stopped and started again."""

    def __init__(self, arguments: list[str], log: Path, classpath: str | None = None) -> None:
        self._command = [*java(classpath), *arguments]
        self._log = log

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(patience=5)

    def start(self) -> None:
        """Start the server."""
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)

    def wait_for(self, text: str) -> None:
        """Wait until the server has logged a text since it was started."""
        limit = time.monotonic() + START_LIMIT
        while text not in self._log.read_text(errors="replace"):
            if self._process.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(f"the server did not get to {text!r}; see {self._log}")
            time.sleep(0.1)

    def stop(self, patience: float = 30) -> None:
        """Ask the server to shut down, and end it if it does not."""
        self._process.terminate()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def java(classpath: str | None = None) -> list[str]:
    """Return the command that runs a class of the broker's jars, or of others."""
    return [program("java"), *JVM, "-cp", classpath or broker_classpath()]


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write a Java properties file."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
