"""Captures as files, several files, pipes and standard input; and what is said when they cannot be read."""

import gzip
import io
import os
import sys
import threading
from types import SimpleNamespace

import pytest

from dissector.sources import CaptureError, CaptureReader


@pytest.fixture
def content(write):
    return write.pcap([(1, number, b"x" * number, number) for number in range(50)])


def test_a_path_is_read_with_its_progress(tmp_path, content):
    path = tmp_path / "a.pcap"
    path.write_bytes(content)
    with CaptureReader(path) as reader:
        assert reader.total_bytes == len(content)
        assert reader.position == 0
        assert len(list(reader)) == 50
        assert reader.position == len(content)


def test_several_files_are_one_capture_whatever_their_formats(tmp_path, content, write):
    first, second, third = tmp_path / "a.pcap", tmp_path / "b.pcapng", tmp_path / "c.pcap.gz"
    first.write_bytes(content)
    second.write_bytes(write.section() + write.interface() + write.enhanced(5, b"abc"))
    third.write_bytes(gzip.compress(content))
    with CaptureReader(first, str(second), third) as reader:
        assert [packet.number for packet in reader] == list(range(1, 102))
        assert reader.position == reader.total_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_a_file_object_is_read_and_left_open(content):
    file = io.BytesIO(content)
    with CaptureReader(file) as reader:
        assert reader.total_bytes is None
        assert len(list(reader)) == 50
    assert not file.closed


def test_standard_input(monkeypatch, content):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content), fileno=lambda: -1))
    assert len(list(CaptureReader("-"))) == 50


@pytest.mark.parametrize("size", range(1, 9))
def test_the_first_bytes_come_in_pieces_of_any_size(content, write, size):
    """Of a pipe, what is read first may be less than what tells formats apart."""
    ng = write.section() + write.interface() + b"".join(write.enhanced(number, b"abc") for number in range(50))
    for data in (content, ng, gzip.compress(content)):
        file = io.BytesIO(data)
        trickling = SimpleNamespace(read=lambda _, file=file: file.read(size))
        assert len(list(CaptureReader(trickling))) == 50


def test_packets_come_from_a_pipe_as_soon_as_they_are_written(content):
    """A reader of a live pipe does not wait for a chunk to fill."""
    source, sink = os.pipe()
    with open(source, "rb") as file, open(sink, "wb", buffering=0) as writer:  # noqa: PTH123 - descriptors
        reader = iter(CaptureReader(file))
        threading.Timer(0.05, writer.write, [content[:-10]]).start()
        assert [next(reader).number for _ in range(49)] == list(range(1, 50))


def test_closing_early_closes_the_file(tmp_path, content):
    path = tmp_path / "a.pcap"
    path.write_bytes(content)
    with CaptureReader(path) as reader:
        next(iter(reader))
    assert list(reader) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a capture: empty"),
        (b"\xa1\xb2", "not a capture: too short"),
        (b"GET / HTTP/1.1\r\n", r"not a pcap or pcapng capture \(starts with 47 45 54 20\)[,;] .*tshark.*"),
    ],
)
def test_what_is_no_capture_is_said_to_be_none(tmp_path, content, why):
    path = tmp_path / "a.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=rf"^{path}: {why} \(at byte 0\)$"):
        list(CaptureReader(path))


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(CaptureError, match=r"missing\.pcap: No such file or directory"):
        list(CaptureReader(tmp_path / "missing.pcap"))
    with pytest.raises(CaptureError, match="Is a directory"):
        list(CaptureReader(tmp_path))


def test_a_broken_file_is_named_and_the_packets_of_the_files_before_it_come(tmp_path, content):
    good, bad = tmp_path / "good.pcap", tmp_path / "bad.pcap"
    good.write_bytes(content)
    bad.write_bytes(content[:-1])
    reader = iter(CaptureReader(good, bad))
    assert [next(reader).number for _ in range(99)] == list(range(1, 100))
    with pytest.raises(CaptureError, match=r"bad\.pcap: cut short in packet 100"):
        next(reader)


def test_the_files_after_a_broken_one_come_as_well(tmp_path, content):
    """A ring of files, or of brokers, is not given up for one that was cut; each that is broken is named."""
    good, bad, text = tmp_path / "good.pcap", tmp_path / "bad.pcap", tmp_path / "notes.txt"
    good.write_bytes(content)
    bad.write_bytes(content[:-1])
    text.write_text("no packets in here")
    reader = CaptureReader(text, bad, good)
    packets = iter(reader)
    # The packet that is broken has a number, too: the one that it is reported with.
    assert [next(packets).number for _ in range(99)] == [*range(1, 50), *range(51, 101)]
    with pytest.raises(
        CaptureError, match=r"notes\.txt: not a .*; .*bad\.pcap: cut short in packet 50 \(at byte \d+\)$"
    ):
        next(packets)
    assert reader.position == reader.total_bytes
