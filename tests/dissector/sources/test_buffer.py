"""The window on a stream of bytes."""

from dissector.sources.buffer import Buffer


def test_filling_keeps_what_is_unused_and_counts_the_offset():
    chunks = iter([b"abc", b"de", b"f"])
    buffer = Buffer(lambda: next(chunks, b""))
    assert buffer.fill(4)
    assert buffer.data == b"abcde"
    buffer.at = 3
    assert buffer.offset == 3
    assert buffer.fill(3)
    assert (buffer.data, buffer.at, buffer.offset) == (b"def", 0, 3)
    assert not buffer.fill(4)
    assert buffer.data == b"def"
