"""Which grammar reads which bytes: (API key, version, side) -> construct, loaded when it is first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from structs import headers
from structs.grammar import Api, Data, Message
from structs.messages import DATA, MODULES
from structs.messages.variants import MESSAGES

if TYPE_CHECKING:
    from structs import wire
    from structs.grammar import Side


class Variant(NamedTuple):
    """A layout that a version number had in early releases: the one that brought it ("3.5"), and its construct."""

    release: str
    grammar: wire.Struct


def apis() -> list[Api]:
    """Return every API, ordered by key."""
    return [_messages(key)["request"].api for key in sorted(MODULES)]


def api(api_key: int) -> Api | None:
    """Return the API with this key, None if there is none."""
    return _messages(api_key)["request"].api if api_key in MODULES else None


def message(api_key: int, side: Side) -> Message:
    """Return the declaration of an API's request or response; raise LookupError for an unknown API key."""
    if api_key not in MODULES:
        raise LookupError(f"no API has the key {api_key}")
    return _messages(api_key)[side]


def grammar(api_key: int, version: int, side: Side) -> wire.Struct:
    """Return the construct of a body; raise LookupError for an unknown API key or version."""
    return message(api_key, side).at(version)


def variants(api_key: int, version: int, side: Side) -> list[Variant]:
    """Return the early layouts of a version number, the latest first; nearly all have none.

    The rule that picks one: `grammar` comes first. Where it does not take every byte of a body without an error, the
    first variant that does is the one; where none does either, it is `grammar` all the same.
    """
    found = []
    for name in MESSAGES.get((api_key, version, side), ()):
        release = name.removeprefix("kafka_").replace("_", ".")
        found.append(Variant(release, _declared(f"variants.{name}", api_key)[side].at(version)))
    return found


def header(api_key: int, version: int, side: Side) -> wire.Struct:
    """Return the construct of the header before that body; raise LookupError for an unknown API key.

    The rule is open-ended: a version above the newest known one has a header as well.
    """
    known = message(api_key, side).api
    if side == "request":
        return headers.RequestHeader.at(headers.request_header_version(known, version))
    return headers.ResponseHeader.at(headers.response_header_version(known, version))


def data(name: str) -> Data:
    """Return the declaration of a schema that travels inside messages; raise LookupError if there is none."""
    if name not in DATA:
        raise LookupError(f"no data schema is called {name}")
    found = getattr(import_module(f"structs.messages.{DATA[name]}"), name)
    assert isinstance(found, Data)  # noqa: S101 (the index is generated beside the declarations)
    return found


@cache
def _messages(key: int) -> dict[Side, Message]:
    return _declared(MODULES[key], key)


def _declared(name: str, key: int) -> dict[Side, Message]:
    module = import_module(f"structs.messages.{name}")
    return {value.side: value for value in vars(module).values() if isinstance(value, Message) and value.key == key}
