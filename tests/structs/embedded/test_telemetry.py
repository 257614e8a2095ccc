"""Pushed metrics, through opentelemetry-proto."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import MetricsData

from structs.embedded import Context, decode
from structs.records.compression import compress


def metrics() -> MetricsData:
    data = MetricsData()
    metric = data.resource_metrics.add().scope_metrics.add().metrics.add(name="records.sent", unit="1")
    metric.sum.aggregation_temporality = 2
    metric.sum.is_monotonic = True
    point = metric.sum.data_points.add(as_double=float("inf"), time_unix_nano=1 << 62)
    point.attributes.add(key="id").value.bytes_value = b"\xff"
    return data


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_metrics_are_plain_values(codec: str) -> None:
    payload = decode("telemetry metrics", compress(codec, metrics().SerializeToString()), Context(codec=codec))
    (metric,) = payload.value["resource_metrics"][0]["scope_metrics"][0]["metrics"]
    assert metric == {
        "name": "records.sent",
        "unit": "1",
        "sum": {
            "aggregation_temporality": "AGGREGATION_TEMPORALITY_CUMULATIVE",
            "is_monotonic": True,
            "data_points": [
                {
                    "time_unix_nano": 1 << 62,
                    "as_double": "Infinity",
                    "attributes": [{"key": "id", "value": {"bytes_value": "ff"}}],
                }
            ],
        },
    }


def test_what_is_no_metrics_is_said() -> None:
    assert decode("telemetry metrics", b"\xff\xff", Context()).error.kind == "malformed"
    assert decode("telemetry metrics", b"\xff\xff", Context(codec="zstd")).error.kind == "malformed"
    assert decode("telemetry metrics", b"x", Context(codec="unknown(7)")).error.kind == "unknown_compression"
    bomb = compress("gzip", bytes(100_000))
    assert decode("telemetry metrics", bomb, Context(codec="gzip", decompressed=1000)).error.kind == "limit"


def test_without_the_package_the_reader_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.proto.metrics.v1.metrics_pb2", None)
    payload = decode("telemetry metrics", b"", Context())
    assert payload.error.kind == "not_installed"
    assert "kafka-dissector[telemetry]" in payload.error.message
