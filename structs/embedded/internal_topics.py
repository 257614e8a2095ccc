"""Records of the topics that Kafka keeps for itself, chosen by the topic's name.

The coordinators' topics have the record type in front of the key and a version in front of the value; a null value
is a tombstone. The metadata topics have no key: a frame version, the record type and a version precede the value.
Source: Kafka's CoordinatorRecordSerde, AbstractApiMessageSerde and BytesApiMessageSerde.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from structs import wire
from structs.buffers import Problem
from structs.embedded.encodings import Constant, UnsignedVarint
from structs.embedded.payload import Payload, failed, read, read_best
from structs.messages import DATA
from structs.messages.variants import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from structs.buffers import Buffer
    from structs.grammar import Data

# Topic -> the modules under structs/messages/data that declare its records. The same number is another type elsewhere.
_KEYED: Final[Mapping[str, tuple[str, ...]]] = {
    "__consumer_offsets": ("offsets", "consumer_groups", "share_groups", "streams_groups"),
    "__transaction_state": ("transactions",),
    "__share_group_state": ("share_state",),
}
_FRAMED: Final[Mapping[str, str]] = {
    "__cluster_metadata": "cluster_metadata",
    "__remote_log_metadata": "remote_log_metadata",
}

_OFFSET_COMMIT: Final = 1
_INT16: Final = wire.Number("h")
_UNSIGNED: Final = UnsignedVarint()


class _RecordType(NamedTuple):
    """The declarations of a record type; `early` is what an early release had under the same number."""

    key: Data | None
    value: Data
    early: Data | None = None


def is_internal(topic: str) -> bool:
    """Say whether the records of a topic can be read."""
    return topic in _KEYED or topic in _FRAMED


def record(
    topic: str, key: Buffer | None, value: Buffer | None, *, spans: bool = False
) -> tuple[Payload | None, Payload | None]:
    """Read a record of an internal topic: its key and its value, None for what is null or of no known type."""
    if topic in _FRAMED:
        return None, None if value is None else _framed(topic, value, spans=spans)
    if topic not in _KEYED or key is None:
        return None, None
    number = int.from_bytes(key[:2], "big", signed=True) if len(key) >= 2 else -1
    known = _types(topic).get(number)
    decoded_key = _key(known, key, spans=spans)
    if known is None or value is None:
        return decoded_key, None
    return decoded_key, _value(topic, known, value, spans=spans)


def _key(known: _RecordType | None, data: Buffer, *, spans: bool) -> Payload:
    if known is not None and known.key is not None:
        return read(_key_grammar(known.key), data, spans=spans)
    head = wire.decode(_UNKNOWN_KEY, data, spans=spans)
    if head.error is None:
        text = f"record type {head.value['type']} is not known: the record is not decoded"
        head.warnings.append(Problem("unknown_type", text, 0, "type"))
    return Payload(head.value, head.stop, head.error, head.warnings, head.spans, _UNKNOWN_KEY)


def _value(topic: str, known: _RecordType, data: Buffer, *, spans: bool) -> Payload:
    if len(data) < 2:
        return read(_prefixed(known.value.at(known.value.versions.lowest)), data, spans=spans)
    version = int.from_bytes(data[:2], "big", signed=True)
    schema = known.value
    if version not in schema.versions and schema.name == "LegacyOffsetCommitValue":
        schema = _types(topic)[_OFFSET_COMMIT].value  # the type of the key never said which value follows
    if version not in schema.versions:
        return _unknown_version(schema, version)
    return read_best([_prefixed(layout) for layout in layouts(schema, version)], data, spans=spans)


def _framed(topic: str, data: Buffer, *, spans: bool) -> Payload:
    head = wire.decode(_FRAME, data)
    if head.error is not None:
        return read(_FRAME, data, spans=spans)
    number, version = head.value["type"], head.value["version"]
    known = _types(topic).get(number)
    if known is None:
        return failed("unknown_type", f"record type {number} is not known", 1, "type")
    schemas = [schema for schema in (known.value, known.early) if schema is not None and version in schema.versions]
    if not schemas:
        return _unknown_version(known.value, version)
    grammars = [_frame_of(schema.name, layout) for schema in schemas for layout in layouts(schema, version)]
    if head.value["frame_version"] == 0:
        grammars.reverse()  # Kafka 2.8's preview
    return read_best(grammars, data, spans=spans)


def _unknown_version(schema: Data, version: int) -> Payload:
    """Refuse a version; the grammar of the newest known one stands for what such a record may hold."""
    text = f"{schema.name} version {version} is not known, only {schema.versions}"
    payload = failed("unknown_version", text, field="version")
    payload.grammar = schema.at(schema.versions.highest or schema.versions.lowest)
    return payload


@cache
def layouts(schema: Data, version: int) -> tuple[wire.Struct, ...]:
    """Return what a version of a schema looks like: as it is now, and as earlier releases wrote it."""
    modules = SCHEMAS.get((schema.name, version), ())
    early = (getattr(import_module(f"structs.messages.variants.{module}"), schema.name) for module in modules)
    return (schema.at(version), *(variant.at(version) for variant in early if variant is not schema))


@cache
def _types(topic: str) -> dict[int, _RecordType]:
    """Return the record types of a topic by their numbers."""
    modules = {f"data.{module}" for module in _KEYED.get(topic) or (_FRAMED[topic],)}
    declared: dict[str, Data] = {
        name: getattr(import_module(f"structs.messages.{module}"), name)
        for name, module in DATA.items()
        if module in modules
    }
    types: dict[int, _RecordType] = {}
    for name, schema in declared.items():
        if schema.key is not None and not name.endswith("Key"):
            key = declared.get(f"{name.removesuffix('Value')}Key") if topic in _KEYED else None
            types[schema.key] = _RecordType(key, schema)
    if topic == "__cluster_metadata":
        for (name, _), releases in SCHEMAS.items():
            if name not in DATA:  # only early releases had it
                schema = getattr(import_module(f"structs.messages.variants.{releases[0]}"), name)
                types[schema.key] = types.get(schema.key, _RecordType(None, schema))._replace(early=schema)
    return types


@cache
def _key_grammar(schema: Data) -> wire.Struct:
    name = wire.Member("type_name", Constant(schema.name.removesuffix("Key")), None)
    return wire.Struct([_TYPE, name, wire.Member("data", schema.at(schema.versions.lowest), {})], None)


@cache
def _prefixed(layout: wire.Struct) -> wire.Struct:
    return wire.Struct([wire.Member("version", _INT16, 0), wire.Member("data", layout, {})], None)


@cache
def _frame_of(name: str, layout: wire.Struct) -> wire.Struct:
    frame, number, version = _FRAME.members
    named = wire.Member("type_name", Constant(name), None)
    return wire.Struct([frame, number, named, version, wire.Member("data", layout, {})], None)


_TYPE: Final = wire.Member("type", _INT16, 0)
_UNKNOWN_KEY: Final = wire.Struct([_TYPE, wire.Member("type_name", Constant(None), None)], None)
_FRAME: Final = wire.Struct([wire.Member(name, _UNSIGNED, 0) for name in ("frame_version", "type", "version")], None)
