"""What stands beside a field in JSON: `error_name` beside `error_code`, `topic_name` beside `topic_id`.

Only what a field's type tells; payloads are the concern of those who make values (see `projection`).
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import enumerations, wire
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Callable

_error_name: Final = lru_cache(maxsize=1024)(error_name)


class Beside(NamedTuple):
    """What stands beside a field: its name, and what makes it of the field's value, if that is not null.

    `of` is None for the name of a topic, which what was captured tells, by the id. `is_optional` says that nothing
    stands there where nothing comes of the value.
    """

    name: str
    of: Callable[[Any], Any] | None
    is_optional: bool = False


@cache
def besides(struct: wire.Struct) -> dict[str, Beside]:
    """Return what stands beside the fields of a struct, by their names; fields that it has themselves win."""
    found = {member.name: _beside(member) for member in struct.each_member()}
    return {name: beside for name, beside in found.items() if beside is not None and beside.name not in found}


def _beside(member: wire.Member) -> Beside | None:
    name, node = member.name, member.node
    if isinstance(node, wire.Array):
        inside = node.element.meaning
        return Beside(f"{name}_names", _names(inside.detail)) if inside and inside.name == "enumeration" else None
    if node.meaning is None:
        return None
    meaning, detail = node.meaning
    if meaning == "error_code":
        return Beside(f"{name.removesuffix('_code')}_name", _error_name)
    if meaning == "topic_id":
        return Beside(f"{name.removesuffix('_id')}_name", None)
    if meaning == "authorized_operations":
        return Beside(f"{name}_names", enumerations.operation_names)
    if meaning == "enumeration":
        is_optional = detail in enumerations.SENTINELS
        return Beside(f"{name}_name", enumerations.TABLES[detail].get, is_optional)
    return None


def _names(table: str) -> Callable[[list[int]], list[str | None]]:
    names = enumerations.TABLES[table]
    return lambda values: [names.get(value) for value in values]
