"""The sample captures, and a way over them that owes nothing to the code under test."""

import functools
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
PROVENANCES = sorted(CAPTURES.glob("*.json"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes ``provenance`` once for each sample capture.

    A module with ``PLAINTEXT_ONLY`` is about bytes as they are on the wire: captures in TLS are not for it.
    """
    if "provenance" in metafunc.fixturenames:
        known = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in PROVENANCES}
        if getattr(metafunc.module, "PLAINTEXT_ONLY", False):
            known = {name: provenance for name, provenance in known.items() if "keylog" not in provenance}
        metafunc.parametrize("provenance", list(known.values()), ids=list(known), scope="session")


@pytest.fixture(scope="session")
def captures() -> Path:
    """Give the folder of the sample captures."""
    return CAPTURES


@pytest.fixture(scope="session")
def capture(provenance: dict[str, Any]) -> Path:
    """Give one sample capture."""
    return CAPTURES / provenance["file"]


@pytest.fixture(scope="session")
def keylog(provenance: dict[str, Any]) -> Path | None:
    """Give the key log beside a sample capture in TLS; None where there is none, or it is embedded."""
    name = provenance.get("keylog", "embedded")
    return None if name == "embedded" else CAPTURES / name


@pytest.fixture(scope="session")
def client_log(capture: Path) -> list[dict[str, Any]]:
    """Give what the clients of a sample capture logged."""
    lines = capture.with_suffix(".records.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def independent_walk() -> Callable[[Path], Any]:
    """Give ``walk`` of independent_walk.py: capture path in, packets, connections and frames out."""
    return functools.cache(_load("independent_walk").walk)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
