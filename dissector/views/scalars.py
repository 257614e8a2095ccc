"""Values that are made of no others, as JSON has them."""

from __future__ import annotations

import math
from typing import Any


def plain(value: Any, *, text: bool) -> Any:
    """Return a scalar as JSON carries it; bytes are `{"hex": ...}` where text was expected, else plain hex."""
    if isinstance(value, bytes):
        return {"hex": value.hex()} if text else value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def content(raw: bytes | None) -> Any:
    """Return what a record carries as JSON has it: text where it is UTF-8."""
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"hex": raw.hex()}
