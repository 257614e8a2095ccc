"""Compressed captures: what is inside comes out, up to where it is broken, in bounded memory."""

import gzip
import io
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


def test_a_bomb_is_read_piece_by_piece(write):
    """64 MiB of zeros in 64 KiB: read to where it is no capture, not unpacked first."""
    packer = zlib.compressobj(9, wbits=31)
    bomb = packer.compress(write.pcap([(0, 0, b"abc", 3)]) + b"\xff" * 16)
    bomb += b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    reader = iter(CaptureReader(io.BytesIO(bomb)))
    assert next(reader).data == b"abc"
    with pytest.raises(CaptureError, match="packet 2 claims 4294967295 bytes"):
        next(reader)
