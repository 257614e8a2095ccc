"""How messages name partitions: a struct with a topic (name or id) holds a list of them, numbers or structs.

The shape is found in the grammar, so this serves every API that has it.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from structs import wire

INDEXES: Final = ("partition_index", "partition", "index", "partition_id")


class Shape(NamedTuple):
    """The fields of a struct that say which topic and which partitions it is about; empty where it has none.

    `number` is the partition's number: in the elements of `partitions`, or where there is no such list in the struct.
    """

    name: str
    topic_id: str
    partitions: str
    number: str


@cache
def shape_of(node: wire.Struct) -> Shape | None:
    """Return the shape of a struct that names a topic, None for others."""
    name = topic_id = partitions = index = ""
    for member in node.each_member():
        meaning = getattr(member.node.meaning, "name", "")
        if meaning == "topic_name":
            name = name or member.name
        elif meaning == "topic_id":
            topic_id = topic_id or member.name
        elif isinstance(member.node, wire.Array) and not partitions:
            element = member.node.element
            if isinstance(element, wire.Struct):
                names = [inner.name for inner in element.each_member()]
                index = next((found for found in INDEXES if found in names), "")
                partitions = member.name if index else ""
            elif member.name in ("partitions", "partition_indexes"):
                partitions = member.name
        elif member.name in INDEXES and not partitions:
            index = member.name
    return Shape(name, topic_id, partitions, index) if name or topic_id else None
