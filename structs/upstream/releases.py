"""The table of releases: which one brought a version of an API, and which one dropped it.

No definition says that. The table grew from the sources of every release since 0.8.0; a version that it does not know
came with the release that it is read from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from structs.messages.releases import FIRST, FLOORS, FORMER_NAMES

if TYPE_CHECKING:
    from structs.upstream.definitions import Definitions


def module(definitions: Definitions, release: str) -> str:
    """Return structs/messages/releases.py, grown by what `release` is the first to have."""
    first = dict(FIRST)
    for (kind, key), definition in definitions.items():
        if kind == "request" and isinstance(key, int):
            known = first.get(key, ())
            highest = definition.versions.highest or 0
            first[key] = known + (release,) * (highest + 1 - len(known))
    return "\n".join(
        [
            '"""Which release of Kafka brought a version of an API, and which dropped it."""',
            "",
            "# API key -> the release that brought version 0, 1, 2, ...",
            "FIRST: dict[int, tuple[str, ...]] = {",
            *(f"    {key}: {_tuple(first[key])}," for key in sorted(first)),
            "}",
            "",
            "# API key -> (release, the lowest version that it still speaks; None: it has dropped the API)",
            "FLOORS: dict[int, tuple[tuple[str, int | None], ...]] = {",
            *(f"    {key}: {_floors(FLOORS[key])}," for key in sorted(FLOORS)),
            "}",
            "",
            "# API key -> the names that it had before",
            "FORMER_NAMES: dict[int, tuple[str, ...]] = {",
            *(f"    {key}: {_tuple(FORMER_NAMES[key])}," for key in sorted(FORMER_NAMES)),
            "}",
            "",
        ]
    )


def _tuple(names: tuple[str, ...]) -> str:
    return "(" + ", ".join(f'"{name}"' for name in names) + ("," if len(names) == 1 else "") + ")"


def _floors(floors: tuple[tuple[str, int | None], ...]) -> str:
    return "(" + " ".join(f'("{release}", {lowest}),' for release, lowest in floors) + ")"
