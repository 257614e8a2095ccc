"""Other protocols are named by the first bytes of a stream; Kafka's own streams are not."""

from __future__ import annotations

import pytest
from support.frames import make_request, make_response
from support.protocols import STREAMS

from dissector.protocols import foreign_protocol
from structs import registry


@pytest.mark.parametrize(
    ("start", "protocol"),
    [
        (b"\x16\x03\x01\x02\x00", "TLS"),
        (b"\x17\x03\x03\x40\x11", "TLS"),
        (b"\x17\x03\x03\xff\xff", None),  # no record is so long
        (b"GET / HTTP/1.1", "HTTP"),
        (b"GETAWAY", None),
        (b"HTTP/1.1 200 OK", "HTTP"),
        (b"SSH-2.0-x", "SSH"),
        (b"220 ftp.example.com\r\n", "FTP"),
        (b"\x00\x00\x00\x08\x04\xd2\x16\x2f", "PostgreSQL"),
        (b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", "LDAP"),
        (b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test", "MQTT"),
        (b"\0\0\0\x20\0\x12\0\3", None),
        (b"", None),
    ],
)
def test_foreign_protocols_are_named(start: bytes, protocol: str | None) -> None:
    assert foreign_protocol(start) == protocol
    assert foreign_protocol(memoryview(start)) == protocol


@pytest.mark.parametrize("name", STREAMS)
def test_one_of_the_first_messages_names_a_protocol(name: str) -> None:
    firsts = [next(data for sender, data in STREAMS[name] if sender == side) for side in ("client", "server")]
    assert name in {foreign_protocol(data) for data in firsts}
    assert {foreign_protocol(data) for data in firsts} <= {name, None}


def test_no_message_of_kafka_is_named() -> None:
    """Every API, version and side, with the ids and client ids that are likely."""
    for api in registry.apis():
        for version in api.versions.each():
            for number in (0, 1, 2, 2**31 - 8):
                frames = [
                    make_request(api.key, version, {}, correlation_id=number, client_id=name)
                    for name in (None, "", "x")
                ]
                frames.append(make_response(api.key, version, {}, correlation_id=number))
                for frame in frames:
                    assert foreign_protocol(len(frame).to_bytes(4, "big") + frame) is None
