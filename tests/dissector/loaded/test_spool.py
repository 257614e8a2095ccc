"""What was written is read again at any place, in any order, however much was read ahead."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.loaded import spool

DATA = bytes(number * 7 % 251 for number in range(5000))
PLACES = st.tuples(st.integers(0, len(DATA)), st.integers(0, 700)).filter(lambda place: sum(place) <= len(DATA))


@given(places=st.lists(st.one_of(PLACES, st.integers(0, 300)), max_size=40), cuts=st.lists(st.integers(0, 4999)))
def test_any_place_may_be_read(places: list[tuple[int, int] | int], cuts: list[int]) -> None:
    """A number is so many bytes behind what was read last."""
    kept = spool.Spool()
    bounds = sorted({0, *cuts, len(DATA)})
    kept.write([DATA[start:stop] for start, stop in pairwise(bounds)])
    stop = 0
    for place in places:
        at, size = place if isinstance(place, tuple) else (stop, min(place, len(DATA) - stop))
        assert kept.read(at, size) == DATA[at : at + size]
        stop = at + size
    kept.close()


def test_who_reads_on_seldom_asks_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = spool.Spool()
    kept.write([DATA])
    read, asked = kept._read, []
    monkeypatch.setattr(kept, "_read", lambda at, size: asked.append(size) or read(at, size))
    for at in range(0, len(DATA), 50):
        assert kept.read(at, 50) == DATA[at : at + 50]
    assert len(asked) < 10
    kept.read(300, 50)
    assert asked[-1] == 50
    kept.close()


def test_large_messages_are_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "_AHEAD", 1000)
    kept = spool.Spool()
    kept.write([DATA])
    assert kept.read(0, 4000) == DATA[:4000]
    assert kept._latest == (4000, b"")
    assert kept.read(4000, 10) + kept.read(4010, 20) == DATA[4000:4030]
    kept.close()


def test_what_was_never_written_is_an_error() -> None:
    kept = spool.Spool()
    kept.write([b"abc"])
    for at, size in ((0, 4), (3, 1), (9, 1)):
        with pytest.raises(ValueError, match="never written"):
            kept.read(at, size)
    assert kept.read(1, 2) == b"bc"
    kept.close()
    with pytest.raises(ValueError, match="is closed"):
        kept.read(0, 1)
