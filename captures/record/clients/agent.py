"""What the Python clients have in common: commands in, log lines out."""

import json
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any

Fields = dict[str, Any]


def options() -> Fields:
    """Return what the scenario started this client with."""
    return json.loads(sys.argv[1])


def encrypted(given: Fields) -> Fields:
    """Return the SSL context of a client that was given who to trust; it logs secrets where SSLKEYLOGFILE says."""
    if "authority" not in given:
        return {}
    context = ssl.create_default_context(cafile=given["authority"])
    if "identity" in given:
        context.load_cert_chain(given["identity"])
    return {"ssl_context": context}


def serve(library: str, commands: dict[str, Callable[..., None]]) -> None:
    """Say which library this is, then carry out commands from standard input until it ends."""
    answer({"library": library})
    answer({"done": True})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            commands[command.pop("do")](**command)
        except Exception as error:  # noqa: BLE001 (whatever fails, the scenario hears of it)
            answer({"failed": f"{type(error).__name__}: {error}"})
        else:
            answer({"done": True})


def answer(fields: Fields) -> None:
    """Write one line to the scenario."""
    print(json.dumps(fields, ensure_ascii=False), flush=True)


def log(action: str, topic: str, partition: int, offset: int | None, timestamp: int | None, **rest: Any) -> None:
    """Log a record that was produced or consumed; ``rest`` holds key, value, headers and what else is known."""
    rest["key"], rest["value"] = text(rest["key"]), text(rest["value"])
    rest["headers"] = [[name, text(value)] for name, value in rest["headers"] or ()]
    where = {"topic": topic, "partition": partition, "offset": offset}
    where["timestamp"] = None if timestamp == -1 else timestamp  # old producers gave none
    answer({"action": action, **where, **rest})


def text(data: bytes | str | None) -> str | dict[str, str] | None:
    """Return bytes as text where they are UTF-8, as hex where they are not."""
    if data is None or isinstance(data, str):
        return data
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def raw(content: str | dict[str, str] | None) -> bytes | None:
    """Return the bytes that ``text`` stands for."""
    if content is None:
        return None
    return bytes.fromhex(content["hex"]) if isinstance(content, dict) else content.encode()


def headers(record: Fields) -> list[tuple[str, bytes | None]]:
    """Return the headers of a record that the scenario wants produced."""
    return [(name, raw(value)) for name, value in record.get("headers", [])]


def now() -> int:
    """Return the time in milliseconds, as record timestamps have it."""
    return time.time_ns() // 1_000_000
