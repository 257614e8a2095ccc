"""What a scenario works with while it is recorded."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import old_brokers
import toolchain
from agents import Client, Log
from capture import Tcpdump

LOOPBACK_MTU = 65536

COMMANDS: dict[str, Callable[[], list[str]]] = {
    "java": toolchain.java_client,
    "java-without-zstd": lambda: toolchain.java_client(classpath=partial(toolchain.without, "zstd")),
    "java-with-gzip": lambda: toolchain.java_client(classpath=partial(toolchain.without, "zstd", "lz4")),
    "java-admin": lambda: toolchain.java_client("JavaAdmin"),
    "java-streams": lambda: toolchain.java_client(
        "JavaStreams", partial(toolchain.java_classpath, "kafka-streams", toolchain.VERSIONS["kafka"]["streams"])
    ),
    "confluent": lambda: toolchain.python_client("confluent_client"),
    "kafka-python": lambda: toolchain.python_client("kafka_python_client"),
    "aiokafka": lambda: toolchain.python_client("aiokafka_client"),
    "kafkajs": toolchain.node_client,
    "franz-go": toolchain.go_client,
    "old-kafka-python": lambda: toolchain.python_client("kafka_python_client", "old-python"),
}
for version in toolchain.VERSIONS["kafka"]["old-clients"]:
    jars = partial(old_brokers.classpath, version)
    COMMANDS[f"old-producer-{version}"] = partial(toolchain.java_client, "OldJavaProducer", jars)
    COMMANDS[f"old-consumer-{version}"] = partial(toolchain.java_client, "OldJavaConsumer", jars)
for version in toolchain.VERSIONS["kafka"]["eras"]:
    jars = partial(toolchain.java_classpath, "kafka-clients", version)
    COMMANDS[f"old-java-{version}"] = partial(toolchain.java_client, "OldJavaClient", jars)


@dataclass(frozen=True)
class Scenario:
    """A capture that can be recorded: what it is called, what it shows, and how it comes about.

    ``clients`` names the client programs that ``play`` uses, ``servers`` says in words who answers them
    (and ``classpaths`` builds what those run with). ``ports`` are the ones that are captured.
    """

    name: str
    shows: str
    servers: str
    ports: list[int]
    play: Callable[["Stage"], None]
    clients: tuple[str, ...]
    classpaths: tuple[Callable[[], str], ...] = (toolchain.broker_classpath,)
    suffix: str = ".pcap"
    interface: str = "lo"
    precision: str = "micro"
    mtu: int = LOOPBACK_MTU
    bootstrap: str = "127.0.0.1:9092"

    def prepare(self) -> None:
        """Fetch and build everything that the recording runs: it has no network but loopback."""
        for classpath in self.classpaths:
            classpath()
        for client in self.clients:
            COMMANDS[client]()


@dataclass
class Stage:
    """The running recording of a scenario: a folder to work in, and the log of what the clients saw."""

    scenario: Scenario
    work: Path
    log: Log = field(default_factory=list)
    libraries: dict[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> Path:
        """The file that tcpdump writes."""
        return self.work / "recorded.pcap"

    @property
    def keylog(self) -> Path:
        """The file that clients write the secrets of their TLS connections to."""
        return self.work / "keys.log"

    def capture(self) -> Tcpdump:
        """Record the scenario's ports while the context lasts."""
        scenario = self.scenario
        return Tcpdump(self.recorded, scenario.ports, scenario.interface, scenario.precision)

    def client(
        self,
        kind: str,
        client_id: str,
        bootstrap: str | None = None,
        environment: dict[str, str] | None = None,
        **options: Any,
    ) -> Client:
        """Start a client program; use it as a context manager."""
        options = {"client_id": client_id, "bootstrap": bootstrap or self.scenario.bootstrap, **options}
        errors = self.work / f"{client_id}-{len(self.libraries)}.log"
        client = Client(COMMANDS[kind](), options, self.log, errors, environment or {})
        self.libraries[client_id] = client.library
        return client

    @contextmanager
    def cast(self, **clients: str) -> Iterator[dict[str, Client]]:
        """Start several clients at once: ``cast(orders_service="java")`` has the client id orders-service."""
        with ExitStack() as stack:
            yield {
                name: stack.enter_context(self.client(kind, name.replace("_", "-"))) for name, kind in clients.items()
            }
