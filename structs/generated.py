"""Source text that a program wrote, run; tracebacks and debuggers show it."""

from __future__ import annotations

import linecache
from typing import Any


def run(text: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run a source text in a namespace; `filename` is what tracebacks call it, such as `<decoder 3>`."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), namespace)  # noqa: S102 (we wrote it, of names and numbers of a grammar)
