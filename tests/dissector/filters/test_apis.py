"""APIs by what people call them."""

from __future__ import annotations

import pytest

from dissector.filters.apis import Api, key_of
from dissector.filters.errors import FilterError
from dissector.filters.tree import Word
from structs import registry
from structs.messages.releases import FORMER_NAMES


def test_every_api_has_its_name_its_key_and_its_former_names() -> None:
    for api in registry.apis():
        for text in (api.name, api.name.lower(), str(api.key), *FORMER_NAMES.get(api.key, ())):
            assert key_of(Word(text, 1)) == api.key
        assert Api().text(api.key) == api.name
        assert Api().is_true(api.key)


def test_underscores_do_not_count() -> None:
    assert key_of(Word("list_offsets", 1)) == 2


def test_keys_may_be_unknown() -> None:
    assert key_of(Word("32767", 1)) == 32767
    assert Api().text(32767) is None


@pytest.mark.parametrize("text", ["Ftch", "FetchRequest", "VotersRecord", "", "zzz"])
def test_others_are_refused(text: str) -> None:
    """One side of an API and schemas that are no APIs among them."""
    with pytest.raises(FilterError, match=f"^unknown API {text}: "):
        key_of(Word(text, 1))
