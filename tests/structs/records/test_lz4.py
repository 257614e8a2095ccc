"""The header checksum of LZ4 frames, and the one that message format 0 has instead."""

import cramjam
import pytest

from structs.records import lz4


@pytest.fixture
def frame():
    return bytes(cramjam.lz4.compress(b"some content " * 100))


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", 0x02CC5D05),
        (b"a", 0x550D7456),
        (b"abc", 0x32D153FF),
        (b"Nobody inspects the spammish repetition", 0xE2293B2F),
    ],
)
def test_xxhash_has_the_published_digests(data, digest):
    assert lz4._xxh32(data) == digest


def test_a_right_checksum_stays(frame):
    assert lz4.repair(frame) == (frame, False)


@pytest.mark.parametrize("wrong", [1, 0x80, 0xFF])
def test_a_wrong_checksum_is_put_right_whatever_it_is(frame, wrong):
    broken = frame[:6] + bytes((frame[6] ^ wrong,)) + frame[7:]
    with pytest.raises(cramjam.DecompressionError):
        cramjam.lz4.decompress(broken)
    assert lz4.repair(memoryview(broken)) == (frame, True)


def test_the_checksum_stands_behind_a_content_size(frame):
    descriptor = bytes((frame[4] | 0x08, frame[5])) + (1300).to_bytes(8, "little")
    sized = frame[:4] + descriptor + b"\0" + frame[7:]
    repaired, was_wrong = lz4.repair(sized)
    assert was_wrong
    assert bytes(cramjam.lz4.decompress(repaired)) == b"some content " * 100


def test_a_spoilt_frame_is_refused_by_libraries_and_repaired(frame):
    spoilt = lz4.spoil(frame)
    with pytest.raises(cramjam.DecompressionError):
        cramjam.lz4.decompress(spoilt)
    assert lz4.repair(spoilt) == (frame, True)


def test_spoiling_gives_the_checksum_that_kafka_writes_in_magic_0(vectors):
    value = vectors["magic 0, lz4, NoTimestampType"]["data"][26:]
    repaired, was_wrong = lz4.repair(value)
    assert was_wrong
    assert lz4.spoil(repaired) == value


@pytest.mark.parametrize("data", [b"", b"\x04\x22\x4d\x18", b"\x04\x22\x4d\x18\x68\x40", b"something else"])
def test_what_is_no_frame_is_left_alone(data):
    assert lz4.repair(data) == (data, False)
    with pytest.raises(ValueError, match="not an LZ4 frame"):
        lz4.spoil(data)
