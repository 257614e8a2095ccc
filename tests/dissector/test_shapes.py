"""Topics and partitions are found by their shape in the grammar."""

import pytest

from dissector.shapes import Shape, shape_of
from structs import registry


@pytest.mark.parametrize(
    ("api_key", "version", "side", "field", "shape"),
    [
        (0, 9, "request", "topic_data", Shape("name", "", "partition_data", "index")),
        (1, 13, "request", "topics", Shape("", "topic_id", "partitions", "partition")),
        (1, 13, "request", "forgotten_topics_data", Shape("", "topic_id", "partitions", "")),
        (3, 12, "response", "topics", Shape("name", "topic_id", "partitions", "partition_index")),
        (9, 1, "request", "topics", Shape("name", "", "partition_indexes", "")),
        (6, 0, "request", "ungrouped_partition_states", Shape("topic_name", "", "", "partition_index")),
        (3, 12, "response", "brokers", None),
    ],
)
def test_shape(api_key: int, version: int, side: str, field: str, shape: Shape | None) -> None:
    (member,) = (member for member in registry.grammar(api_key, version, side).members if member.name == field)
    assert shape_of(member.node.element) == shape
