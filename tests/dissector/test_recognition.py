"""What begins like Kafka, and what does not."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import make_request

from dissector.recognition import MAX_REQUEST_SIZE, foreign_protocol, is_plausible_request, request_plausibility
from structs import registry


@pytest.mark.parametrize(
    ("start", "protocol"),
    [
        (b"\x16\x03\x01\x02\x00", "TLS"),
        (b"GET / HTTP/1.1", "HTTP"),
        (b"HTTP/1.1 200 OK", "HTTP"),
        (b"SSH-2.0-x", "SSH"),
        (b"\0\0\0\x20\0\x12\0\3", None),
        (b"", None),
    ],
)
def test_foreign_protocols_are_named(start: bytes, protocol: str | None) -> None:
    assert foreign_protocol(start) == protocol


def test_every_request_that_kafka_has_is_plausible() -> None:
    """Every API and version, with a client id, without one, and with an empty one."""
    for api in registry.apis():
        for version in api.versions.each():
            for client_id in ("consumer-1", None, ""):
                data = make_request(api.key, version, {}, client_id=client_id)
                assert is_plausible_request(data), (api, version, client_id)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\3\0\1",
        struct.pack(">hhih", 3, 14, 1, -1),  # a version that Metadata does not have
        struct.pack(">hhih", 500, 0, 1, -1),  # an API that Kafka does not have
        struct.pack(">hhih4s", 3, 1, 1, 400, b"test"),  # a client id longer than the frame
        struct.pack(">hhih4s", 3, 1, 1, 4, b"\xff\xfe\xfd\xfc"),  # a client id that is no text
        struct.pack(">hhih4s", 3, 1, 1, 4, b"\0\0\0\0"),
        b"n,,n=alice,r=fyko+d2lbbFgONRv9qkxdawL",
        b"\0alice\0secret",
        b"\x60\x82\x02\x01\x06\x09*\x86H",
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    assert not is_plausible_request(data)


def test_a_size_that_no_broker_takes_is_implausible() -> None:
    data = make_request(3, 1, {})
    assert request_plausibility(MAX_REQUEST_SIZE, data)
    assert not request_plausibility(MAX_REQUEST_SIZE + 1, data)


@given(st.binary(max_size=64))
def test_it_never_raises(data: bytes) -> None:
    assert request_plausibility(len(data), data) in (0, 1, 2)
