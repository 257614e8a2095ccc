"""One piece of work over a capture, for the benchmarks that time processes: `work.py MODE CAPTURE`.

start       everything is imported, and no packet is read
stats       what `kafka-dissect stats --json` does
text, tree, jsonl
            what `kafka-dissect decode --format ...` does
exchanges   headers are read, and requests paired with responses
bodies      the same, and every body is decoded
records     the same, and every record, whose checksum is checked
load        all exchanges are indexed, for looking into any of them
answers     for answers.py: prints the packet, API key and correlation id of each message, and whether its body is as
            it should be; of each batch the packet, codec, number of records, and checksums of keys and values
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dissector
from dissector.cli import main as kafka_dissect
from dissector.records import each_field

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissector import Exchange


def main() -> None:
    """Do it."""
    mode, path = sys.argv[1:]
    if mode == "stats":
        kafka_dissect(["stats", "--quiet", "--json", path])
    elif mode in ("text", "tree", "jsonl"):
        kafka_dissect(["decode", "--quiet", "--format", mode, path])
    elif mode == "load":
        dissector.load(path)
    elif mode != "start":
        takers: dict[str, Callable[[Exchange], None]] = {
            "exchanges": _take,
            "bodies": _decode,
            "records": _read_records,
            "answers": _print,
        }
        take = takers[mode]
        with dissector.open_capture(path) as capture:
            for exchange in capture:
                take(exchange)
        assert not capture.ledger.discrepancies()


def _take(_: Exchange) -> None:
    pass


def _decode(exchange: Exchange) -> None:
    for message in (exchange.request, exchange.response):
        if message is not None:
            _ = message.body


def _read_records(exchange: Exchange) -> None:
    _decode(exchange)
    for field in each_field(exchange):
        for batch in field.batches:
            _ = batch.records, batch.warnings  # such as a checksum that is wrong


def _print(exchange: Exchange) -> None:
    from answers import checksum  # not for what is measured

    for message in (exchange.request, exchange.response):
        if message is not None:
            flaw = (
                f"{exchange.api_name}-v{exchange.api_version}-{message.side}"
                if message.error or message.warnings
                else ""
            )
            print("message", message.packet_number, message.api_key, message.correlation_id, flaw)
    for field in each_field(exchange):
        for batch in field.batches:
            assert not batch.error, batch.error
            assert not batch.warnings, batch.warnings  # such as a checksum that is wrong
            keys = checksum((record.key or b"").hex() for record in batch.records)
            values = checksum((record.value or b"").hex() for record in batch.records)
            print("records", field.message.packet_number, batch.compression, len(batch.records), keys, values)


if __name__ == "__main__":
    main()
