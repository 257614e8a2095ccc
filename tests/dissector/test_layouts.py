"""What reads a message is told by the first bytes of its request."""

from __future__ import annotations

import struct

import pytest

from dissector.layouts import Layout, layout_of, request_layout, response_layout
from structs import registry

PRODUCE, METADATA, API_VERSIONS = 0, 3, 18


@pytest.mark.parametrize("side", ["request", "response"])
def test_every_known_version_has_its_grammars(side: str) -> None:
    """Those of the registry, once for all messages."""
    for api in registry.apis():
        for version in api.versions.each():
            layout = layout_of(api.key, version, side)
            assert (layout.api, layout.api_key, layout.api_version, layout.side) == (api, api.key, version, side)
            assert layout.header is registry.header(api.key, version, side)
            assert layout.grammar is registry.grammar(api.key, version, side)
            assert layout_of(api.key, version, side) is layout


def test_the_first_four_bytes_say_it() -> None:
    assert request_layout(struct.pack(">hh", METADATA, 9) + b"more") is layout_of(METADATA, 9, "request")


def test_fewer_bytes_say_nothing() -> None:
    """But a header is to be expected, whose error says what is missing."""
    layout = request_layout(b"\0\3\0")
    assert (layout.api_key, layout.grammar) == (None, None)
    assert layout.header is not None


@pytest.mark.parametrize(
    ("key", "version", "kind"), [(10_000, 0, "unknown_api"), (-1, -1, "unknown_api"), (METADATA, 99, "unknown_version")]
)
def test_what_the_registry_lacks_has_a_header_all_the_same(key: int, version: int, kind: str) -> None:
    layout = layout_of(key, version, "request")
    assert layout.header is not None
    assert layout.grammar is None
    assert layout.unreadable(7)[::2] == (kind, 7)


def test_a_response_is_of_its_requests_version() -> None:
    assert response_layout(layout_of(METADATA, 9, "request"), b"") is layout_of(METADATA, 9, "response")


@pytest.mark.parametrize(("error_code", "version"), [(35, 0), (0, 3), (36, 3)])
def test_brokers_answer_versions_of_api_versions_that_they_lack_in_version_0(error_code: int, version: int) -> None:
    """KIP-511."""
    data = struct.pack(">ih", 1, error_code)
    assert response_layout(layout_of(API_VERSIONS, 3, "request"), data) is layout_of(API_VERSIONS, version, "response")
    assert response_layout(layout_of(PRODUCE, 3, "request"), data) is layout_of(PRODUCE, 3, "response")


def test_only_few_layouts_hold_records() -> None:
    """Produce's requests do, in its partitions."""
    assert layout_of(METADATA, 9, "request").records == ()
    assert layout_of(PRODUCE, 9, "response").records == ()
    assert layout_of(PRODUCE, 9, "request").records == (("topic_data", (("partition_data", (("records", None),)),)),)
    assert Layout(None, None, None, "request", None, None).records == ()
