"""Which header stands before which message. Kafka's own answers for every version are in tests/conformance."""

from __future__ import annotations

import pytest
from support.grammars import check, refused

from structs import headers, registry
from structs.grammar import Api

BORN_FLEXIBLE = Api("BornFlexible", key=1000, versions="0-1", flexible="0+")
FLEXIBLE_FROM_3 = Api("FlexibleFrom3", key=1001, versions="0-5", flexible="3+")
NEVER_FLEXIBLE = Api("NeverFlexible", key=1002, versions="0-2", flexible="none")
CONTROLLED_SHUTDOWN = Api("ControlledShutdown", key=headers.CONTROLLED_SHUTDOWN, versions="0-3", flexible="3+")
API_VERSIONS = Api("ApiVersions", key=headers.API_VERSIONS, versions="0-5", flexible="3+")


@pytest.mark.parametrize(
    ("api", "version", "request_header", "response_header"),
    [
        (BORN_FLEXIBLE, 0, 2, 1),
        (FLEXIBLE_FROM_3, 0, 1, 0),
        (FLEXIBLE_FROM_3, 2, 1, 0),
        (FLEXIBLE_FROM_3, 3, 2, 1),
        (FLEXIBLE_FROM_3, 6, 2, 1),  # not known yet: the rule is open-ended
        (FLEXIBLE_FROM_3, 32767, 2, 1),
        (FLEXIBLE_FROM_3, -1, 1, 0),  # garbage has a header as well
        (NEVER_FLEXIBLE, 2, 1, 0),
        (NEVER_FLEXIBLE, 3, 1, 0),
        (CONTROLLED_SHUTDOWN, 0, 0, 0),
        (CONTROLLED_SHUTDOWN, 1, 1, 0),
        (CONTROLLED_SHUTDOWN, 3, 2, 1),
        (API_VERSIONS, 2, 1, 0),
        (API_VERSIONS, 3, 2, 0),
        (API_VERSIONS, 99, 2, 0),
    ],
)
def test_the_first_flexible_version_decides_but_for_two_exceptions(
    api: Api, version: int, request_header: int, response_header: int
) -> None:
    assert headers.request_header_version(api, version) == request_header
    assert headers.response_header_version(api, version) == response_header


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Produce", headers.PRODUCE),
        ("ControlledShutdown", headers.CONTROLLED_SHUTDOWN),
        ("SaslHandshake", headers.SASL_HANDSHAKE),
        ("ApiVersions", headers.API_VERSIONS),
    ],
)
def test_the_keys_with_rules_of_their_own_are_those_of_the_apis(name: str, key: int) -> None:
    api = registry.api(key)
    assert api is not None
    assert api.name == name


@pytest.mark.parametrize(
    ("version", "fields", "data"),
    [
        (0, {}, b"\x00\x07\x00\x01\xff\xff\xff\xff"),
        (1, {"client_id": "me"}, b"\x00\x07\x00\x01\xff\xff\xff\xff\x00\x02me"),
        (1, {"client_id": None}, b"\x00\x07\x00\x01\xff\xff\xff\xff\xff\xff"),
        (2, {"client_id": "me"}, b"\x00\x07\x00\x01\xff\xff\xff\xff\x00\x02me\x00"),  # not compact, although flexible
        (2, {"client_id": None}, b"\x00\x07\x00\x01\xff\xff\xff\xff\xff\xff\x00"),
        (2, {"client_id": "", "_unknown_tags": {3: b"x"}}, b"\x00\x07\x00\x01\xff\xff\xff\xff\x00\x00\x01\x03\x01x"),
    ],
)
def test_request_headers(version: int, fields: dict[str, object], data: bytes) -> None:
    start = {"request_api_key": 7, "request_api_version": 1, "correlation_id": -1}
    check(headers.RequestHeader.at(version), start | fields, data)


def test_the_oldest_request_header_has_no_client_id() -> None:
    assert refused(headers.RequestHeader.at(0), {"client_id": "me"}) == "client_id"


@pytest.mark.parametrize(
    ("version", "fields", "data"),
    [
        (0, {}, b"\x80\x00\x00\x00"),
        (1, {}, b"\x80\x00\x00\x00\x00"),
        (1, {"_unknown_tags": {1: b""}}, b"\x80\x00\x00\x00\x01\x01\x00"),
    ],
)
def test_response_headers(version: int, fields: dict[str, object], data: bytes) -> None:
    check(headers.ResponseHeader.at(version), {"correlation_id": -(2**31)} | fields, data)
