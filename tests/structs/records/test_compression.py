"""Every codec, in every framing that occurs, and never beyond the limit."""

import subprocess
import sys
from contextlib import suppress

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs.records import compression
from structs.records.compression import CompressionError, compress, decompress

CODECS = compression.NAMES[1:]
LIMIT = 1 << 20

# VmHWM is the process's own peak; ru_maxrss would count what its parent had when it was forked.
MEASURED = """
import pathlib, re, sys, time
from structs.records.compression import CompressionError, decompress
from structs.records import DEFAULT
data = sys.stdin.buffer.read()
start = time.process_time()
try:
    decompress(sys.argv[1], data, DEFAULT.decompressed)
except CompressionError as error:
    peak = re.search("VmHWM:[^0-9]*([0-9]+) kB", pathlib.Path("/proc/self/status").read_text())[1]
    print(error.kind, time.process_time() - start, peak)
"""


@pytest.mark.parametrize("codec", compression.NAMES[1:])
@given(data=st.binary(max_size=5000), times=st.integers(0, 50))
def test_what_is_compressed_comes_back(codec, data, times):
    assert decompress(codec, memoryview(compress(codec, data * times)), LIMIT) == data * times


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, LIMIT - 1, LIMIT])
def test_sizes_up_to_the_limit_are_fine(codec, size):
    assert decompress(codec, compress(codec, bytes(size)), LIMIT) == bytes(size)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 32 * 1024, 4 * LIMIT])
def test_one_byte_more_than_the_limit_is_refused(codec, size):
    with pytest.raises(CompressionError, match=f"more than {LIMIT} bytes") as raised:
        decompress(codec, compress(codec, bytes(size)), LIMIT)
    assert raised.value.kind == "limit"


@pytest.mark.parametrize("codec", CODECS)
def test_every_cut_is_reported(codec):
    data = compress(codec, bytes(range(256)) * 3)
    ends_of_blocks = {16} if codec == "snappy" else set()  # framing of its own: a header alone holds nothing
    for size in set(range(len(data))) - ends_of_blocks:
        with pytest.raises(CompressionError) as raised:
            decompress(codec, data[:size], LIMIT)
        assert raised.value.kind == "malformed"


@pytest.mark.parametrize("codec", CODECS)
@given(data=st.data())
def test_flipped_bits_raise_nothing_else(codec, data):
    compressed = bytearray(compress(codec, b"some text, some more text, and even more of it" * 20))
    for _ in range(data.draw(st.integers(1, 4))):
        compressed[data.draw(st.integers(0, len(compressed) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(CompressionError):
        assert len(decompress(codec, compressed, LIMIT)) <= LIMIT


@pytest.mark.parametrize("codec", ["gzip", "lz4", "zstd", "snappy"])
def test_streams_may_follow_one_another(codec):
    data = compress(codec, b"first, ") + compress(codec, b"second")
    assert decompress(codec, data, LIMIT) == b"first, second"


def test_snappy_is_one_raw_block_where_no_framing_says_otherwise():
    """So writes librdkafka."""
    block = bytes(cramjam.snappy.compress_raw(b"raw" * 1000))
    assert decompress("snappy", block, LIMIT) == b"raw" * 1000


@pytest.mark.parametrize("length", [-1, -(1 << 31), 1 << 30])
def test_blocks_that_end_nowhere_are_malformed(length):
    data = b"\x82SNAPPY\x00" + bytes(8) + length.to_bytes(4, "big", signed=True) + b"xxxx"
    with pytest.raises(CompressionError, match="block at byte 16") as raised:
        decompress("snappy", data, LIMIT)
    assert raised.value.kind == "malformed"


def test_a_size_that_no_block_can_hold_is_not_believed():
    stated = b"\xff\xff\x3f"  # one byte below 1 MiB
    with pytest.raises(CompressionError, match="states 1048575 bytes in a block of 103") as raised:
        decompress("snappy", stated + bytes(100), LIMIT)
    assert raised.value.kind == "malformed"


@pytest.mark.parametrize("codec", ["unknown(5)", "unknown(7)", "none"])
def test_other_codecs_are_not_known(codec):
    with pytest.raises(CompressionError) as raised:
        decompress(codec, b"data", LIMIT)
    assert raised.value.kind == "unknown_compression"


def test_names_come_from_the_lowest_three_bits():
    names = [compression.name(0xF8 | number) for number in range(8)]
    assert names == ["none", "gzip", "snappy", "lz4", "zstd", "unknown(5)", "unknown(6)", "unknown(7)"]


@pytest.mark.parametrize("codec", CODECS)
def test_a_bomb_ends_within_a_second_and_300_mb(codec):
    bomb = compress(codec, bytes(16 << 20)) * 32
    outcome = subprocess.run([sys.executable, "-c", MEASURED, codec], input=bomb, capture_output=True, check=True)
    kind, seconds, kilobytes = outcome.stdout.decode().split()
    assert kind == "limit"
    assert float(seconds) < 1
    assert int(kilobytes) < 300_000
