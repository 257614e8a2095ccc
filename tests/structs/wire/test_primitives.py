"""Numbers, booleans, UUIDs and zigzag numbers."""

from __future__ import annotations

import copy
import math
import pickle
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.grammars import check, problem, refused

from structs import wire

INTEGERS = {"b": (8, True), "h": (16, True), "i": (32, True), "q": (64, True), "H": (16, False), "I": (32, False)}


class FixedSizeContract:
    """What holds for every type whose values all take the same number of bytes."""

    node: wire.Node
    examples: list[tuple[Any, bytes]]
    unfit: list[Any]

    def test_values_and_bytes_correspond(self) -> None:
        for value, data in self.examples:
            check(self.node, value, data)

    def test_sizes_are_known_beforehand(self) -> None:
        for _, data in self.examples:
            assert self.node.sizeof() == self.node.minimum_size == len(data)

    def test_too_few_bytes_are_reported_where_the_value_begins(self) -> None:
        size = self.node.sizeof()
        for cut in range(size):
            error = problem(self.node, bytes(cut))
            assert error == ("truncated", f"needs {size} bytes, {cut} are left", 0, "")

    def test_values_of_other_types_are_refused(self) -> None:
        for value in [*self.unfit, [], {}, object()]:
            assert refused(self.node, value) == ""

    def test_copies_and_pickles_read_the_same(self) -> None:
        node = self.node.marked(wire.Meaning("thing"))
        for again in (copy.copy(node), copy.deepcopy(node), pickle.loads(pickle.dumps(node))):  # noqa: S301
            assert again.meaning == wire.Meaning("thing")
            for value, data in self.examples:
                check(again, value, data)
        assert self.node.meaning is None


class TestInt8(FixedSizeContract):
    node = wire.Number("b")
    examples = [(0, b"\x00"), (-1, b"\xff"), (127, b"\x7f"), (-128, b"\x80")]
    unfit = [128, -129, 1.0, "1", None, b"\x00"]


class TestUInt16(FixedSizeContract):
    node = wire.Number("H")
    examples = [(0, b"\x00\x00"), (65535, b"\xff\xff"), (256, b"\x01\x00")]
    unfit = [-1, 65536, 1.5, "1", None]


class TestInt64(FixedSizeContract):
    node = wire.Number("q")
    examples = [(1, bytes(7) + b"\x01"), (-(2**63), b"\x80" + bytes(7)), (2**63 - 1, b"\x7f" + b"\xff" * 7)]
    unfit = [2**63, -(2**63) - 1, 2**100, "", None]


class TestFloat64(FixedSizeContract):
    node = wire.Number("d")
    examples = [(0.0, bytes(8)), (-1.5, b"\xbf\xf8" + bytes(6)), (math.inf, b"\x7f\xf0" + bytes(6))]
    unfit = [10**400, "1.0", None]

    def test_not_a_number_is_read_and_built(self) -> None:
        data = b"\x7f\xf8" + bytes(6)
        assert math.isnan(self.node.parse(data))
        assert self.node.build(math.nan) == data


class TestBoolean(FixedSizeContract):
    node = wire.Boolean()
    examples = [(False, b"\x00"), (True, b"\x01")]
    unfit = [2, -1, 1.0, "", None]

    @pytest.mark.parametrize("byte", [1, 2, 0x7F, 0x80, 0xFF])
    def test_anything_but_zero_is_true(self, byte: int) -> None:
        assert self.node.parse(bytes([byte])) is True


class TestUuid(FixedSizeContract):
    node = wire.Uuid()
    examples = [
        (wire.ZERO_UUID, bytes(16)),
        ("AAAAAAAAAAAAAAAAAAAAAQ", bytes(15) + b"\x01"),
        ("-_8AAAAAAAAAAAAAAAAAAA", b"\xfb\xff" + bytes(14)),
    ]
    unfit = [
        "",
        "A" * 21,
        "A" * 23,
        "A" * 22 + "==",
        "A" * 21 + "B",  # has bits beyond the sixteenth byte: nothing that Kafka prints
        "A" * 21 + "+",
        "A" * 21 + "é",
        " " + "A" * 21,
        "00000000-0000-0000-0000-000000000000",
        bytes(16),
        b"A" * 22,
        None,
        0,
    ]


@given(data=st.data(), code=st.sampled_from(sorted(INTEGERS)))
def test_integers_are_big_endian_within_their_bits(data: st.DataObject, code: str) -> None:
    bits, signed = INTEGERS[code]
    lowest, highest = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    value = data.draw(st.integers(lowest, highest))
    check(wire.Number(code), value, value.to_bytes(bits // 8, "big", signed=signed))
    for beyond in (lowest - 1, highest + 1):
        refused(wire.Number(code), beyond)


@given(raw=st.binary(min_size=16, max_size=16))
def test_every_uuid_is_22_characters_and_back(raw: bytes) -> None:
    text = wire.Uuid().parse(raw)
    assert len(text) == 22
    check(wire.Uuid(), text, raw)


@pytest.mark.parametrize(
    ("bits", "value", "data"),
    [
        (32, 0, b"\x00"),
        (32, -1, b"\x01"),
        (32, 1, b"\x02"),
        (32, -64, b"\x7f"),
        (32, 64, b"\x80\x01"),
        (32, 2**31 - 1, b"\xfe\xff\xff\xff\x0f"),
        (32, -(2**31), b"\xff\xff\xff\xff\x0f"),
        (64, -(2**63), b"\xff" * 9 + b"\x01"),
    ],
)
def test_zigzag_numbers_are_those_of_kafka(bits: int, value: int, data: bytes) -> None:
    check(wire.Varint(bits), value, data)


@given(value=st.integers(-(2**63), 2**63 - 1))
def test_zigzag_numbers_read_as_they_are_built(value: int) -> None:
    node = wire.Varint(64)
    check(node, value, node.build(value))


@pytest.mark.parametrize(("bits", "longest"), [(32, 5), (64, 10)])
def test_zigzag_numbers_are_bounded(bits: int, longest: int) -> None:
    node = wire.Varint(bits)
    assert problem(node, b"\x80" * longest + b"\x00") == (
        "malformed",
        f"varint is longer than {longest} bytes",
        0,
        "",
    )
    assert problem(node, b"\xff" * (longest - 1) + b"\x7f").message == f"varint overflows {bits} bits"
    for value in (1 << bits - 1, -(1 << bits - 1) - 1, 1.0, "1", None):
        refused(node, value)


def test_a_packer_is_a_struct_in_all_but_copying() -> None:
    """If Python's own ever learns to be pickled, ours can go."""
    with pytest.raises(TypeError):
        copy.deepcopy(struct.Struct(">h"))
