"""Kafka's encodings as construct classes.

Every class here is a `construct.Construct`: it parses and builds by itself, and can be composed with other
constructs. Among one another they do not talk through streams but through a `Reader` (a buffer and a position), so
that every error carries the field's indexed path and its offset, every length is held against the bytes that
really exist, and the byte range of each field can be had on request.

Parsed values are plain: dict, list, int, bool, float, str, bytes and None. A UUID is the 22 characters that Kafka
prints; a string that is not valid UTF-8 stays bytes; tagged fields that nobody declared stand under `UNKNOWN_TAGS`.
What was read can be built again, and gives the same bytes if the message was as Kafka writes it.

Source: the Kafka protocol guide's primitive types; KIP-482 (compact types, tagged fields); KIP-893 (nullable structs).
"""

from structs.buffers import WireError
from structs.wire.composites import UNKNOWN_TAGS, Array, Member, NullableStruct, Struct, struct_in, structs_in
from structs.wire.node import (
    FAULTY,
    LEFT,
    WARM,
    Decoded,
    Meaning,
    Node,
    Opener,
    SeldomError,
    decode,
    decode_faultless,
    decode_straight,
    interpret,
)
from structs.wire.prefixed import MAX_STRING_LENGTH, Bytes, Prefixed, Records, String
from structs.wire.primitives import ZERO_UUID, Boolean, Number, Uuid, Varint

__all__ = [
    "FAULTY",
    "LEFT",
    "MAX_STRING_LENGTH",
    "UNKNOWN_TAGS",
    "WARM",
    "ZERO_UUID",
    "Array",
    "Boolean",
    "Bytes",
    "Decoded",
    "Meaning",
    "Member",
    "Node",
    "NullableStruct",
    "Number",
    "Opener",
    "Prefixed",
    "Records",
    "SeldomError",
    "String",
    "Struct",
    "Uuid",
    "Varint",
    "WireError",
    "decode",
    "decode_faultless",
    "decode_straight",
    "interpret",
    "struct_in",
    "structs_in",
]
