"""Payloads that are JSON text, as the instances of a Schema Registry exchange (protocol type "sr")."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from structs.embedded.payload import Payload, failed

if TYPE_CHECKING:
    from structs.buffers import Buffer


def read_json(data: Buffer) -> Payload:
    """Read JSON text; numbers that JSON does not have are refused."""
    raw = bytes(data)
    try:
        value = json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite)
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        return failed("malformed", "JSON text is not UTF-8", error.start)
    except json.JSONDecodeError as error:
        return failed("malformed", f"no JSON: {error.msg}", len(error.doc[: error.pos].encode()))
    except (ValueError, RecursionError) as error:
        return failed("malformed", f"no JSON that can be read: {error}")
    return Payload(value, len(raw))


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _finite(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else text
