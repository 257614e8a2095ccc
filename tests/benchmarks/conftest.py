"""Benchmarks are scripts: they import one another by their own names."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield
    for path in (ROOT / "benchmarks").glob("*.py"):
        sys.modules.pop(path.stem, None)
