"""Compressed captures: what is inside comes out, up to where it is broken, in bounded memory."""

import gzip
import io
import os
import shutil
import subprocess
import zlib

import pytest

from dissector.sources import CaptureError, CaptureReader


@pytest.fixture
def content(write):
    return write.pcap([(1, number, b"x" * number, number) for number in range(500)])


def test_gzip(content):
    assert len(list(CaptureReader(io.BytesIO(gzip.compress(content))))) == 500


def test_gzip_byte_by_byte(content, trickle):
    assert len(list(CaptureReader(trickle(gzip.compress(content))))) == 500


def test_gzip_members_and_padding(content):
    members = gzip.compress(content[:1000]) + gzip.compress(content[1000:]) + bytes(100)
    assert len(list(CaptureReader(io.BytesIO(members)))) == 500


def test_gzip_cut_short_gives_what_was_complete(content):
    whole = gzip.compress(content)
    reader = CaptureReader(io.BytesIO(whole[: len(whole) // 2]))
    packets = []
    with pytest.raises(CaptureError, match=r"gzip data cut short \(at byte \d+\)"):
        packets.extend(reader)
    assert packets
    assert packets[-1].data == b"x" * (len(packets) - 1)


@pytest.mark.parametrize("at", [2, -6])
def test_broken_gzip_is_said_to_be_broken(content, at):
    whole = bytearray(gzip.compress(content))
    whole[at] ^= 0xFF
    with pytest.raises(CaptureError, match="broken gzip data"):
        list(CaptureReader(io.BytesIO(bytes(whole))))


@pytest.fixture(params=["zstd", "lz4"])
def tool(request):
    """Compress with a command line tool."""
    path = shutil.which(request.param)
    if path is None:
        pytest.skip(f"{request.param} is not installed")
    return lambda data: subprocess.run([path, "-c"], input=data, capture_output=True, check=True).stdout


def test_zstd_and_lz4_through_their_tools(tool, content, trickle):
    packed = tool(content)
    assert len(list(CaptureReader(io.BytesIO(packed)))) == 500
    assert len(list(CaptureReader(trickle(packed, 1000)))) == 500


def test_zstd_and_lz4_cut_short_give_what_was_complete(tool, write):
    packed = tool(write.pcap([(1, number, os.urandom(1000), 1000) for number in range(20_000)]))
    reader = CaptureReader(io.BytesIO(packed[: len(packed) // 2]))
    packets = []
    with pytest.raises(CaptureError, match=r"broken (zstd|lz4) data \(.+\) \(at byte \d+\)$"):
        packets.extend(reader)
    assert len(packets) > 4000


def test_a_compressed_capture_may_be_left_early(tool, write):
    packed = tool(write.pcap([(1, number, os.urandom(1000), 1000) for number in range(5000)]))
    with CaptureReader(io.BytesIO(packed)) as reader:
        assert next(iter(reader)).number == 1


def test_a_missing_tool_is_named(tool, content, monkeypatch):
    packed = tool(content)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CaptureError, match="which is not installed: install it, or decompress the file"):
        list(CaptureReader(io.BytesIO(packed)))


def test_a_bomb_is_read_piece_by_piece(write):
    """64 MiB of zeros in 64 KiB: read to where it is no capture, not unpacked first."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(write.pcap([(0, 0, b"abc", 3)]) + b"\xff" * 16)
    bomb += b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    reader = iter(CaptureReader(io.BytesIO(bomb)))
    assert next(reader).data == b"abc"
    with pytest.raises(CaptureError, match="packet 2 claims 4294967295 bytes"):
        next(reader)


def test_what_precedes_broken_gzip_data_is_given(content):
    """A checksum that is wrong at the very end costs nothing of what stands before it."""
    whole = bytearray(gzip.compress(content))
    whole[-8] ^= 1
    reader = iter(CaptureReader(io.BytesIO(whole)))
    assert len([next(reader) for _ in range(500)]) == 500
    with pytest.raises(CaptureError, match="broken gzip data"):
        next(reader)
