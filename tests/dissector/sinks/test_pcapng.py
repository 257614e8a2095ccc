"""What is written as pcapng, as our own reader, Wireshark's tools and scapy read it back."""

from __future__ import annotations

import io
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import RawPcapNgReader

from dissector.packets import Packet
from dissector.sinks.pcapng import PcapngWriter
from dissector.sources import CaptureReader

if TYPE_CHECKING:
    from pathlib import Path

ETHERNET, COOKED2, RAW = 1, 276, 101
EVENING = 1_795_210_799_480_705_958


def written(*packets: Packet, **options: bool | str) -> bytes:
    file = io.BytesIO()
    with PcapngWriter(file, **options) as writer:
        for packet in packets:
            writer.write(packet)
    return file.getvalue()


def read(content: bytes) -> list[Packet]:
    return list(CaptureReader(io.BytesIO(content)))


def tshark(path: Path, *fields: str) -> list[list[str]]:
    command = ["tshark", "-n", "-r", path, "-T", "fields", *(word for field in fields for word in ("-e", field))]
    output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [line.split("\t") for line in output.splitlines()]


packets = st.builds(
    Packet,
    st.just(1),
    st.integers(0, 2**63).map(lambda time: time // 1000 * 1000),
    st.sampled_from([6, 9]),
    st.integers(0, 0xFFFF),
    st.binary(max_size=70),
    st.integers(70, 70_000),
)


@given(st.lists(packets, max_size=8), st.booleans(), st.text(max_size=20))
def test_our_reader_gives_every_packet_back(given: list[Packet], keep_numbers: bool, comment: str) -> None:
    given = [packet._replace(number=number) for number, packet in enumerate(given, 1)]
    assert read(written(*given, keep_numbers=keep_numbers, comment=comment)) == given


@pytest.mark.parametrize("name", ["orders.pcapng", "sasl.pcap", "transactions.pcap", "bulk.pcap"])
@pytest.mark.parametrize("keep_numbers", [False, True])
def test_wireshark_sees_what_it_saw_in_the_original(
    name: str, keep_numbers: bool, captures: Path, tmp_path: Path
) -> None:
    """Times to the last digit, lengths on the wire and captured, and every byte of TCP."""
    copy = tmp_path / "copy.pcapng"
    copy.write_bytes(written(*CaptureReader(captures / name), keep_numbers=keep_numbers))
    fields = ("frame.time_epoch", "frame.len", "frame.cap_len", "tcp.seq_raw", "tcp.payload")
    assert tshark(copy, *fields) == tshark(captures / name, *fields)


def test_wireshark_sees_the_numbers_that_packets_had(captures: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.pcapng"
    chosen = [packet for packet in CaptureReader(captures / "mock.pcap") if packet.number % 7 == 0]
    copy.write_bytes(written(*chosen, keep_numbers=True))
    assert tshark(copy, "frame.number", "frame.packet_id") == [
        [str(position), str(packet.number)] for position, packet in enumerate(chosen, 1)
    ]


def test_scapy_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "two.pcapng"
    path.write_bytes(
        written(Packet(1, EVENING, 9, ETHERNET, b"abcde", 60), Packet(2, EVENING // 1000 * 1000, 6, RAW, b"", 9))
    )
    with RawPcapNgReader(str(path)) as reader:
        (first, about_first), (second, about_second) = list(reader)
    assert (first, second) == (b"abcde", b"")
    assert [(about.linktype, about.wirelen) for about in (about_first, about_second)] == [(ETHERNET, 60), (RAW, 9)]
    assert (about_first.tshigh << 32 | about_first.tslow, about_first.tsresol) == (EVENING, 10**9)
    assert (about_second.tshigh << 32 | about_second.tslow, about_second.tsresol) == (EVENING // 1000, 10**6)


def test_each_link_type_and_name_is_an_interface_and_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "interfaces.pcapng"
    packet = Packet(1, EVENING, 9, ETHERNET, bytes(60), 60)
    with path.open("wb") as file, PcapngWriter(file, comment="api == Fetch — größer") as writer:
        for name in ("eth0", "lo", "eth0"):
            writer.write(packet, name)
        writer.write(packet._replace(link_type=COOKED2), "eth0")
    rows = tshark(path, "frame.interface_id", "frame.interface_name", "frame.encap_type")
    assert [row[:2] for row in rows] == [["0", "eth0"], ["1", "lo"], ["0", "eth0"], ["2", "eth0"]]
    assert rows[0][2] != rows[3][2]
    about = subprocess.run(["capinfos", "-M", path], capture_output=True, check=True, text=True).stdout
    assert f"kafka-dissect {version('kafka-dissector')}" in about
    assert "api == Fetch — größer" in about


@pytest.mark.parametrize("spare", [b"", b"#", b"##\n", b"###"])
def test_secrets_are_the_block_that_editcap_makes_of_them(spare: bytes, tmp_path: Path) -> None:
    path, keys, theirs = tmp_path / "secrets.pcapng", tmp_path / "keys.log", tmp_path / "theirs.pcapng"
    keys.write_bytes(b"CLIENT_RANDOM " + b"ab" * 32 + b" " + b"cd" * 48 + b"\n" + spare)
    packet = Packet(1, EVENING, 9, ETHERNET, bytes(61), 61)
    path.write_bytes(written(packet))
    subprocess.run(["editcap", "--inject-secrets", f"tls,{keys}", path, theirs], check=True, capture_output=True)
    file = io.BytesIO()
    writer = PcapngWriter(file)
    start = file.tell()
    writer.write_secrets(keys.read_bytes())
    assert file.getvalue()[start:] in theirs.read_bytes()
    writer.write(packet)
    assert read(file.getvalue()) == [packet]


def test_what_is_written_can_be_read_at_once(tmp_path: Path) -> None:
    """Whoever reads along in a pipe has every packet that was flushed, before the writing ends."""
    path = tmp_path / "growing.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        for number in range(1, 4):
            writer.write(Packet(number, EVENING, 9, ETHERNET, bytes(number), number))
            writer.flush()
            assert len(read(path.read_bytes())) == number


def test_nothing_written_is_still_a_capture(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcapng"
    path.write_bytes(written())
    assert read(path.read_bytes()) == []
    assert tshark(path, "frame.number") == []
    subprocess.run(["capinfos", path], check=True, capture_output=True)


@pytest.mark.parametrize(("timestamp", "kept"), [(-5, 0), (10**30, 2**64 - 1)])
def test_times_that_no_capture_has_stay_at_the_edge(timestamp: int, kept: int) -> None:
    (packet,) = read(written(Packet(1, timestamp, 9, ETHERNET, b"", 0)))
    assert packet.timestamp == kept


def test_a_broken_pipe_is_not_written_to_again() -> None:
    class Pipe(io.BytesIO):
        def flush(self) -> None:
            raise AssertionError("flushed")

    def fill() -> None:
        with PcapngWriter(Pipe()):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fill()
