"""Put a recording in place: the capture, what is known about it, and what its clients logged."""

import hashlib
import json
import shutil
import subprocess
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from agents import Log
from stage import Stage
from toolchain import HERE, program

CAPTURES = HERE.parent
TABLE_START, TABLE_END = "<!-- captures -->", "<!-- end of captures -->"
FIELDS = ("topic", "partition", "offset", "timestamp", "key", "value", "headers")  # of the checksum, in order


def publish(stage: Stage) -> str:
    """Move the capture to its place, write its provenance and its client log beside it, and say so."""
    scenario = stage.scenario
    path = CAPTURES / (scenario.name + scenario.suffix)
    if scenario.suffix == ".pcapng":
        secrets = ["--inject-secrets", f"tls,{stage.keylog}"] if stage.keylog.exists() else []
        subprocess.run([program("editcap"), "-F", "pcapng", *secrets, stage.recorded, path], check=True)
    else:
        shutil.copyfile(stage.recorded, path)
        if stage.keylog.exists():
            shutil.copyfile(stage.keylog, path.with_suffix(".keys.log"))
    log = [entry for entry in stage.log if "action" in entry]
    log_path = path.with_suffix(".records.jsonl")
    log_path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in log), encoding="utf-8")
    packets = int(_capinfos(path, "-c"))
    provenance = {
        "file": path.name,
        "shows": scenario.shows,
        "servers": scenario.servers,
        "clients": stage.libraries,
        "recorded": datetime.now(UTC).date().isoformat(),
        "recipe": f"python captures/record/record.py {scenario.name}",
        "ports": scenario.ports,
        "interface": scenario.interface,
        "link_type": _capinfos(path, "-E"),
        "packets": packets,
        **_keys(stage, path),
        "bytes": path.stat().st_size,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "records": digests(log),
    }
    path.with_suffix(".json").write_text(_legible(provenance), encoding="utf-8")
    _update_table()
    return f"{path.name}: {packets} packets, {path.stat().st_size} bytes, {len(log)} records logged"


def _keys(stage: Stage, path: Path) -> dict[str, str]:
    """Say where the secrets of a capture in TLS are."""
    if not stage.keylog.exists():
        return {}
    return {"keylog": "embedded" if stage.scenario.suffix == ".pcapng" else path.with_suffix(".keys.log").name}


def digests(log: Log) -> list[dict[str, Any]]:
    """Return a count and a checksum for each client, action, topic and partition of a client log."""

    def group(entry: dict[str, Any]) -> tuple[Any, ...]:
        return entry["client"], entry["action"], entry["topic"], entry["partition"]

    def place(entry: dict[str, Any]) -> int:
        return -1 if entry["offset"] is None else entry["offset"]  # acks=0: in the order of sending

    found = []
    for (client, action, topic, partition), entries in groupby(sorted(log, key=group), key=group):
        lines = [
            json.dumps([entry[field] for field in FIELDS], ensure_ascii=False, separators=(",", ":")) + "\n"
            for entry in sorted(entries, key=place)
        ]
        checksum = hashlib.sha256("".join(lines).encode()).hexdigest()
        where = {"client": client, "action": action, "topic": topic, "partition": partition}
        found.append({**where, "count": len(lines), "sha256": checksum})
    return found


def _update_table() -> None:
    """Rewrite the table of the README from what is known about each capture."""
    rows = ["| capture | what it shows | servers | clients | packets | size |", "| --- | --- | --- | --- | --- | --- |"]
    for path in sorted(CAPTURES.glob("*.json")):
        known = json.loads(path.read_text(encoding="utf-8"))
        clients = ", ".join(sorted(set(known["clients"].values())))
        size = f"{known['bytes'] / 1024:.0f} KiB"
        cells = (f"`{known['file']}`", known["shows"], known["servers"], clients, str(known["packets"]), size)
        rows.append("| " + " | ".join(cells) + " |")
    readme = CAPTURES / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(TABLE_START)
    after = rest.split(TABLE_END)[1]
    table = "\n".join(rows)
    readme.write_text(f"{before}{TABLE_START}\n{table}\n{TABLE_END}{after}", encoding="utf-8")


def _legible(provenance: dict[str, Any]) -> str:
    """Return JSON with a line for each key and for each entry of a list of objects."""
    lines = []
    for key, value in provenance.items():
        content = json.dumps(value, ensure_ascii=False)
        if key == "records":
            content = "[\n    " + ",\n    ".join(json.dumps(entry) for entry in value) + "\n  ]"
        lines.append(f"  {json.dumps(key)}: {content}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _capinfos(path: Path, option: str) -> str:
    said = subprocess.run([program("capinfos"), "-TMrQ", option, path], check=True, capture_output=True, text=True)
    return said.stdout.strip().split("\t")[-1].strip('"')
