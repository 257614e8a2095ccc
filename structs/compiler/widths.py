"""What the fields of a grammar are to the struct module: their format codes, and which stand side by side."""

from __future__ import annotations

import struct
from itertools import groupby
from typing import TYPE_CHECKING, Final

from structs import wire

if TYPE_CHECKING:
    from collections.abc import Iterable

UUID: Final = "16s"
_BYTES: Final = frozenset("Bb?")  # codes of a single byte, which is read without a call


def size_of(codes: Iterable[str]) -> int:
    """Return how many bytes values of these codes take."""
    return struct.calcsize(f">{''.join(codes)}")


def folded(codes: Iterable[str]) -> str:
    """Return a format as people write it: "4i" for four times "i"."""
    text = ""
    for code, same in groupby(codes):
        count = len(list(same))
        text += code * count if count == 1 or code == UUID else f"{count}{code}"
    return text


def code_of(node: wire.Node) -> str | None:
    """Return the code of a node, None if it has no fixed width."""
    if type(node) is wire.Number:
        return node.code
    if type(node) is wire.Boolean:
        return "?"
    return UUID if type(node) is wire.Uuid else None


def codes_of(node: wire.Struct) -> list[str] | None:
    """Return the codes of a struct's fields, None where not all of them have a fixed width, or there are none."""
    codes = [code for member in node.members if (code := code_of(member.node)) is not None]
    return codes if codes and len(codes) == len(node.members) and not node.tagged else None


def length_of(node: wire.Prefixed, name: str) -> tuple[str, str]:
    """Return the code of the length in front of a value, and a name for it; of a compact one the first byte's."""
    return "B" if node.compact else node.code, f"{name}_{'count' if isinstance(node, wire.Array) else 'length'}"


def following(node: wire.Struct, number: int) -> list[tuple[str, str]]:
    """Return codes and names of what stands behind a member that is often empty, up to the next length.

    Nothing where a member seldom is, or where to read it together with what follows spares no call.
    """
    if not _is_often_empty(node, node.members[number].node):
        return []
    found = []
    for member in node.members[number + 1 :]:
        code = code_of(member.node)
        if code is not None:
            found.append((code, member.name))
            continue
        if isinstance(member.node, wire.Prefixed):
            found.append(length_of(member.node, member.name))
        break
    else:
        if node.tagged is not None:
            found.append(("B", "tags"))
    return [] if _BYTES.issuperset(code for code, _ in found) else found


def _is_often_empty(around: wire.Struct, node: wire.Node) -> bool:
    """Guess: what may be null often is, and arrays of structs behind the first array tell what is out of the ordinary.

    Compact strings are left out: their length is a byte.
    """
    if isinstance(node, wire.String):
        return node.nullable and not node.compact
    if not isinstance(node, wire.Array):
        return False
    first = next(member.node for member in around.members if isinstance(member.node, wire.Array))
    return node.nullable or (node is not first and isinstance(node.element, wire.Struct))
