"""What a payload inside a message comes out as, and what is needed to read it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from structs import wire
from structs.buffers import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structs.buffers import Buffer
    from structs.grammar import Data, Side

DECOMPRESSED: Final = 128 << 20
MAX_DEPTH: Final = 4

_VERSION: Final = wire.Member("version", wire.Number("h"), 0)


class Context(NamedTuple):
    """What a payload's own bytes do not say, as far as it is known.

    `protocol_type` and `protocol` are those of the group ("consumer", "connect", "sr"; the assignor's name), `api` is
    the key and version of the request that a response answers, `codec` names the compression of telemetry,
    `position` is where a slice begins in its snapshot, `mechanism` that of a SASL login, `side` who sent the bytes.
    `depth` counts the payloads around this one, `decompressed` bounds what it may decompress to.
    """

    protocol_type: str | None = None
    protocol: str | None = None
    api: tuple[int, int] | None = None
    codec: str = "none"
    position: int = 0
    mechanism: str | None = None
    side: Side | None = None
    depth: int = 0
    decompressed: int = DECOMPRESSED


@dataclass(slots=True)
class Payload(wire.Decoded):
    """A decoded payload. `grammar` is what its value follows, and with it the meaning of each field.

    None stands for values that follow no grammar of ours (JSON, protocol buffers): plain dicts, lists and scalars.
    """

    grammar: wire.Node | None = None


def read(grammar: wire.Node, data: Buffer, *, spans: bool = False) -> Payload:
    """Read a payload that fills all of `data`; what is left over is a warning."""
    decoded = wire.decode(grammar, data, spans=spans)
    if decoded.error is None and decoded.stop < len(data):
        text = f"{len(data) - decoded.stop} bytes behind the last field"
        decoded.warnings.append(Problem("trailing_bytes", text, decoded.stop, ""))
    return Payload(decoded.value, decoded.stop, decoded.error, decoded.warnings, decoded.spans, grammar)


def is_whole(payload: Payload, data: Buffer) -> bool:
    """Say whether a payload was read without an error, and to its last byte."""
    return payload.error is None and payload.stop == len(data)


def read_best(grammars: Iterable[wire.Node], data: Buffer, *, spans: bool = False) -> Payload:
    """Read with the grammar that takes every byte, the first without a warning; the very first if none does."""
    payloads = []
    for grammar in grammars:
        payload = read(grammar, data, spans=spans)
        if is_whole(payload, data) and not payload.warnings:
            return payload
        payloads.append(payload)
    return next((payload for payload in payloads if is_whole(payload, data)), payloads[0])


def failed(kind: str, message: str, offset: int = 0, field: str = "") -> Payload:
    """Return a payload of which nothing could be read."""
    return Payload(None, offset, Problem(kind, message, offset, field))


def read_versioned(schema: Data, data: Buffer, *, needed: int, spans: bool = False) -> Payload:
    """Read an int16 version and what that version of a schema holds.

    Later versions only append: one that is not known is read as the highest that is, and the rest left alone. Fields
    after the first `needed` may be missing at the end, where writers put the wrong version in front.
    """
    version = int.from_bytes(data[:2], "big", signed=True) if len(data) >= 2 else schema.versions.lowest
    if version < schema.versions.lowest:
        return failed("malformed", f"version {version}", field="version")
    highest = schema.versions.highest
    known = version if highest is None else min(version, highest)
    grammar = versioned(schema, known)
    decoded = wire.decode(grammar, data, spans=spans)
    payload = Payload(decoded.value, decoded.stop, decoded.error, decoded.warnings, decoded.spans, grammar)
    if decoded.error is not None:
        _fill_in(payload, grammar, len(data), needed + 1)
    elif decoded.stop < len(data) and known == version:
        text = f"{len(data) - decoded.stop} bytes behind the last field"
        payload.warnings.append(Problem("trailing_bytes", text, decoded.stop, ""))
    return payload


@cache
def versioned(schema: Data, version: int) -> wire.Struct:
    """Return the grammar of a version of a schema with its number in front."""
    layout = schema.at(version)
    return wire.Struct([_VERSION, *layout.members], layout.tagged)


def _fill_in(payload: Payload, grammar: wire.Struct, size: int, needed: int) -> None:
    """Let the data end before a field that later versions brought."""
    error = payload.error
    optional = grammar.members[needed:]
    names = [member.name for member in optional]
    if error is None or error.kind != "truncated" or error.offset != size or error.field not in names:
        return
    missing = optional[names.index(error.field) :]
    for member in missing:
        payload.value[member.name] = member.absent()
    fields = ", ".join(member.name for member in missing)
    payload.warnings.append(Problem("missing_fields", f"ends without {fields}", size, error.field))
    payload.error = None
