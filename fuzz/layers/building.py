"""Values that are built and parsed: of any message, with choices that the input makes.

What is built parses to the value that went in, to the last byte; cut anywhere, it is "truncated", and the part that
was read is the beginning of the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.grammars import sample

from fuzz.cursor import BytesRandom, Cursor
from fuzz.layers.bodies import grammars
from structs import registry, wire

if TYPE_CHECKING:
    from collections.abc import Iterator


def seeds() -> Iterator[bytes]:
    """Yield choices: all low, all high, and mixed."""
    for number in range(0, len(grammars()), 11):
        yield number.to_bytes(2) + b"\x40" + bytes(range(0, 250, 3))
        yield number.to_bytes(2) + b"\x90" + bytes(reversed(range(256)))
        yield number.to_bytes(2) + b"\x10" + b"\x7f\x31\xd5" * 40


def check(data: bytes) -> None:
    """Build what the input chooses, and parse it."""
    cursor = Cursor(data)
    choices = grammars()
    grammar = registry.grammar(*choices[cursor.number(2) % len(choices)])
    cut = cursor.number()
    value = sample(grammar, BytesRandom(cursor.rest()))
    built = grammar.build(value)
    decoded = wire.decode(grammar, built)
    assert (decoded.value, decoded.stop, decoded.error, decoded.warnings) == (value, len(built), None, [])
    assert grammar.build(decoded.value) == built
    short = built[: len(built) * cut // 256]
    if len(short) < len(built):
        partial = wire.decode(grammar, short)
        assert partial.error is not None
        assert partial.error.kind == "truncated"
        assert partial.stop <= len(short)
        read = list(partial.value or {})[:-1]  # the last may not be whole
        assert all(partial.value[name] == value[name] for name in read if name != wire.UNKNOWN_TAGS)
