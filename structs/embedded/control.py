"""Control records as payloads: the key tells the type, the type the value.

Source: Kafka's ControlRecordType; KIP-98 (transaction markers), KIP-595, KIP-630 and KIP-853 (KRaft).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from structs import registry, wire
from structs.buffers import Problem
from structs.embedded.encodings import Constant
from structs.embedded.internal_topics import layouts
from structs.embedded.payload import Payload, read, read_best
from structs.records import layout
from structs.records.control import END_TXN_MARKER, TYPES

if TYPE_CHECKING:
    from structs.buffers import Buffer

_VERSION, _TYPE = layout.CONTROL_KEY.members


def control_record(
    key: Buffer | None, value: Buffer | None, *, spans: bool = False
) -> tuple[Payload | None, Payload | None]:
    """Read a record of a control batch: its key and its value, None for what is null or of no known type."""
    if key is None:
        return None, None
    number = int.from_bytes(key[2:4], "big", signed=True) if len(key) >= 4 else -1
    decoded_key = read(_key_grammar(number), key, spans=spans)
    if number not in TYPES:
        if decoded_key.error is None:
            text = f"control record type {number} is not known: its value is not decoded"
            decoded_key.warnings.append(Problem("unknown_type", text, _VERSION.node.fixed_size or 0, "type"))
        return decoded_key, None
    return decoded_key, None if value is None else _value(number, value, spans=spans)


def _value(number: int, data: Buffer, *, spans: bool) -> Payload:
    if TYPES[number].schema == END_TXN_MARKER:
        return read(layout.END_TXN_MARKER, data, spans=spans)
    schema = registry.data(TYPES[number].schema)
    version = int.from_bytes(data[:2], "big", signed=True)
    # A version that is not known is read as the first: what it appends is left over.
    return read_best(layouts(schema, version if version in schema.versions else 0), data, spans=spans)


@cache
def _key_grammar(number: int) -> wire.Struct:
    name = TYPES[number].name if number in TYPES else None
    return wire.Struct([_VERSION, _TYPE, wire.Member("type_name", Constant(name), None)], None)
