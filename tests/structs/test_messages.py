"""Every API and every schema is declared, and each of its versions is a grammar that reads what it builds."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import pytest

import structs.messages
from structs import grammar, registry, wire
from structs.messages import DATA, MODULES, releases, variants

if TYPE_CHECKING:
    from structs.grammar import Data

PACKAGES = ("structs.messages.data", "structs.messages.variants")
NAMES = [
    module.name
    for module in walk_packages(structs.messages.__path__, "structs.messages.")
    if module.name not in (*PACKAGES, "structs.messages.releases")
]


def schemas(name: str) -> list[Data]:
    """Return what a module declares."""
    return [value for value in vars(import_module(name)).values() if isinstance(value, grammar.Data)]


def test_there_are_95_apis_with_368_versions() -> None:
    apis = registry.apis()
    assert [api.key for api in apis] == list(range(95))
    assert sum(len(list(api.versions.each())) for api in apis) == 368


def test_every_version_resolves_for_both_sides() -> None:
    pairs = [(api.key, version) for api in registry.apis() for version in api.versions.each()]
    messages = [registry.grammar(*pair, side) for pair in pairs for side in ("request", "response")]
    assert len(messages) == 736
    assert all(isinstance(message, wire.Struct) for message in messages)


@pytest.mark.parametrize("name", NAMES)
def test_a_module_declares_its_names_as_they_are_called(name: str) -> None:
    module = import_module(name)
    assert schemas(name)
    assert all(vars(module)[schema.name] is schema for schema in schemas(name))


@pytest.mark.parametrize("name", NAMES)
def test_each_version_reads_what_it_builds_of_defaults(name: str) -> None:
    for schema in schemas(name):
        for version in schema.versions.each():
            layout = schema.at(version)
            data = layout.build({})
            decoded = wire.decode(layout, data)
            assert (decoded.error, decoded.stop) == (None, len(data)), f"{schema.name} {version}"
            assert layout.build(decoded.value) == data


def test_each_api_stands_under_its_own_name() -> None:
    for key, module in MODULES.items():
        constant = getattr(import_module(f"structs.messages.{module}"), module.upper())
        assert isinstance(constant, grammar.Api)
        assert constant.key == key


def test_the_index_names_every_module() -> None:
    indexed = {*MODULES.values(), *DATA.values()}
    assert {f"structs.messages.{module}" for module in indexed} == {name for name in NAMES if PACKAGES[1] not in name}


def test_every_schema_is_found_by_its_name() -> None:
    assert {registry.data(name).name for name in DATA} == DATA.keys()


def test_records_of_one_topic_have_types_of_their_own() -> None:
    """A record type is one schema, or one key and its value."""
    offsets = ("offsets", "consumer_groups", "share_groups", "streams_groups")
    topics = [offsets, ("transactions",), ("share_state",), ("cluster_metadata",), ("remote_log_metadata",)]
    for modules in topics:
        records = [schema for module in modules for schema in schemas(f"structs.messages.data.{module}")]
        kinds = [(record.key, record.name.endswith("Value")) for record in records]
        assert all(key is not None for key, _ in kinds)
        assert len(set(kinds)) == len(kinds)


def test_every_variant_is_one_of_a_version_that_is_known() -> None:
    for (key, version, side), modules in variants.MESSAGES.items():
        assert version in registry.api(key).versions
        for module in modules:
            found = [
                s
                for s in schemas(f"structs.messages.variants.{module}")
                if (s.key, getattr(s, "side", "")) == (key, side)
            ]
            assert [version in schema.versions for schema in found] == [True]
    for (name, version), modules in variants.SCHEMAS.items():
        for module in modules:
            assert version in getattr(import_module(f"structs.messages.variants.{module}"), name).versions


def test_every_version_has_a_first_release() -> None:
    assert {api.key: len(list(api.versions.each())) for api in registry.apis()} == {
        key: len(first) for key, first in releases.FIRST.items()
    }


@pytest.mark.parametrize("schema", ["SaslAuthenticateRequest", "AlterUserScramCredentialsRequest"])
def test_credentials_are_secret(schema: str) -> None:
    (message,) = [m for name in NAMES for m in schemas(name) if m.name == schema]
    secrets = [name for name, kind in fields_of(message.fields) if isinstance(kind, grammar.Secret)]
    assert secrets in (["auth_bytes"], ["salt", "salted_password"])


def fields_of(fields: tuple[grammar.Field, ...]) -> list[tuple[str, Any]]:
    """Return the fields and those of the structs inside, depth first."""
    found: list[tuple[str, Any]] = []
    for name, kind in fields:
        inner = kind.element if isinstance(kind, grammar.Array) else kind
        found += [(name, inner), *(fields_of(inner.fields) if isinstance(inner, grammar.Struct) else [])]
    return found
