"""The tokens of SASL mechanisms: which step of the login they are, and whose.

Passwords, proofs, salts, nonces and bearer tokens are secrets in the grammar, so that views withhold them.
Source: RFC 4616 (PLAIN), RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER), RFC 4752 (GSSAPI), as Kafka uses them.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Final

from structs import wire
from structs.embedded.payload import Payload, failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from structs.buffers import Buffer
    from structs.grammar import Side

    Fields = dict[str, str | None]

SECRET: Final = wire.Meaning("secret")

_SECRETS: Final = frozenset({"password", "nonce", "salt", "proof", "signature", "token"})
_GSSAPI_START: Final = b"\x60"  # ASN.1's application tag 0 (RFC 2743)


class _TokenError(Exception):
    """A token that is none of its mechanism; its text never holds any of it."""


def token(data: Buffer, mechanism: str | None, side: Side | None) -> Payload | None:
    """Read a token; `mechanism` is None where the handshake was not captured: then the token has to tell it.

    Returns None if nothing tells. The value has "mechanism", "step" and, where the mechanism carries one, "username".
    """
    raw = bytes(data)
    mechanism = mechanism or _recognise(raw, side)
    if mechanism is None:
        return None
    reading = _READINGS.get("SCRAM" if mechanism.startswith("SCRAM") else mechanism)
    try:
        fields = {"mechanism": mechanism, **(reading(raw, side) if reading is not None else {})}
    except _TokenError as error:
        return failed("malformed", f"{mechanism}: {error}")
    return Payload(fields, len(raw), grammar=_grammar(tuple(fields)))


@cache
def _grammar(names: tuple[str, ...]) -> wire.Struct:
    text = wire.String(compact=False, nullable=True)
    nodes = {name: text.marked(SECRET) if name in _SECRETS else text for name in names}
    return wire.Struct([wire.Member(name, node, None) for name, node in nodes.items()], None)


def _recognise(raw: bytes, side: Side | None) -> str | None:
    if side != "request":
        return None
    head = raw[:3]
    if head[:1] == _GSSAPI_START:
        return "GSSAPI"
    if head[:1] in (b"n", b"y", b"p") and head[1:2] in (b",", b"="):
        return "OAUTHBEARER" if b"\x01" in raw else "SCRAM"
    return "PLAIN" if raw.count(0) == 2 else None


def _plain(raw: bytes, side: Side | None) -> Fields:
    if side == "response":
        return {"step": "server-final"}
    parts = _text(raw).split("\0")
    if len(parts) != 3:
        raise _TokenError(f"{len(parts)} parts, there should be 3")
    authorized, username, password = parts
    return {"step": "client-first", "authzid": authorized or None, "username": username, "password": password}


def _scram(raw: bytes, side: Side | None) -> Fields:
    text = _text(raw)
    header, authorized = None, None
    if side == "request" and text[:1] in ("n", "y", "p"):
        header, authorized, text = _gs2(text)
    attributes = _attributes(text.split(","))
    if header is not None:
        username = _needed(attributes, "n").replace("=2C", ",").replace("=3D", "=")
        extensions = ",".join(f"{name}={value}" for name, value in attributes.items() if name not in ("n", "r"))
        nonce = _needed(attributes, "r")
        fields: Fields = {"step": "client-first", "authzid": authorized, "username": username, "nonce": nonce}
        return fields | ({"extensions": extensions} if extensions else {})
    if "p" in attributes:
        return {"step": "client-final", "nonce": _needed(attributes, "r"), "proof": attributes["p"]}
    if "s" in attributes:
        nonce, iterations = _needed(attributes, "r"), _needed(attributes, "i")
        return {"step": "server-first", "nonce": nonce, "salt": attributes["s"], "iterations": iterations}
    if "e" in attributes:
        return {"step": "server-final", "error": attributes["e"]}
    return {"step": "server-final", "signature": _needed(attributes, "v")}


def _oauthbearer(raw: bytes, side: Side | None) -> Fields:
    text = _text(raw)
    if side == "response":
        return {"step": "server-final", "error": _status(text) if text else None}
    if text == "\x01":
        return {"step": "client-final"}  # the client takes note of an error
    header, separator, rest = text.partition("\x01")
    _, authorized, _ = _gs2(header)
    if not separator:
        raise _TokenError("nothing behind the header")
    pairs = _attributes([pair for pair in rest.split("\x01") if pair])
    bearer = _needed(pairs, "auth")
    extensions = ",".join(f"{name}={value}" for name, value in pairs.items() if name != "auth")
    fields: Fields = {"step": "client-first", "username": authorized, "token": bearer}
    return fields | ({"extensions": extensions} if extensions else {})


def _gssapi(raw: bytes, side: Side | None) -> Fields:
    if raw[:1] != _GSSAPI_START:
        return {"step": "security-layer"}
    return {"step": "server-first" if side == "response" else "client-first"}


def _gs2(text: str) -> tuple[str, str | None, str]:
    """Return the channel binding's flag, who is to be acted for, and what follows (RFC 5801)."""
    parts = text.split(",", 2)
    if len(parts) < 3:
        raise _TokenError("the header ends early")
    flag, authorized, rest = parts
    return flag, authorized.removeprefix("a=") or None, rest


def _attributes(parts: list[str]) -> dict[str, str]:
    attributes = {}
    for part in parts:
        name, separator, value = part.partition("=")
        if not separator:
            raise _TokenError("something is no attribute")
        attributes[name] = value
    return attributes


def _needed(attributes: dict[str, str], name: str) -> str:
    if name not in attributes:
        raise _TokenError(f"there is no attribute {name}")
    return attributes[name]


def _status(text: str) -> str:
    try:
        error = json.loads(text)
    except (ValueError, RecursionError):
        raise _TokenError("the server's answer is no JSON") from None
    return str(error.get("status")) if isinstance(error, dict) else "?"


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise _TokenError("not UTF-8") from None


_READINGS: Final[dict[str, Callable[[bytes, Side | None], Fields]]] = {
    "GSSAPI": _gssapi,
    "OAUTHBEARER": _oauthbearer,
    "PLAIN": _plain,
    "SCRAM": _scram,
}
