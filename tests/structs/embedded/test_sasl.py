"""SASL tokens: the step and the user, and never a secret outside of a field that is one."""

from __future__ import annotations

import pytest

from structs import wire
from structs.embedded.sasl import SECRET, token

SCRAM = "SCRAM-SHA-256"


@pytest.mark.parametrize(
    ("data", "mechanism", "side", "expected"),
    [
        (b"\0alice\0tell-nobody", "PLAIN", "request", {"step": "client-first", "username": "alice"}),
        (b"admin\0alice\0tell-nobody", "PLAIN", "request", {"authzid": "admin", "username": "alice"}),
        (b"", "PLAIN", "response", {"step": "server-final"}),
        (b"n,,n=alice,r=tell-nobody", SCRAM, "request", {"step": "client-first", "username": "alice"}),
        (b"n,a=admin,n=a=2Cb=3Dc,r=x,tokenauth=true", SCRAM, "request",
         {"username": "a,b=c", "authzid": "admin", "extensions": "tokenauth=true"}),
        (b"r=tell-nobody,s=tell-nobody,i=4096", SCRAM, "response", {"step": "server-first", "iterations": "4096"}),
        (b"c=biws,r=tell-nobody,p=tell-nobody", SCRAM, "request", {"step": "client-final"}),
        (b"v=tell-nobody", SCRAM, "response", {"step": "server-final"}),
        (b"e=invalid-proof", SCRAM, "response", {"step": "server-final", "error": "invalid-proof"}),
        (b"n,a=alice,\x01auth=Bearer tell-nobody\x01traceId=7\x01\x01", "OAUTHBEARER", "request",
         {"step": "client-first", "username": "alice", "extensions": "traceId=7"}),
        (b'{"status":"invalid_token"}', "OAUTHBEARER", "response", {"step": "server-final", "error": "invalid_token"}),
        (b"\x01", "OAUTHBEARER", "request", {"step": "client-final"}),
        (b"\x60\x82tell-nobody", "GSSAPI", "request", {"step": "client-first"}),
        (b"\x60\x82tell-nobody", "GSSAPI", "response", {"step": "server-first"}),
        (b"\x05\x04tell-nobody", "GSSAPI", "request", {"step": "security-layer"}),
        (b"tell-nobody", "THEIR-OWN", "request", {}),
    ],
)  # fmt: skip
def test_a_token_says_step_and_user(data: bytes, mechanism: str, side: str, expected: dict[str, str]) -> None:
    payload = token(data, mechanism, side)
    assert payload.error is None
    assert payload.value.items() >= {"mechanism": mechanism, **expected}.items()
    assert isinstance(payload.grammar, wire.Struct)
    shown = [payload.value[member.name] for member in payload.grammar.members if member.node.meaning != SECRET]
    assert "tell-nobody" not in str(shown)
    assert {member.name for member in payload.grammar.members} == payload.value.keys()


@pytest.mark.parametrize(
    ("data", "mechanism", "side"),
    [
        (b"tell-nobody", "PLAIN", "request"),
        (b"\0a\0tell-nobody\xff", "PLAIN", "request"),
        (b"tell-nobody", SCRAM, "request"),
        (b"n,tell-nobody", SCRAM, "request"),
        (b"n,,r=tell-nobody", SCRAM, "request"),
        (b"n,,tell-nobody", "OAUTHBEARER", "request"),
        (b"tell-nobody", "OAUTHBEARER", "response"),
    ],
)
def test_a_token_that_is_none_gives_nothing_away(data: bytes, mechanism: str, side: str) -> None:
    payload = token(data, mechanism, side)
    assert payload.error.kind == "malformed"
    assert "tell-nobody" not in str(payload)


def test_a_token_tells_its_mechanism_where_the_handshake_was_not_captured() -> None:
    assert token(b"\0alice\0pw", None, "request").value["mechanism"] == "PLAIN"
    assert token(b"n,,n=alice,r=x", None, "request").value["mechanism"] == "SCRAM"
    assert token(b"n,,\x01auth=Bearer x\x01\x01", None, "request").value["mechanism"] == "OAUTHBEARER"
    assert token(b"\x60abc", None, "request").value["mechanism"] == "GSSAPI"
    assert token(b"?", None, "request") is None
    assert token(b"v=x", None, "response") is None
