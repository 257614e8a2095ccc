"""Pipes from and to command line tools."""

import io
import os
import sys

import pytest

from dissector.sources.tools import piped, widen


@pytest.mark.skipif(sys.platform != "linux", reason="pipes have their size elsewhere")
def test_a_pipe_holds_as_much_as_is_read_at_once():
    import fcntl

    ends = os.pipe()
    with os.fdopen(ends[0], "rb") as reading, os.fdopen(ends[1], "wb"):
        widen(reading)
        assert fcntl.fcntl(reading, fcntl.F_GETPIPE_SZ) == 1 << 20


def test_what_is_no_pipe_is_left_alone(tmp_path):
    widen(io.BytesIO())
    (tmp_path / "file").touch()
    with (tmp_path / "file").open("rb") as file:
        widen(file)


def test_all_goes_through_a_tool():
    chunks = [bytes([number]) * 100_000 for number in range(100)]
    left = iter(chunks[1:])
    pieces = list(piped(["/bin/cat"], chunks[0], lambda: next(left, b""), "broken"))
    assert b"".join(pieces) == b"".join(chunks)
