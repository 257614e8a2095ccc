"""Definitions in, files of declarations out."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from structs.upstream.layout import place
from structs.upstream.naming import module_name
from structs.upstream.writer import api_module, data_module, index

if TYPE_CHECKING:
    from structs.upstream.definitions import Definition, Definitions
    from structs.upstream.layout import Place

ROOT = Path(__file__).parents[2]
MESSAGES = ROOT / "structs" / "messages"


def declarations(definitions: Definitions) -> dict[str, str]:
    """Return every generated file: its path below structs/messages, and its text before formatting."""
    files: dict[str, str] = {}
    modules: dict[int, str] = {}
    data: dict[str, str] = {}
    places: dict[Place, list[Definition]] = defaultdict(list)
    for (kind, key), definition in definitions.items():
        if kind == "request" and isinstance(key, int):
            modules[key] = module_name(definition.name.removesuffix("Request"))
            files[f"{modules[key]}.py"] = api_module(definition, definitions["response", key])
        elif kind == "data":
            places[place(definition)].append(definition)
    for (module, title), members in places.items():
        members.sort(key=_record_order)
        files[f"data/{module}.py"] = data_module(title, members)
        data |= {definition.name: f"data.{module}" for definition in members}
    files["__init__.py"] = index(modules, data)
    files["data/__init__.py"] = '"""Payloads that travel inside messages, and records of Kafka\'s internal topics."""\n'
    return files


def write(files: dict[str, str], folder: Path) -> None:
    """Write the files below a folder, formatted as the project is; remove generated modules that are no more."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    paths = [str(folder / path) for path in files]
    for arguments in (["check", "--select=I", "--fix", "--quiet"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", arguments[0], f"--config={ROOT / 'pyproject.toml'}"]
        subprocess.run([*command, *arguments[1:], *paths], check=True)  # noqa: S603 (our own arguments)


def _record_order(definition: Definition) -> tuple[int, bool, str]:
    """Sort records by their type, each key before its value; schemas without a type by name."""
    numbered = definition.key is not None
    return (
        definition.key if numbered and definition.key is not None else -1,
        definition.name.endswith("Value"),
        definition.name,
    )
