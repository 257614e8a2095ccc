"""What is chosen to be shown exists in the grammars."""

import pytest

from dissector.views import highlights
from structs import outline, registry


def fields(api_key: int, side: str) -> set[str]:
    return {name for name, _ in registry.message(api_key, side).fields}


@pytest.mark.parametrize("api_key", highlights.CHOSEN)
def test_chosen_fields_exist(api_key: int) -> None:
    """A field that Kafka renamed would silently vanish from the lines."""
    for side, chosen in zip(("request", "response"), highlights.CHOSEN[api_key], strict=True):
        assert set(chosen.split()) <= fields(api_key, side)


LISTS = sorted({*highlights.COUNTED, *highlights.ALL_IF_NULL, *highlights.ALL_IF_EMPTY})


@pytest.mark.parametrize(("api_key", "name"), LISTS)
def test_special_fields_exist(api_key: int, name: str) -> None:
    assert name in all_fields(api_key, "request") | all_fields(api_key, "response")


def all_fields(api_key: int, side: str) -> set[str]:
    """Return the fields of a message at any depth."""
    message = registry.message(api_key, side)
    shapes = [shape for version in message.versions.each() for shape in outline.shapes(message.at(version))]
    found = set()
    while shapes:
        shape = shapes.pop()
        found.add(shape.name)
        shapes += shape.fields
    return found


@pytest.mark.parametrize(
    ("api_key", "version", "name", "null", "empty"),
    [
        (3, 0, "topics", "all topics", "all topics"),
        (3, 1, "topics", "all topics", "no topics"),
        (9, 2, "topics", "all topics", "no topics"),
        (35, 0, "topics", "all topics", "no topics"),
        (43, 1, "topic_partitions", "all partitions", "no partitions"),
        (50, 0, "users", "all users", "all users"),
        (75, 0, "topics", "", "all topics"),
        (0, 9, "topic_data", "", ""),
    ],
)
def test_null_and_empty_lists(api_key: int, version: int, name: str, null: str, empty: str) -> None:
    """What they stand for is another thing in every API."""
    assert highlights.if_null(api_key, name) == null
    assert highlights.if_empty(api_key, version, name) == empty
