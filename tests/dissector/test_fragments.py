"""IP fragments, put together."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dissector.fragments import Fragments


@given(st.binary(min_size=1, max_size=100), st.data())
def test_fragments_in_any_order_and_repeated_give_the_datagram_once(content, data):
    cuts = data.draw(st.sets(st.integers(1, max(1, len(content) - 1)), max_size=6))
    edges = sorted({0, len(content), *cuts})
    parts = list(pairwise(edges))
    order = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts), max_size=3))))
    fragments = Fragments(10, 10_000)
    held = set()
    for start, stop in order:
        whole = fragments.add("key", start, content[start:stop], stop - start, stop < len(content), start)
        held.add((start, stop))
        if len(held) == len(parts):
            assert whole == (content, len(content))
            return
        assert whole is None


def test_datagrams_do_not_mix():
    fragments = Fragments(10, 10_000)
    fragments.add("a", 0, b"a" * 8, 8, True, 1)
    assert fragments.add("b", 8, b"b", 1, False, 2) is None
    assert fragments.add("a", 8, b"c", 1, False, 2) == (b"a" * 8 + b"c", 9)


def test_a_datagram_longer_than_any_is_refused():
    assert Fragments(10, 10_000).add("a", 65_528, b"x" * 8, 8, False, 1) is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.binary(max_size=9), st.integers(0, 9), st.booleans()))
)
def test_no_fragments_whatever_raise_and_memory_stays_bounded(parts):
    fragments = Fragments(2, 20)
    for key, offset, data, more_bytes, more in parts:
        whole = fragments.add(key, offset, data, len(data) + more_bytes, more, 1)
        assert whole is None or len(whole[0]) <= whole[1]
        assert len(fragments._datagrams) <= 2
        assert sum(datagram.size for datagram in fragments._datagrams.values()) == fragments._bytes <= 20
