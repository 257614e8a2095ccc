"""Which fields the bodies of the APIs have, over all versions: what a path in a filter may lead to.

Only the APIs that a filter names are loaded, where it names some; all of them where nothing says which.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dissector.filters import bodies
from structs import fields, registry, wire
from structs.messages import MODULES
from structs.messages.variants import MESSAGES as VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from structs.grammar import Side

_LAYOUT: Final = fields.Layout(0, flexible=True, nullable=False, tagged=False)

Apis = frozenset[int] | None  # keys; None where nothing says which


@lru_cache(maxsize=256)
def members(side: Side, path: bodies.Path, apis: Apis) -> tuple[wire.Member, ...]:
    """Return what a path leads to in the messages of these APIs, in whatever version."""
    found = []
    for key in _keys(apis):
        kind = _type_at(registry.message(key, side).fields, path)
        if kind is not None:
            found.append(wire.Member(path[-1], kind.node(_LAYOUT), None))
    for api_key, version, of_side in VARIANTS:
        if of_side == side and (apis is None or api_key in apis):
            places = (bodies.place_of(variant.grammar, path) for variant in registry.variants(api_key, version, side))
            found += [place.member for place in places if place is not None]
    return tuple(found)


def leads_to_records(side: Side, path: bodies.Path, apis: Apis) -> bool:
    """Say whether a path goes on behind a field of records."""
    return any(
        isinstance(_type_at(registry.message(key, side).fields, path[:depth]), fields.RecordBatches)
        for key in _keys(apis)
        for depth in range(1, len(path))
    )


def paths(side: Side, key: int) -> Iterator[tuple[str, ...]]:
    """Yield every path of an API's request or response."""
    yield from _paths(registry.message(key, side).fields, ())


def near(side: Side, path: bodies.Path, apis: Apis) -> list[str]:
    """Return the paths, with their sides, that come nearest to one that leads nowhere; the nearest first.

    Those are the same path on the other side, paths that have all its names (some in between were left out), and
    those that are spelled alike.
    """
    other: Side = "response" if side == "request" else "request"
    if members(side, path, apis):
        return [f"{side}.{'.'.join(path)}"]
    if members(other, path, apis):
        return [f"{other}.{'.'.join(path)}"]
    known = {found for key in _keys(apis) for found in paths(side, key)}
    longer = [found for found in known if found[-1] == path[-1] and set(path) <= set(found)]
    longer.sort(key=lambda found: (len(found), found))
    alike = get_close_matches(".".join(path), sorted(".".join(found) for found in known), n=2, cutoff=0.7)
    nearest = dict.fromkeys([*(".".join(found) for found in longer[:2]), *alike])
    return [f"{side}.{found}" for found in nearest][:2]


def owners(side: Side, path: bodies.Path) -> list[str]:
    """Return the names of the APIs whose requests or responses have a path."""
    return [registry.message(key, side).api.name for key in sorted(MODULES) if members(side, path, frozenset({key}))]


def _keys(apis: Apis) -> Iterable[int]:
    return sorted(MODULES if apis is None else apis & MODULES.keys())


def _type_at(declared: Iterable[fields.Field], path: bodies.Path) -> fields.Type | None:
    for name, kind in declared:
        if name == path[0]:
            if len(path) == 1:
                return kind
            inner = kind.element if isinstance(kind, fields.Array) else kind
            return _type_at(inner.fields, path[1:]) if isinstance(inner, fields.Struct) else None
    return None


def _paths(declared: Iterable[fields.Field], prefix: bodies.Path) -> Iterator[bodies.Path]:
    for name, kind in declared:
        yield (*prefix, name)
        inner = kind.element if isinstance(kind, fields.Array) else kind
        if isinstance(inner, fields.Struct):
            yield from _paths(inner.fields, (*prefix, name))
