"""The sample captures are what their provenance says, and nothing else is in the folder."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

SIZE_LIMIT = 10 * 2**20
WHERE = ("client", "action", "topic", "partition")
CHECKED = ("topic", "partition", "offset", "timestamp", "key", "value", "headers")


def test_a_capture_has_the_size_and_checksum_that_its_provenance_gives(
    capture: Path, provenance: dict[str, Any]
) -> None:
    content = capture.read_bytes()
    assert len(content) == provenance["bytes"]
    assert hashlib.sha256(content).hexdigest() == provenance["sha256"]


def test_a_capture_has_as_many_packets_as_its_provenance_says(
    capture: Path, provenance: dict[str, Any], independent_walk: Callable[[Path], Any]
) -> None:
    assert independent_walk(capture).packets == provenance["packets"]


def test_the_checksums_of_a_client_log_come_out_as_the_readme_defines_them(
    client_log: list[dict[str, Any]], provenance: dict[str, Any]
) -> None:
    entries = sorted(client_log, key=itemgetter(*WHERE))
    computed = []
    for where, group in groupby(entries, key=itemgetter(*WHERE)):
        ordered = sorted(group, key=lambda entry: (entry["offset"] is not None, entry["offset"]))
        text = "".join(
            json.dumps([entry[key] for key in CHECKED], ensure_ascii=False, separators=(",", ":")) + "\n"
            for entry in ordered
        )
        checksum = hashlib.sha256(text.encode()).hexdigest()
        computed.append({**dict(zip(WHERE, where, strict=True)), "count": len(ordered), "sha256": checksum})
    assert computed == provenance["records"]


def test_every_file_belongs_to_a_capture(captures: Path) -> None:
    names = {path.stem for path in captures.glob("*.json")}
    belonging = {captures / "README.md", captures / "record"}
    for name in names:
        file = json.loads((captures / f"{name}.json").read_text(encoding="utf-8"))["file"]
        belonging |= {captures / f"{name}.json", captures / f"{name}.records.jsonl", captures / file}
        belonging |= set(captures.glob(f"{name}.keys.log"))
    assert set(captures.iterdir()) == belonging


def test_the_readme_lists_each_capture_with_its_size(captures: Path, provenance: dict[str, Any]) -> None:
    readme = (captures / "README.md").read_text(encoding="utf-8")
    row = next(line for line in readme.splitlines() if line.startswith(f"| `{provenance['file']}` "))
    assert row.endswith(f"| {provenance['packets']} | {provenance['bytes'] / 1024:.0f} KiB |")


def test_each_capture_can_be_recorded_again(captures: Path, provenance: dict[str, Any]) -> None:
    program, name = provenance["recipe"].removeprefix("python captures/").split()
    helped = subprocess.run([sys.executable, captures / program, "--help"], capture_output=True, text=True, check=True)
    assert name in helped.stdout.replace(",", " ").replace("}", " ").split()


def test_the_captures_stay_small(captures: Path) -> None:
    assert sum(path.stat().st_size for path in captures.iterdir() if path.is_file()) < SIZE_LIMIT
