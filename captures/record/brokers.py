"""Start Kafka brokers from their published jars, on loopback addresses, with throwaway storage."""

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from toolchain import VERSIONS, broker_classpath, program

JVM = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info"]
START_LIMIT = 60  # seconds
ONE_NODE = f"Apache Kafka {VERSIONS['kafka']['broker']}, one KRaft node"


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
def cluster(nodes: list[Node], work: Path, cluster_id: str = "c2FtcGxlLWNsdXN0ZXIxMQ") -> Iterator[list["Process"]]:
    """Format the nodes' storage, start them, wait until all serve, and end them on leaving."""
    voters = ",".join(f"{node.node_id}@127.0.0.1:{node.controller_port}" for node in nodes)
    with ExitStack() as stack:
        processes = []
        for node in nodes:
            storage, config = work / f"node-{node.node_id}", work / f"node-{node.node_id}.properties"
            write_properties(config, node.properties(voters, storage))
            users = [argument for user in node.scram_users for argument in ("--add-scram", user)]
            java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(config), *users)
            processes.append(stack.enter_context(Process(["kafka.Kafka", str(config)], config.with_suffix(".log"))))
        for process in processes:
            process.wait_for("Kafka Server started")
        yield processes


class Process:
    """A JVM that runs a server; leaving the context ends it."""

    def __init__(self, arguments: list[str], log: Path, classpath: str | None = None) -> None:
        self._command = [program("java"), *JVM, "-cp", classpath or broker_classpath(), *arguments]
        self._log = log

    def __enter__(self) -> "Process":
        with self._log.open("w") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(patience=5)

    def wait_for(self, text: str) -> None:
        """Wait until the server has logged a text."""
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


def java(*arguments: str) -> None:
    """Run a Kafka tool to its end."""
    command = [program("java"), *JVM, "-cp", broker_classpath(), *arguments]
    subprocess.run(command, check=True, capture_output=True)


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write a Java properties file."""
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))
