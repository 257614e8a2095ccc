"""Client programs, one process each, that do what a scenario asks and log what they saw.

A client reads one JSON object per line from its standard input, a command such as
``{"do": "produce", "topic": "orders", ...}``, and answers with JSON lines on its standard output:
one per record that it produced or consumed, then ``{"done": true}`` or ``{"failed": "why"}``.
``captures/record/clients/README.md`` lists the commands.
"""

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Log = list[dict[str, Any]]


class ClientFailedError(Exception):
    """A client could not do what the scenario asked of it."""


class Client:
    """A running client program.

    ``command`` starts it, with ``environment`` beside ours, ``options`` tells it who it is and where the
    brokers are, ``log`` takes the records that it saw. Leaving the context ends the process.
    """

    def __init__(
        self, command: list[str], options: dict[str, Any], log: Log, errors: Path, environment: dict[str, str]
    ) -> None:
        self.client_id: str = options["client_id"]
        self._log = log
        self._errors = errors.open("w")
        self._process = subprocess.Popen(
            [*command, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | environment,
        )
        self.library: str = self.wait()[0]["library"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None  # noqa: S101 (for the type checker)
        self._process.stdin.close()
        try:
            self._process.wait(timeout=30 if error is None else 1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def start(self, do: str, **arguments: Any) -> Self:
        """Send a command and do not wait for its end."""
        assert self._process.stdin is not None  # noqa: S101 (for the type checker)
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        return self

    def wait(self, *, until: int | None = None) -> Log:
        """Collect what the client logs until its command ends, or until it has logged ``until`` records."""
        seen: Log = []
        for line in self._process.stdout or ():
            answer = json.loads(line)
            if "done" in answer:
                return seen
            if "failed" in answer:
                raise ClientFailedError(f"{self.client_id}: {answer['failed']}")
            seen.append({"client": self.client_id, **answer})
            self._log.append(seen[-1])
            if until is not None and len(seen) >= until:
                return seen
        raise ClientFailedError(f"{self.client_id} ended; see {self._errors.name}")

    def do(self, do: str, **arguments: Any) -> Log:
        """Send a command and wait for its end."""
        return self.start(do, **arguments).wait()
