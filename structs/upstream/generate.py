"""Definitions in, files of declarations out."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from structs.upstream import releases
from structs.upstream.layout import place
from structs.upstream.naming import module_name
from structs.upstream.writer import api_module, index, schema_module, variants_index

if TYPE_CHECKING:
    from structs.upstream.definitions import Definition, Definitions
    from structs.upstream.layout import Place
    from structs.upstream.variants import Variants

ROOT: Final = Path(__file__).parents[2]
MESSAGES: Final = ROOT / "structs" / "messages"

Files = dict[str, str]


def declare(definitions: Definitions, early: Variants, release: str) -> Files:
    """Return every generated file: its path below structs/messages, and its text before formatting."""
    files: Files = {}
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
        files[f"data/{module}.py"] = schema_module(title, sorted(members, key=_record_order))
        data |= {definition.name: f"data.{module}" for definition in members}
    for line, members in early.items():
        title = f"Layouts that Kafka {line} brought and a later release replaced, under the same version numbers."
        files[f"variants/{_variants_module(line)}.py"] = schema_module(title, sorted(members, key=_record_order))
    files["__init__.py"] = index(modules, data)
    files["data/__init__.py"] = (
        '"""Payloads that travel inside messages, and the records of Kafka\'s internal topics."""\n'
    )
    files["variants/__init__.py"] = variants_index({_variants_module(line): early[line] for line in early})
    files["releases.py"] = releases.module(definitions, release)
    return files


def write(files: Files, folder: Path) -> None:
    """Write the files below a folder, formatted as the project is."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    paths = [str(folder / path) for path in files]
    for command, options in (("check", ["--select=I", "--fix"]), ("format", [])):
        ruff = [sys.executable, "-m", "ruff", command, "--quiet", f"--config={ROOT / 'pyproject.toml'}", *options]
        subprocess.run([*ruff, *paths], check=True)  # noqa: S603 (our own arguments)


def differences(one: Path, other: Path) -> list[str]:
    """Return which generated files differ between two folders, or stand in only one of them."""
    paths = {path.relative_to(folder).as_posix() for folder in (one, other) for path in folder.rglob("*.py")}
    return sorted(path for path in paths if _text(one / path) != _text(other / path))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _variants_module(line: str) -> str:
    return f"kafka_{line.replace('.', '_')}"


def _record_order(definition: Definition) -> tuple[bool, int, bool, str]:
    """Sort requests before responses, records by their type with the key before the value, the rest by name."""
    is_data = definition.kind not in ("request", "response")
    key = -1 if definition.key is None else definition.key
    return is_data, key, definition.name.endswith(("Value", "Response")), definition.name
