"""What people call an API or a schema -> its declarations."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from structs import headers, registry
from structs.messages import DATA, MODULES
from structs.messages.releases import FORMER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structs.grammar import Api, Data, Side

_HEADERS: Final = {schema.name: schema for schema in (headers.RequestHeader, headers.ResponseHeader)}
_SIDES: Final[tuple[Side, Side]] = ("request", "response")


def find(name: str) -> list[Data]:
    """Return what a name stands for: an API's request and response, one of the two, or a schema; [] for nothing.

    "Fetch", "fetch", "1", "FetchRequest", "list_offsets", "ListOffset" (as it was), "VotersRecord", "RequestHeader".
    """
    if name.isdecimal():
        return _messages(int(name), _SIDES)
    wanted = _normalized(name)
    for schema in (*_HEADERS, *DATA):
        if _normalized(schema) == wanted:
            return [_HEADERS[schema] if schema in _HEADERS else registry.data(schema)]
    keys = _keys()
    if wanted in keys:
        return _messages(keys[wanted], _SIDES)
    for side in _SIDES:
        if wanted.endswith(side) and wanted.removesuffix(side) in keys:
            return _messages(keys[wanted.removesuffix(side)], (side,))
    return []


def apis_like(words: Iterable[str]) -> list[Api]:
    """Return the APIs with any of the words in their name, or in a former one, and those with any as their key."""
    wanted = {_normalized(word) for word in words}

    def is_wanted(api: Api) -> bool:
        names = [_normalized(name) for name in (api.name, *FORMER_NAMES.get(api.key, ()))]
        return str(api.key) in wanted or any(word in name for word in wanted for name in names)

    return [api for api in registry.apis() if is_wanted(api)]


def similar(name: str) -> list[str]:
    """Return the names that come nearest to one that stands for nothing, the nearest first."""
    spelled = {_normalized(schema): schema for schema in (*_HEADERS, *DATA)}
    wanted, keys = _normalized(name), _keys()
    matches = get_close_matches(wanted, [*keys, *spelled], n=3, cutoff=0.7)
    matches += [known for known in (*keys, *spelled) if wanted and wanted in known and known not in matches]
    names = [spelled.get(match) or _messages(keys[match], _SIDES)[0].name.removesuffix("Request") for match in matches]
    return list(dict.fromkeys(names))[:3]


def _messages(key: int, sides: tuple[Side, ...]) -> list[Data]:
    return [registry.message(key, side) for side in sides] if key in MODULES else []


def _keys() -> dict[str, int]:
    """Return the API keys by name; no module is loaded for that, as modules are called what APIs are."""
    former = {_normalized(name): key for key, names in FORMER_NAMES.items() for name in names}
    return former | {_normalized(module): key for key, module in MODULES.items()}


def _normalized(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
