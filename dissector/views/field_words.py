"""What a single field says on a line, whatever stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from dissector.views import highlights, wording
from dissector.views.escape import printable
from dissector.views.meanings import meaning_of
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dissector.views.style import Words

_EMPTY: Final = ("", b"", wire.ZERO_UUID)


@dataclass(frozen=True, eq=False, slots=True)
class Field:
    """A field, and what tells of its values; `struct` is what it is, may be, or is a list of, `element` its type then.

    `label` is its name on a line. `tell` takes a summary, this and the value.
    """

    name: str
    node: wire.Node
    meaning: str
    element: wire.Node
    struct: wire.Struct | None
    default: Any
    label: str
    tell: Callable[[Any, Field, Any], Sequence[Words]]


def spoken(field: Field, value: Any) -> Sequence[Words]:
    """Say what a field holds, where that is not what it holds by default."""
    name = field.name
    if isinstance(value, bool):
        words = highlights.BOOLEAN_WORDS.get(name)
        return [words[value]] if words is not None else [field.label] if value else []
    if (value == field.default and (value != 0 or name not in highlights.ZERO_TELLS)) or value in _EMPTY:
        return []
    text = scalar(name, value, field.node)
    return [] if text == "-1" else [f"{field.label}={text}"]  # Kafka's "none", where it is nothing else


#: The same of numbers and text, most of which come again and again.
repeated: Final = lru_cache(maxsize=512)(spoken)


def scalar(name: str, value: Any, node: wire.Node) -> str:
    """Return a value as text; `name` is its field's."""
    if isinstance(value, str | bytes):
        text = wording.elide(printable(value), highlights.LONG.get(name, wording.LONGEST))
        return f'"{text}"' if " " in text else text
    return meaning_of(name, value, node) or str(value)


def session(session: int, epoch: int | None) -> str:
    """Return a fetch session (KIP-227); the response has no epoch."""
    if session == 0:
        return "session=new" if epoch == 0 else ""
    return f"session={session}" + ("" if epoch is None else " close" if epoch == -1 else f"/{epoch}")


def endpoint(value: Mapping[str, Any]) -> str:
    """Return the address that a struct holds, with the node's id; empty where there is none."""
    host, port = value.get("host"), value.get("port")
    if not host:
        return ""
    text = f"{wording.elide(printable(host), 60)}:{port}"
    node = value.get("node_id", value.get("broker_id", -1))
    if node >= 0:
        text = f"{node}@{text}"
    key = value.get("key")
    return f"{wording.elide(printable(key))} at {text}" if key else text


def meaning_name(node: wire.Node) -> str:
    """Return what a node's values stand for, empty where they speak for themselves."""
    return node.meaning.name if node.meaning is not None else ""


def label_of(name: str) -> str:
    """Return how a field is called on a line."""
    name = name.removeprefix("v3_and_below_")
    return highlights.LABELS.get(name, name)
