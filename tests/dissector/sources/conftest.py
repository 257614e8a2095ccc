"""Writers of capture files, by hand: what the readers are held against."""

import struct
from types import SimpleNamespace

import pytest


def pcap(packets, *, order="<", nano=False, link_type=1, snap_length=262144):
    """A pcap file of (seconds, fraction, data, wire length) packets."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    parts = [struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snap_length, link_type)]
    for seconds, fraction, data, wire_length in packets:
        parts.append(struct.pack(order + "IIII", seconds, fraction, len(data), wire_length) + data)
    return b"".join(parts)


def padded(data):
    return data + bytes(-len(data) % 4)


def block(kind, body, order="<"):
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order="<", options=b""):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1) + options, order)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def interface(link_type=1, snap_length=0, options=b"", order="<"):
    return block(1, struct.pack(order + "HHI", link_type, 0, snap_length) + options, order)


def enhanced(ticks, data, wire_length=None, index=0, order="<", options=b""):
    wire_length = len(data) if wire_length is None else wire_length
    head = struct.pack(order + "5I", index, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire_length)
    return block(6, head + padded(data) + options, order)


def obsolete(ticks, data, wire_length=None, index=0, order="<"):
    wire_length = len(data) if wire_length is None else wire_length
    head = struct.pack(order + "HH4I", index, 7, ticks >> 32, ticks & 0xFFFFFFFF, len(data), wire_length)
    return block(2, head + padded(data), order)


def simple(data, wire_length=None, order="<"):
    return block(3, struct.pack(order + "I", wire_length or len(data)) + padded(data), order)


@pytest.fixture(scope="session")
def write():
    """The writers."""
    return SimpleNamespace(
        pcap=pcap,
        block=block,
        section=section,
        option=option,
        interface=interface,
        enhanced=enhanced,
        obsolete=obsolete,
        simple=simple,
    )


@pytest.fixture
def trickle():
    """A file object that gives a few bytes at a time, as a slow pipe does."""

    class Trickle:
        name = "trickle"

        def __init__(self, content, step=1):
            self.content = content
            self.step = step
            self.at = 0

        def read(self, _size=-1):
            part = self.content[self.at : self.at + self.step]
            self.at += len(part)
            return part

    return Trickle
