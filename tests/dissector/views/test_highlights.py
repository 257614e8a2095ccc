"""What is chosen to be shown exists in the grammars."""

import pytest

from dissector.views import highlights
from structs import registry


def fields(api_key: int, side: str) -> set[str]:
    return {name for name, _ in registry.message(api_key, side).fields}


@pytest.mark.parametrize("api_key", highlights.CHOSEN)
def test_chosen_fields_exist(api_key: int) -> None:
    """A field that Kafka renamed would silently vanish from the lines."""
    for side, chosen in zip(("request", "response"), highlights.CHOSEN[api_key], strict=True):
        assert set(chosen.split()) <= fields(api_key, side)


@pytest.mark.parametrize(("api_key", "name"), sorted(highlights.COUNTED | highlights.ALL_IF_NULL))
def test_special_fields_exist(api_key: int, name: str) -> None:
    assert name in fields(api_key, "request") | fields(api_key, "response")
