"""The catalogue has every field of every version, and no API more than it needs is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dissector.filters import catalogue
from structs import outline, registry


@pytest.mark.parametrize("side", ["request", "response"])
def test_paths_are_those_of_all_versions(side: str) -> None:
    """As the outline of each layout has them."""
    for api in registry.apis():
        declared = {".".join(path) for path in catalogue.paths(side, api.key)}
        grammars = [registry.grammar(api.key, version, side) for version in api.versions.each()]
        found = {path for grammar in grammars for path, _ in outline.flatten(outline.shapes(grammar))}
        assert found <= declared
        assert all(catalogue.members(side, tuple(path.split(".")), frozenset({api.key})) for path in found)


def test_a_field_of_an_early_layout_alone_is_a_field() -> None:
    """Some fields were dropped before the version that had them was released for good."""
    layouts = [registry.variants(68, 0, "request")[0].grammar, registry.grammar(68, 0, "request")]
    early, final = ({path for path, _ in outline.flatten(outline.shapes(layout))} for layout in layouts)
    for path in early - final:
        assert catalogue.members("request", tuple(path.split(".")), None)


def test_what_leads_nowhere_has_neighbours() -> None:
    assert catalogue.members("request", ("ackz",), None) == ()
    assert catalogue.near("request", ("ackz",), frozenset({0})) == ["request.acks"]
    assert catalogue.near("request", ("error_code",), frozenset({12})) == ["response.error_code"]
    first, *_ = catalogue.near("response", ("partitions", "leader_id"), frozenset({3}))
    assert first == "response.topics.partitions.leader_id"
    assert catalogue.owners("request", ("acks",)) == ["Produce"]


def test_only_the_api_that_is_named_is_loaded() -> None:
    code = (
        "import sys; from dissector import filters\n"
        "filters.parse('api == Produce and not (request.acks == 0 or request.transactional_id)')\n"
        "print(len([name for name in sys.modules if name.startswith('structs.messages.') and '.data' not in name]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 12
