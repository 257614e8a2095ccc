"""Kafka Connect: workers that share connectors among them, and what an operator asks of their REST interface."""

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brokers import Server, write_properties
from toolchain import VERSIONS, java_classpath

GROUP = "warehouse"
PATIENCE = 30  # seconds


def classpath() -> str:
    """Return the class path of a worker, with connectors that read and write files."""
    version = VERSIONS["kafka"]["connect"]
    return ":".join(java_classpath(artifact, version) for artifact in ("connect-runtime", "connect-file"))


@dataclass(frozen=True)
class Worker:
    """A worker of the cluster; `protocol` is the newest that it takes part in: sessioned, compatible or eager."""

    name: str
    rest_port: int
    protocol: str = "sessioned"

    def server(self, work: Path) -> Server:
        """Return the worker's process, yet to be started."""
        config = work / f"{self.name}-{self.protocol}.properties"
        write_properties(config, self.properties())
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        return Server([main, str(config)], config.with_suffix(".log"), classpath())

    def properties(self) -> dict[str, str]:
        """Return the content of the worker's configuration."""
        internal = {
            f"{kind}.storage.{setting}": value
            for kind in ("config", "offset", "status")
            for setting, value in (("topic", f"connect-{kind}"), ("replication.factor", "1"), ("partitions", "1"))
            if (kind, setting) != ("config", "partitions")
        }
        return {
            "bootstrap.servers": "127.0.0.1:9092",
            "client.id": self.name,
            "group.id": GROUP,
            "listeners": f"http://127.0.0.1:{self.rest_port}",
            "connect.protocol": self.protocol,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            "connector.client.config.override.policy": "All",
            "scheduled.rebalance.max.delay.ms": "2000",
            "offset.flush.interval.ms": "4000",
            "heartbeat.interval.ms": "2000",
            "fetch.max.wait.ms": "6000",  # fewer empty fetches
            "consumer.fetch.max.wait.ms": "6000",
            "topic.creation.enable": "false",
            "plugin.discovery": "only_scan",
            "enable.metrics.push": "false",
            **internal,
        }

    def create(self, name: str, config: dict[str, Any]) -> None:
        """Have a connector started, wherever the leader wants it."""
        self._ask("PUT", f"/connectors/{name}/config", config)

    def wait_until_running(self, name: str) -> None:
        """Wait until a connector and its task run somewhere."""
        limit = time.monotonic() + PATIENCE
        states: list[str] = []
        while time.monotonic() < limit:
            try:
                status = self._ask("GET", f"/connectors/{name}/status")
                states = [status["connector"]["state"], *(task["state"] for task in status["tasks"])]
            except OSError:  # not known yet, or a rebalance is under way
                states = []
            if states == ["RUNNING", "RUNNING"]:
                return
            time.sleep(0.3)
        raise RuntimeError(f"{name} does not run: {states}")

    def _ask(self, method: str, path: str, content: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.rest_port}{path}",
            json.dumps(content).encode() if content else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 (the address is above)
            return json.load(answer)
