"""User data in the subscriptions of the consumers' own assignors.

Source: Kafka's StickyAssignor (KIP-54, KIP-341) and CooperativeStickyAssignor (KIP-429).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs.embedded.payload import Payload, is_whole, read
from structs.grammar import Array, Data, Int32, Struct, TopicName

if TYPE_CHECKING:
    from structs.buffers import Buffer

TopicAssignment = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

StickyAssignorUserData = Data(
    "StickyAssignorUserData",
    "previous_assignment" / Array(TopicAssignment),
    "generation" / Int32("1+"),
    versions="0-1",
)

CooperativeStickyAssignorUserData = Data(
    "CooperativeStickyAssignorUserData",
    "generation" / Int32,
    versions="0",
)

_GENERATION_SIZE: Final = 4


def sticky(data: Buffer, *, spans: bool = False) -> Payload:
    """Read the user data of "sticky": what tells its two versions apart is whether a generation follows."""
    newer = read(StickyAssignorUserData.at(1), data, spans=spans)
    if is_whole(newer, data):
        return newer
    older = read(StickyAssignorUserData.at(0), data, spans=spans)
    return older if is_whole(older, data) else newer


def cooperative_sticky(data: Buffer, *, spans: bool = False) -> Payload:
    """Read the user data of "cooperative-sticky": Java sends a generation, librdkafka and franz-go what sticky does."""
    if len(data) <= _GENERATION_SIZE:
        return read(CooperativeStickyAssignorUserData.at(0), data, spans=spans)
    return sticky(data, spans=spans)
