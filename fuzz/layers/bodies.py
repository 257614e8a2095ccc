"""Bodies of messages, of any API and version.

Decoding never raises, stops within the bytes, and stays there: what follows does not change what was read, and the
kind of buffer does not either. Straight code and the interpreter agree. With byte ranges or without, the value is the
same, and the ranges lie within the bytes. What was read without an error can be built, and gives the same value again.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from fuzz import samples
from fuzz.cursor import Cursor
from structs import registry, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structs.grammar import Side

_SIDES: Final[tuple[Side, Side]] = ("request", "response")
_BUILDABLE: Final = frozenset({"trailing_bytes", "malformed"})


def seeds() -> Iterator[bytes]:
    """Yield bodies of the captures, and one for every version of every API: a few zeros."""
    numbers = {grammar: number for number, grammar in enumerate(grammars())}
    for body in samples.bodies():
        number = numbers.get((body.api_key, body.version, body.side))
        if number is not None:
            yield number.to_bytes(2) + body.data[:4000]
    for number in range(0, len(numbers), 7):
        yield number.to_bytes(2) + bytes(40)


@cache
def grammars() -> tuple[tuple[int, int, Side], ...]:
    """Return every API key, version and side that there is."""
    return tuple(
        (api.key, version, side) for api in registry.apis() for version in api.versions.each() for side in _SIDES
    )


def check(data: bytes) -> None:
    """Decode a body."""
    cursor = Cursor(data)
    choices = grammars()
    grammar = registry.grammar(*choices[cursor.number(2) % len(choices)])
    body = cursor.rest()
    for spans in (False, True):
        grammar.compiled(wire.WARM, spans=spans)
    decoded = wire.decode(grammar, body)
    _hold(decoded, len(body))
    assert _said(wire.decode(grammar, memoryview(body))) == _said(decoded)
    amid = wire.decode(grammar, b"\xff" + body, 1)
    assert repr(amid.value) == repr(decoded.value)
    assert amid.stop == decoded.stop + 1
    if decoded.error is None:
        followed = wire.decode(grammar, body + b"\x7f\x80\xff")
        assert (repr(followed.value), followed.stop, followed.error) == (repr(decoded.value), decoded.stop, None)
    spanned = wire.decode(grammar, body, spans=True)
    assert _said(spanned) == _said(decoded)
    interpreted = wire.interpret(grammar, body, spans=True)
    assert (_said(interpreted), interpreted.spans) == (_said(decoded), spanned.spans)
    assert spanned.spans is not None
    assert all(0 <= start <= stop <= len(body) for start, stop in spanned.spans.values())
    if decoded.error is None and all(warning.kind in _BUILDABLE for warning in decoded.warnings):
        built = grammar.build(decoded.value)
        again = wire.decode(grammar, built)
        assert (again.stop, again.error) == (len(built), None)
        assert grammar.build(again.value) == built  # the values may differ: NaN from itself, tags in their order


def _said(decoded: wire.Decoded) -> tuple[Any, ...]:
    return repr(decoded.value), decoded.stop, decoded.error, decoded.warnings  # NaN differs from itself


def _hold(decoded: wire.Decoded, size: int) -> None:
    assert 0 <= decoded.stop <= size
    for problem in (*decoded.warnings, *filter(None, [decoded.error])):
        assert problem.kind
        assert 0 <= problem.offset <= size, problem
        assert problem.message.isprintable(), problem
