"""Start brokers that keep their metadata in ZooKeeper, as old as 0.8.2: they still run on a JDK 17."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from brokers import Server, write_properties
from toolchain import VERSIONS, java_classpath

ZOOKEEPER_PORT = 2181
PORTS = [9092, 9093]
LOG4J = {  # for those that bring log4j 1
    "log4j.rootLogger": "INFO, out",
    "log4j.appender.out": "org.apache.log4j.ConsoleAppender",
    "log4j.appender.out.layout": "org.apache.log4j.SimpleLayout",
}


def classpath(version: str) -> str:
    """Return the class path of an old broker; the Java clients of its time are among it."""
    scala = "2.13" if version >= "2.8" else "2.11"
    return java_classpath(f"kafka_{scala}", version)


@contextmanager
def old_cluster(version: str, work: Path, settings: Mapping[str, str] | None = None) -> Iterator[list[Server]]:
    """Start ZooKeeper and two brokers of a version, wait until both serve, and end them on leaving."""
    log4j = work / "log4j.properties"
    write_properties(log4j, LOG4J)
    with ExitStack() as stack:
        stack.enter_context(zookeeper(work))
        servers = []
        for number, port in enumerate(PORTS, 1):
            config = work / f"broker-{number}.properties"
            write_properties(config, properties(number, port, work) | dict(settings or {}))
            options = [f"-Dlog4j.configuration=file:{log4j}", "kafka.Kafka", str(config)]
            servers.append(Server(options, config.with_suffix(".log"), classpath(version)))
            stack.enter_context(servers[-1])
            servers[-1].wait_for(f"[Kafka Server {number}], started" if version < "1" else "] started")
        yield servers


@contextmanager
def zookeeper(work: Path) -> Iterator[None]:
    """Run ZooKeeper while the context lasts."""
    config = work / "zookeeper.properties"
    address = {"clientPort": str(ZOOKEEPER_PORT), "clientPortAddress": "127.0.0.1"}
    write_properties(config, {"dataDir": str(work / "zookeeper"), "admin.enableServer": "false", **address})
    jars = classpath(VERSIONS["kafka"]["zookeeper"])
    main = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
    with Server([main, str(config)], config.with_suffix(".log"), jars) as server:
        server.wait_for("binding to port")
        yield


def properties(number: int, port: int, work: Path) -> dict[str, str]:
    """Return the content of a broker's server.properties, of settings that all versions know or pass over."""
    return {
        "broker.id": str(number),
        "port": str(port),
        "host.name": "127.0.0.1",
        "listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": str(work / f"broker-{number}"),
        "zookeeper.connect": f"127.0.0.1:{ZOOKEEPER_PORT}",
        "num.partitions": "2",
        "default.replication.factor": "2",
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "2",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.replication.factor": "2",
        "transaction.state.log.min.isr": "1",
        "controlled.shutdown.enable": "true",
        "delete.topic.enable": "true",
        "replica.fetch.wait.max.ms": "2000",  # fewer empty fetches
        "replica.lag.time.max.ms": "10000",
    }
