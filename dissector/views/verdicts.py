"""Errors that structs report, at any depth: which, how often, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from dissector.views import wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces
from structs import wire
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def first_error(node: wire.Struct, values: Mapping[str, Any]) -> str:
    """Return the name of the first error of a struct, an empty string if there is none."""
    for member in node.each_member():
        if is_error_code(member.node) and values.get(member.name):
            return error_name(values[member.name])
    return ""


def has_error(node: wire.Struct, values: Mapping[str, Any]) -> bool:
    """Say whether an error stands in a struct, or in a list inside of it."""
    if first_error(node, values):
        return True
    return any(
        has_error(member.node.element, inner)
        for member in node.each_member()
        if isinstance(member.node, wire.Array) and isinstance(member.node.element, wire.Struct)
        for inner in values.get(member.name) or ()
    )


def error_counts(node: wire.Struct, elements: Iterable[Mapping[str, Any]]) -> Pieces:
    """Return how many elements of a list report which error; nothing if none does."""
    names = Counter(error for values in elements if (error := first_error(node, values)))
    if not names:
        return []
    return [Piece(" (" + ", ".join(f"{count} {name}" for name, count in names.items()) + ")", "error")]


def reason(values: Mapping[str, Any]) -> Pieces:
    """Return what a broker says about the error in a struct, in its own words."""
    text = values.get("error_message")
    return [Piece(f' "{wording.elide(printable(text), 80)}"', "error")] if text else []


def is_error_code(node: wire.Node) -> bool:
    """Say whether a field holds one of Kafka's errors."""
    return node.meaning is not None and node.meaning.name == "error_code"
