"""The fuzzed layers, without a fuzzer: every invariant holds for the seeds, and for seeds damaged at random."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import bounds
from fuzz.bounds import BoundError, bounded
from fuzz.layers import NAMES, layer

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn

MANY = 200  # seeds of a layer that are checked


@cache
def seeds(name: str) -> list[bytes]:
    found = list(layer(name).seeds())
    return found[:: -(-len(found) // MANY)]


@st.composite
def damaged(draw: DrawFn, name: str) -> bytes:
    """Draw a seed that is cut, lengthened, or has bytes changed."""
    data = bytearray(draw(st.sampled_from(seeds(name))))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        stop = at + draw(st.integers(0, 8))
        data[at:stop] = draw(st.one_of(st.binary(max_size=8), st.sampled_from((b"\xff" * 4, b"\x7f\xff\xff\xff"))))
    return bytes(data)


@pytest.mark.parametrize("name", NAMES)
def test_seeds(name: str) -> None:
    """There are seeds, and each holds, within its bounds of memory as well."""
    assert len(seeds(name)) > 20
    for seed in seeds(name):
        bounded(layer(name).check, seed, traced=True, allowance=getattr(layer(name), "ALLOWANCE", 0))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_damaged_seeds(name: str, data: st.DataObject) -> None:
    """Damage is reported in its place and goes no further."""
    layer(name).check(data.draw(damaged(name)))


def test_bounds_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An input that takes too long, or too much memory for its size, does not pass."""
    monkeypatch.setattr(bounds, "MAX_SECONDS", 0.1)

    def slow(_: bytes) -> None:
        sum(range(20_000_000))

    def large(data: bytes) -> None:
        bytearray(100_000_000 + len(data))

    check: Callable[[bytes], None]
    for check in (slow, large):
        with pytest.raises(BoundError, match="3 bytes took"):
            bounded(check, b"abc", traced=True)
