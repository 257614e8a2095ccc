"""One piece of work over a capture, for peers.py: `work.py MODE CAPTURE`.

keys        the API key of each message, to compare answers
stats       what `kafka-dissect stats --json` does
bodies      every body decoded
records     every body and every record decoded
jsonl       what `kafka-dissect decode --format jsonl` does
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dissector
from dissector.cli import main as kafka_dissect
from dissector.records import each_record

if TYPE_CHECKING:
    from dissector import Exchange


def main() -> None:
    """Do it."""
    mode, path = sys.argv[1:]
    if mode == "stats":
        kafka_dissect(["stats", "--quiet", "--json", path])
    if mode == "jsonl":
        kafka_dissect(["decode", "--quiet", "--format", "jsonl", path])
    take = {"keys": _print_keys, "bodies": _decode, "records": _read_records}[mode]
    with dissector.open_capture(path) as capture:
        for exchange in capture:
            take(exchange)


def _print_keys(exchange: Exchange) -> None:
    for message in (exchange.request, exchange.response):
        if message is not None:
            print(message.api_key)


def _decode(exchange: Exchange) -> None:
    for message in (exchange.request, exchange.response):
        if message is not None:
            _ = message.body


def _read_records(exchange: Exchange) -> None:
    _decode(exchange)
    for _ in each_record(exchange):
        pass


if __name__ == "__main__":
    main()
