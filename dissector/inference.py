"""Reading messages whose grammar nobody names: responses without their requests, and versions newer than known.

A response without its request is tried against the responses of every API and version. The evidence asked for is that
exactly one API's grammar reads it: header and body, to the last byte, without an error or a warning, with no error
code that Kafka does not have. Versions that read the same count as one; where an API's layouts read a response
differently, what was asked for on its connection must leave one reading, since a client stays with a version. What has
been asked for never decides between APIs: tried, that was wrong in one case of forty.

Measured on the whole responses of all sample captures, each taken for an orphan: half are read with nothing known of
their connections, three quarters where the rest of these is there; none as another API's, none as another body
(tests/captures/test_inference.py holds that). The others are small: empty lists, bare error codes, or APIs whose
responses are alike.

A message of a version newer than the newest known one is read by that one. It is taken if there is no error, no
warning, no unknown error code, and at most as many bytes behind it as it reads: a new version appends fields.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.recognition import has_known_errors, read_whole
from structs import headers, registry, wire
from structs.outline import shapes

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from structs.grammar import Side

Asked = set[tuple[int, int]]  # pairs of API key and version

MAX_TRIALS: Final = 10_000  # what trying orphans may cost in one capture, in milliseconds or so: see `Trials`
MAX_ELEMENTS: Final = 20_000  # of arrays, for one grammar: what a hostile response can make it read costs as much
_COST_FITTING: Final = 4096  # bytes that are tried for 1
_COST_MISSING: Final = 256


class Guess(NamedTuple):
    """What a response without its request is: None where that is not clear, with how many APIs fit its bytes."""

    api_key: int | None
    version: int | None
    fitting: int


class _Layout(NamedTuple):
    """A layout of a response, and the versions of the API that have it."""

    api_key: int
    versions: list[int]
    grammar: wire.Struct


class Trials:
    """Tries orphan responses against the grammars, as long as that costs `limit` at most.

    A capture may hold nothing else, and hostile bytes keep many grammars busy for long: each trial costs 1, and 1 more
    for every 4 KiB of the response, or for every 256 bytes where nothing fits. Half of it is left for whole responses
    where boundaries are searched for (`fitting`).
    """

    def __init__(self, limit: int = MAX_TRIALS) -> None:
        self._left = limit
        self._reserved = limit // 2

    def fitting(self, data: bytes | memoryview) -> int:
        """Return how many APIs a whole response may be of: 0 also where no more responses are tried."""
        return len(self._try(data)) if self._left > self._reserved else 0

    def response(self, data: bytes | memoryview, asked: Sequence[Asked] = ()) -> Guess:
        """Guess what a whole response is; `asked` is what its connection was asked for, then what its server was."""
        found = self._try(data) if self._left > 0 else {}
        if len(found) != 1:
            return Guess(None, None, len(found))
        ((key, layouts),) = found.items()
        versions = _agreed(key, layouts, asked[0] if asked else set())
        if versions is None:
            return Guess(None, None, 1)
        known = [max(both) for pairs in asked if (both := [version for version in versions if (key, version) in pairs])]
        return Guess(key, known[0] if known else versions[0], 1)

    def _try(self, data: bytes | memoryview) -> dict[int, list[tuple[list[int], Any]]]:
        found = _fitting(data)
        self._left -= 1 + len(data) // (_COST_FITTING if found else _COST_MISSING)
        return found


def nearest_version(
    api_key: int, version: int, side: Side, data: bytes | memoryview, start: int
) -> tuple[int, wire.Struct] | None:
    """Return the newest known version of an API, if it makes sense of a body of a newer one; None otherwise."""
    newest = registry.message(api_key, side).api.versions.highest
    if newest is None or version <= newest or start >= len(data):
        return None
    grammar = registry.grammar(api_key, newest, side)
    decoded = wire.decode(grammar, data, start)
    if decoded.error is not None or decoded.warnings or not has_known_errors(decoded.value):
        return None
    return (newest, grammar) if len(data) - decoded.stop <= decoded.stop - start else None


def _fitting(data: bytes | memoryview) -> dict[int, list[tuple[list[int], Any]]]:
    """Return, per API whose grammars read all of a response, the versions that do and the values that they read."""
    found: dict[int, list[tuple[list[int], Any]]] = {}
    for header_version, layouts in enumerate(_layouts()):
        header = wire.decode(headers.ResponseHeader.at(header_version), data)
        if header.error is not None or header.warnings:
            continue
        room = len(data) - header.stop
        for key, versions, grammar in layouts:
            value = (
                read_whole(grammar, data, header.stop, elements=MAX_ELEMENTS) if grammar.minimum_size <= room else None
            )
            if value is not None:
                found.setdefault(key, []).append((versions, (header_version, value)))
    return found


def _agreed(key: int, layouts: list[tuple[list[int], Any]], asked: Asked) -> list[int] | None:
    """Return the versions that read the same: all that fit, or all of those that were asked for."""
    readings: list[tuple[list[int], Any]] = []
    for versions, value in layouts:
        same = next((known for known, other in readings if other == value), None)
        if same is None:
            readings.append((list(versions), value))
        else:
            same += versions
    if len(readings) > 1:
        readings = [reading for reading in readings if any((key, version) in asked for version in reading[0])]
    return readings[0][0] if len(readings) == 1 else None


@cache
def _layouts() -> tuple[list[_Layout], list[_Layout]]:
    """Return every layout that the response of an API has, with its versions in order; by the header's version."""
    layouts: tuple[dict[Hashable, _Layout], dict[Hashable, _Layout]] = ({}, {})
    for api in registry.apis():
        for version in api.versions.each():
            grammar = registry.grammar(api.key, version, "response")
            known = layouts[headers.response_header_version(api, version)]
            layout = known.setdefault(
                (api.key, grammar.tagged is None, repr(shapes(grammar))), _Layout(api.key, [], grammar)
            )
            layout.versions.append(version)
    return list(layouts[0].values()), list(layouts[1].values())
