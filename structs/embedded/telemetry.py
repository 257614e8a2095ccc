"""Metrics that clients push to brokers (KIP-714): OpenTelemetry's MetricsData, compressed with a codec of records.

Their protocol buffers are read by the package opentelemetry-proto, which the extra "telemetry" installs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from structs.embedded.payload import Context, Payload, failed
from structs.records.compression import CompressionError, decompress

if TYPE_CHECKING:
    from structs.buffers import Buffer

_INSTALL: Final = 'needs opentelemetry-proto: pip install "kafka-dissector[telemetry]"'


def metrics(data: Buffer, context: Context) -> Payload:
    """Read metrics as plain values, under OpenTelemetry's field names; fields at their default are left out."""
    try:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData
    except ImportError:
        return failed("not_installed", _INSTALL)
    try:
        raw = bytes(data) if context.codec == "none" else decompress(context.codec, data, context.decompressed)
        message = MetricsData.FromString(raw)
    except CompressionError as error:
        return failed(error.kind, str(error))
    except DecodeError as error:
        return failed("malformed", f"no OpenTelemetry metrics: {error}")
    return Payload(_plain(message), len(data))


def _plain(message: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, value in message.ListFields():
        several = not isinstance(value, str | bytes | int | float) and not hasattr(value, "ListFields")
        values[field.name] = [_scalar(field, item) for item in value] if several else _scalar(field, value)
    return values


def _scalar(field: Any, value: Any) -> Any:
    if hasattr(value, "ListFields"):
        return _plain(value)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return value if known is None else known.name
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value.hex() if isinstance(value, bytes) else value
