"""The way from (API key, version, side) to a grammar."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from structs import headers, outline, registry
from structs.messages import DATA, MODULES
from structs.messages.variants import MESSAGES

if TYPE_CHECKING:
    from structs.grammar import Side

SIDES: tuple[Side, ...] = ("request", "response")


def imported_after(statement: str) -> set[str]:
    """Return the modules of declarations that a fresh interpreter has after a statement."""
    program = f"import sys; from structs import registry; {statement}; print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    modules = {f"structs.messages.{module}" for module in (*MODULES.values(), *DATA.values())}
    return modules & set(names)


def test_declarations_are_loaded_when_they_are_asked_for() -> None:
    assert imported_after("pass") == set()
    assert imported_after("registry.grammar(3, 12, 'response')") == {"structs.messages.metadata"}
    assert imported_after("registry.api(18)") == {"structs.messages.api_versions"}
    assert imported_after("registry.data('TopicRecord')") == {"structs.messages.data.cluster_metadata"}


def test_every_api_is_found_under_its_key() -> None:
    apis = registry.apis()
    assert [api.key for api in apis] == sorted(MODULES)
    for api in apis:
        assert registry.api(api.key) is api
        for side in SIDES:
            message = registry.message(api.key, side)
            assert (message.api, message.side, message.key) == (api, side, api.key)
            assert message.name == f"{api.name}{side.capitalize()}"


def test_every_schema_is_found_under_its_name() -> None:
    for name in DATA:
        assert registry.data(name).name == name


def test_a_grammar_is_made_once() -> None:
    assert registry.grammar(3, 9, "request") is registry.grammar(3, 9, "request")
    assert registry.grammar(3, 9, "request") is registry.message(3, "request").at(9)
    assert registry.grammar(3, 9, "request") is not registry.grammar(3, 9, "response")


def test_a_header_is_known_for_versions_that_are_not() -> None:
    assert registry.header(3, 99, "request") is headers.RequestHeader.at(2)
    assert registry.header(3, 99, "response") is headers.ResponseHeader.at(1)
    assert registry.header(18, 99, "response") is headers.ResponseHeader.at(0)
    assert registry.header(7, 0, "request") is headers.RequestHeader.at(0)


@pytest.mark.parametrize("key", [-1, 95, 32767])
def test_an_unknown_key_is_none_or_a_lookup_error_that_names_it(key: int) -> None:
    assert registry.api(key) is None
    for side in SIDES:
        for look_up in (
            lambda side=side: registry.message(key, side),
            lambda side=side: registry.grammar(key, 0, side),
            lambda side=side: registry.header(key, 0, side),
        ):
            with pytest.raises(LookupError, match=f"no API has the key {key}"):
                look_up()


def test_an_unknown_version_is_a_lookup_error_that_says_which_there_are() -> None:
    with pytest.raises(LookupError, match="MetadataRequest has no version 99, only 0-13"):
        registry.grammar(3, 99, "request")
    with pytest.raises(LookupError, match="has no version -1"):
        registry.grammar(3, -1, "response")


def test_an_unknown_schema_is_a_lookup_error_that_names_it() -> None:
    with pytest.raises(LookupError, match="no data schema is called Nonsense"):
        registry.data("Nonsense")


def test_variants_are_the_early_layouts_the_latest_first() -> None:
    """Each with the release that brought it, and different from the layout of today; nearly no version has one."""
    assert registry.variants(3, 1, "request") == []
    for (key, version, side), modules in MESSAGES.items():
        found = registry.variants(key, version, side)
        assert [f"kafka_{variant.release.replace('.', '_')}" for variant in found] == list(modules)
        today = registry.grammar(key, version, side)
        assert all(outline.changes(today, variant.grammar) for variant in found)
