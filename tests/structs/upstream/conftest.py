"""What the generator's tests share: small definitions made by hand, and the official ones where their jars are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import pytest

from structs.upstream import sources, variants
from structs.upstream.__main__ import CACHE
from structs.upstream.definitions import Definition, Definitions, define
from structs.upstream.merge import merge_all

if TYPE_CHECKING:
    from pathlib import Path


class Define(Protocol):
    def __call__(self, *fields: dict[str, Any], **top: Any) -> Definition: ...


@pytest.fixture
def request_definition() -> Define:
    """Make the definition of a request named Thing from its fields; keyword arguments replace what stands on top."""

    def make(*fields: dict[str, Any], **top: Any) -> Definition:
        document = {
            "apiKey": 7,
            "type": "request",
            "name": "ThingRequest",
            "validVersions": "0-3",
            "fields": list(fields),
        }
        return define(document | top, "clients")

    return make


@pytest.fixture(scope="session")
def cache() -> Path:
    """The folder of the official jars; what it lacks skips the test."""
    lacking = sources.missing(sources.read_listing(), CACHE)
    if lacking:
        pytest.skip(f"not in {CACHE}: {', '.join(lacking)} (python -m structs.upstream fetch)")
    return CACHE


@pytest.fixture(scope="session")
def layers(cache: Path) -> list[Definitions]:
    """The official definitions, layer by layer."""
    return sources.read_layers(sources.read_listing(), cache)


@pytest.fixture(scope="session")
def merged(layers: list[Definitions]) -> Definitions:
    """The official definitions, laid over one another."""
    return merge_all(layers)


@pytest.fixture(scope="session")
def early(cache: Path, merged: Definitions) -> variants.Variants:
    """The early layouts that the merged definitions do not read."""
    return variants.find(merged, sources.read_early(sources.read_listing(), cache))
