"""Strings and bytes: lengths of both kinds, nulls, and what lengths may not say."""

from __future__ import annotations

from typing import Any, ClassVar

import construct
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.grammars import check, problem, refused

from structs import wire


class PrefixedContract:
    """What holds for every type with a length in front, whichever its width."""

    kind: type[wire.Prefixed]
    width: int
    examples: ClassVar[list[tuple[Any, bytes]]]
    unfit: ClassVar[list[Any]]

    def node(self, *, compact: bool = False, nullable: bool = False) -> wire.Prefixed:
        return self.kind(compact=compact, nullable=nullable)

    def length(self, number: int) -> bytes:
        return number.to_bytes(self.width, "big", signed=True)

    def test_values_and_bytes_correspond(self) -> None:
        for value, data in self.examples:
            check(self.node(), value, self.length(len(data)) + data)
            check(self.node(compact=True), value, bytes([len(data) + 1]) + data)

    def test_null_is_minus_one_or_a_compact_zero(self) -> None:
        check(self.node(nullable=True), None, self.length(-1))
        check(self.node(compact=True, nullable=True), None, b"\x00")

    @pytest.mark.parametrize("compact", [False, True])
    def test_null_where_it_may_not_stand_is_read_with_a_warning_and_never_built(self, compact: bool) -> None:
        node = self.node(compact=compact)
        decoded = wire.decode(node, b"\x00" if compact else self.length(-1))
        assert (decoded.value, decoded.error) == (None, None)
        assert [warning[::2] for warning in decoded.warnings] == [("unexpected_null", 0)]
        assert refused(node, None) == ""

    def test_other_negative_lengths_are_null_with_a_warning_if_null_may_stand_there(self) -> None:
        """So Kafka's readers do; otherwise the length is garbage, and so is all that follows."""
        for number in (-2, -(1 << 8 * self.width - 1)):
            decoded = wire.decode(self.node(nullable=True), self.length(number))
            assert (decoded.value, decoded.error, len(decoded.warnings)) == (None, None, 1)
            assert problem(self.node(), self.length(number)) == ("malformed", f"length {number}", 0, "")

    def test_too_few_bytes_are_reported_where_they_begin(self) -> None:
        assert problem(self.node(), self.length(5) + b"abcd")[::2] == ("truncated", self.width)
        assert problem(self.node(compact=True), b"\x06abcd")[::2] == ("truncated", 1)

    def test_lengths_beyond_the_bytes_allocate_nothing(self) -> None:
        for data in (self.length((1 << 8 * self.width - 1) - 1), b"\xff\xff\xff\xff\x0f"):
            node = self.node(compact=data[0] == 0xFF)
            assert problem(node, data).kind == "truncated"

    def test_sizes_are_not_known_beforehand(self) -> None:
        with pytest.raises(construct.SizeofError):
            self.node().sizeof()

    def test_values_of_other_types_are_refused(self) -> None:
        for value in [*self.unfit, 1, 1.5, {}, object()]:
            assert refused(self.node(nullable=True), value) == ""


class TestString(PrefixedContract):
    kind = wire.String
    width = 2
    examples = [("", b""), ("abc", b"abc"), ("é", b"\xc3\xa9"), ("𝄞\0", b"\xf0\x9d\x84\x9e\0")]
    unfit = [["a"], "\ud800", bytearray(b"a")]

    @given(text=st.text(max_size=20))
    def test_every_text_is_read_as_it_is_built(self, text: str) -> None:
        check(self.node(), text, self.node().build(text))

    @pytest.mark.parametrize("raw", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"ok\x80"])
    def test_what_is_not_utf8_stays_bytes_with_a_warning_and_is_built_again(self, raw: bytes) -> None:
        node = self.node(compact=True)
        decoded = wire.decode(node, bytes([len(raw) + 1]) + raw)
        assert (decoded.value, decoded.error) == (raw, None)
        assert [warning[:3] for warning in decoded.warnings] == [("malformed", "string is not UTF-8", 1)]
        assert node.build(raw) == bytes([len(raw) + 1]) + raw

    def test_more_than_kafka_allows_is_read_with_a_warning(self) -> None:
        """Only a compact length can say so; Kafka's Java code refuses it."""
        node = self.node(compact=True)
        data = node.build("a" * 32768)
        decoded = wire.decode(node, data)
        assert (decoded.value, decoded.stop) == ("a" * 32768, len(data))
        assert [warning.kind for warning in decoded.warnings] == ["malformed"]
        assert wire.decode(node, node.build("a" * wire.MAX_STRING_LENGTH)).warnings == []

    def test_a_text_longer_than_its_length_field_is_refused(self) -> None:
        check(self.node(), "a" * 32767, b"\x7f\xff" + b"a" * 32767, cuts=3)
        assert refused(self.node(), "a" * 32768) == ""


class TestBytes(PrefixedContract):
    kind = wire.Bytes
    width = 4
    examples = [(b"", b""), (b"\x00\xff", b"\x00\xff")]
    unfit = ["text", [1]]

    def test_any_buffer_is_built(self) -> None:
        for value in (bytearray(b"ab"), memoryview(b"ab")):
            assert self.node().build(value) == b"\x00\x00\x00\x02ab"

    def test_values_are_bytes_whatever_the_buffer(self) -> None:
        for data in (bytearray(b"\x03ab"), memoryview(b"\x03ab")):
            assert type(wire.decode(self.node(compact=True), data).value) is bytes


class TestRecords(TestBytes):
    kind = wire.Records

    def test_what_there_is_of_them_stands_beside_the_error(self) -> None:
        decoded = wire.decode(self.node(), b"\x00\x00\x00\x05abc")
        assert decoded.error is not None
        assert (decoded.value, decoded.error.kind) == (b"abc", "truncated")
        assert (decoded.error.offset, decoded.stop) == (4, 7)
