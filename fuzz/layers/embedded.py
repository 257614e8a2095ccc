"""Payloads inside payloads: fields of messages, control records, records of internal topics.

Nothing raises; what is wrong stands in the payload. Byte ranges change nothing and lie within the bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fuzz import samples
from fuzz.cursor import Cursor, sized
from structs import embedded, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structs.embedded import Context, Payload

_LABELS: Final = tuple(embedded._READINGS)  # there is no other list of them
_TOPICS: Final = (
    "__consumer_offsets",
    "__transaction_state",
    "__share_group_state",
    "__cluster_metadata",
    "__remote_log_metadata",
)
_TYPES: Final = (None, "consumer", "connect", "sr", "other")
_PROTOCOLS: Final = (None, "range", "sticky", "cooperative-sticky", "stream", "compatible", "sessioned", "v0", "other")
_CODECS: Final = ("none", "gzip", "snappy", "lz4", "zstd", "unknown(7)")
_MECHANISMS: Final = (None, "PLAIN", "SCRAM-SHA-256", "GSSAPI", "OAUTHBEARER", "other")
_CONTROL, _RECORD = len(_LABELS), len(_LABELS) + 1
ALLOWANCE: Final = 16 << 20


def seeds() -> Iterator[bytes]:
    """Yield the bytes fields of the captures' bodies, as every payload, and records of every internal topic."""
    pieces: dict[int, bytes] = {}
    for message in samples.messages():
        for piece in _pieces(message.body):
            pieces.setdefault(len(piece), piece[:2000])
    for piece in pieces.values():
        for label in range(len(_LABELS)):
            yield bytes((label, 1, 1 + label % 3, label % 2, 1, label)) + piece
    for field in samples.record_fields():
        yield bytes((_CONTROL,)) + sized(b"\0\0\0\2") + field[:300]
    for topic in range(len(_TOPICS)):
        for kind in range(16):
            yield bytes((_RECORD, topic)) + sized(kind.to_bytes(2) + b"\0\1a\0\1b") + kind.to_bytes(2) + bytes(30)
            yield bytes((_RECORD, topic)) + sized(b"") + b"\1" + bytes((kind, 0)) + bytes(30)


def _pieces(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _pieces(part)


def check(data: bytes) -> None:
    """Decode a payload."""
    cursor = Cursor(data)
    label = cursor.number() % (len(_LABELS) + 2)
    if label == _CONTROL:
        key, value = cursor.sized(), cursor.rest()
        _hold(lambda spans: embedded.control_record(key, value, spans=spans), key, value)
    elif label == _RECORD:
        topic, key, value = _TOPICS[cursor.number() % len(_TOPICS)], cursor.sized(), cursor.rest()
        _hold(lambda spans: embedded.record(topic, key, value, spans=spans), key, value)
    else:
        context = _context(cursor)
        payload = cursor.rest()
        _hold(lambda spans: (embedded.decode(_LABELS[label], payload, context, spans=spans),), payload)


def _context(cursor: Cursor) -> Context:
    kind, protocol, codec, mechanism, position = (cursor.number() for _ in range(5))
    return embedded.Context(
        protocol_type=_TYPES[kind % len(_TYPES)],
        protocol=_PROTOCOLS[protocol % len(_PROTOCOLS)],
        api=(protocol, kind % 16),
        codec=_CODECS[codec % len(_CODECS)],
        position=position & 1,
        mechanism=_MECHANISMS[mechanism % len(_MECHANISMS)],
        side="request" if position & 2 else "response",
        decompressed=1 << 20,
    )


def _hold(decode: Callable[[bool], tuple[Payload | None, ...]], *parts: bytes) -> None:
    for payload, spanned, data in zip(decode(False), decode(True), parts, strict=True):
        if payload is None or spanned is None:
            assert payload is spanned
            continue
        assert repr(payload.value) == repr(spanned.value)
        assert (payload.stop, payload.error, payload.warnings) == (spanned.stop, spanned.error, spanned.warnings)
        assert isinstance(payload, wire.Decoded)
        for problem in (*payload.warnings, *filter(None, [payload.error])):
            assert problem.kind
            assert problem.offset >= 0
            assert problem.message.isprintable(), problem
        assert all(0 <= start <= stop <= len(data) for start, stop in (spanned.spans or {}).values())
