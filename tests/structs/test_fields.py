"""What a type makes of a field in a version: there or not, how it is encoded, what stands for its absence."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from support.grammars import check, refused

from structs import grammar, wire
from structs.grammar import (
    Array,
    Boolean,
    Bytes,
    Data,
    Embedded,
    Field,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Records,
    Secret,
    String,
    Struct,
    Type,
    UInt16,
    UInt32,
    Uuid,
)
from structs.versions import ALL, NONE, Versions

Pair = Struct(
    "left" / Int8(default=1),
    "right" / String("1+"),
)


def at(version: int, *fields: Field, flexible: str = "none") -> wire.Struct:
    """Return the construct of a version of a schema that has these fields."""
    return Data("Example", *fields, versions="0+", flexible=flexible).at(version)


class TestNarrowing:
    def test_a_slash_names_a_type(self) -> None:
        assert "x" / Int8 == Field("x", Int8)

    def test_a_type_that_is_called_is_a_narrower_copy(self) -> None:
        narrowed = String("1-3", nullable="2+", default=None, tag=0, flexible="3+")
        assert type(narrowed) is type(String)
        assert (narrowed.versions, narrowed.nullable) == (Versions(1, 3), Versions(2, None))
        assert (narrowed.default, narrowed.tag, narrowed.flexible) == (None, 0, Versions(3, None))
        assert (String.versions, String.nullable, String.tag, String.flexible) == (ALL, NONE, None, ALL)
        assert narrowed.is_narrowed
        assert not String.is_narrowed

    def test_it_keeps_what_is_not_said_anew(self) -> None:
        assert Int8("1+", default=3)(tag=0).versions == Versions(1, None)
        assert Int8("1+", default=3)(tag=0).default == 3
        assert String(nullable=True).nullable == ALL
        assert String(nullable=False).nullable == NONE

    def test_a_list_is_narrowed_as_it_is_made_or_later(self) -> None:
        for kind in (Array(Int8, "1+", nullable="2+", default=None), Array(Int8)("1+", nullable="2+", default=None)):
            assert (kind.versions, kind.nullable, kind.default) == (Versions(1, None), Versions(2, None), None)
            assert kind.element is Int8

    @pytest.mark.parametrize("inner", [Int8("1+"), String(nullable=True), Int8(default=3), Int8(tag=0)])
    def test_what_is_inside_another_type_is_not_narrowed(self, inner: Type) -> None:
        """It would do nothing, and look as if it did."""
        with pytest.raises(ValueError, match="stand outside"):
            Array(inner)
        with pytest.raises(ValueError, match="stand outside"):
            Secret(inner)

    def test_copies_and_pickles_are_the_same(self) -> None:
        for kind in (copy.deepcopy(Pair), pickle.loads(pickle.dumps(Pair))):  # noqa: S301 (our own)
            assert not kind.is_narrowed
            check(at(1, "pair" / kind), {"pair": {"left": 2, "right": "x"}}, b"\x02\x00\x01x")


class TestEncodings:
    @pytest.mark.parametrize(
        ("kind", "value", "data"),
        [
            (Boolean, True, b"\x01"),
            (Int8, -1, b"\xff"),
            (Int16, -2, b"\xff\xfe"),
            (Int32, 1, b"\x00\x00\x00\x01"),
            (Int64, 1, bytes(7) + b"\x01"),
            (UInt16, 65535, b"\xff\xff"),
            (UInt32, 1 << 31, b"\x80\x00\x00\x00"),
            (Float64, 1.0, b"\x3f\xf0" + bytes(6)),
            (Uuid, "AAAAAAAAAAAAAAAAAAAAAQ", bytes(15) + b"\x01"),
        ],
    )
    def test_scalars_are_the_same_in_every_version(self, kind: Type, value: Any, data: bytes) -> None:
        check(at(0, "x" / kind), {"x": value}, data)
        check(at(0, "x" / kind, flexible="0+"), {"x": value}, data + b"\x00")

    @pytest.mark.parametrize(
        ("kind", "value", "data", "compact"),
        [
            (String, "ab", b"\x00\x02ab", b"\x03ab"),
            (Bytes, b"ab", b"\x00\x00\x00\x02ab", b"\x03ab"),
            (Records, b"ab", b"\x00\x00\x00\x02ab", b"\x03ab"),
            (Secret(String), "ab", b"\x00\x02ab", b"\x03ab"),
            (Secret(Bytes), b"ab", b"\x00\x00\x00\x02ab", b"\x03ab"),
            (Embedded("thing"), b"ab", b"\x00\x00\x00\x02ab", b"\x03ab"),
            (Array(Int8), [1, 2], b"\x00\x00\x00\x02\x01\x02", b"\x03\x01\x02"),
            (Array(String), ["a"], b"\x00\x00\x00\x01\x00\x01a", b"\x02\x02a"),
            (Array(Pair), [{"left": 2, "right": "x"}], b"\x00\x00\x00\x01\x02\x00\x01x", b"\x02\x02\x02x\x00"),
            (Pair, {"left": 2, "right": "x"}, b"\x02\x00\x01x", b"\x02\x02x\x00"),
        ],
    )
    def test_lengths_are_compact_where_the_version_is_flexible(
        self, kind: Type, value: Any, data: bytes, compact: bytes
    ) -> None:
        field = "x" / kind
        check(at(1, field, flexible="2+"), {"x": value}, data)
        check(at(2, field, flexible="2+"), {"x": value}, compact + b"\x00")
        check(at(2, "x" / kind(flexible="none"), flexible="2+"), {"x": value}, data + b"\x00")

    def test_a_version_has_the_fields_whose_window_holds_it(self) -> None:
        fields = ("old" / Int8("0-1"), "mid" / Int8("1"), "new" / Int8("1+"))
        names = [[member.name for member in at(version, *fields).members] for version in range(3)]
        assert names == [["old"], ["old", "mid", "new"], ["new"]]
        assert refused(at(2, *fields), {"old": 1}) == "old"

    @pytest.mark.parametrize(
        ("kind", "null"),
        [
            (String, b"\xff\xff"),
            (Bytes, b"\xff\xff\xff\xff"),
            (Records, b"\xff\xff\xff\xff"),
            (Secret(String), b"\xff\xff"),
            (Array(Int8), b"\xff\xff\xff\xff"),
            (Pair, b"\xff"),
        ],
    )
    def test_null_stands_where_its_window_holds_the_version(self, kind: Type, null: bytes) -> None:
        field = "x" / kind(nullable="1+")
        assert refused(at(0, field), {"x": None}) == "x"
        check(at(1, field), {"x": None}, null)

    def test_elements_are_never_null_whatever_the_list_is(self) -> None:
        assert refused(at(0, "x" / Array(String, nullable=True)), {"x": [None]}) == "x[0]"
        assert refused(at(0, "x" / Array(Pair, nullable=True)), {"x": [None]}) == "x[0]"

    def test_a_field_may_be_tagged_in_later_versions_only(self) -> None:
        fields = ("x" / Int8("0-1", default=3), "x" / Int8("2+", tag=0, default=3))
        check(at(1, *fields, flexible="1+"), {"x": 4}, b"\x04\x00")
        check(at(2, *fields, flexible="1+"), {"x": 4}, b"\x01\x00\x01\x04")
        check(at(2, *fields, flexible="1+"), {"x": 3}, b"\x00")

    def test_a_nullable_struct_has_another_marker_where_it_is_tagged(self) -> None:
        value = {"x": {"left": 2}}
        check(at(0, "x" / Pair(nullable=True), flexible="0+"), value, b"\x01\x02\x00\x00")
        check(at(0, "x" / Pair(nullable=True, default=None, tag=0), flexible="0+"), value, b"\x01\x00\x03\x01\x02\x00")


class TestDefaults:
    @pytest.mark.parametrize(
        ("kind", "default"),
        [
            (Boolean, False),
            (Int32, 0),
            (Float64, 0.0),
            (Uuid, wire.ZERO_UUID),
            (String, ""),
            (String(nullable=True), ""),
            (String(nullable=True, default=None), None),
            (Bytes, b""),
            (Secret(Bytes), b""),
            (Secret(String), ""),
            (Records, b""),
            (Records(nullable=True), None),  # as Kafka's writers have it
            (Records(nullable="2+"), b""),
            (Array(Int8), []),
            (Array(Int8, nullable=True), []),
            (Array(Int8, nullable=True, default=None), None),
            (Pair, {"left": 1, "right": ""}),
            (Pair(nullable=True), {"left": 1, "right": ""}),
            (Pair(nullable=True, default=None), None),
            (Int8(default=-1), -1),
        ],
    )
    def test_a_field_that_is_left_out_has_kafkas_default(self, kind: Type, default: Any) -> None:
        layout = at(1, "x" / kind)
        assert layout.parse(layout.build({})) == {"x": default}
        tagged = at(1, "x" / kind(tag=0), flexible="0+")
        assert tagged.build({}) == b"\x00"
        assert tagged.parse(b"\x00") == {"x": default}

    def test_a_default_that_the_version_cannot_carry_must_be_replaced(self) -> None:
        layout = at(0, "x" / String(nullable="1+", default=None))
        assert refused(layout, {}) == "x"
        check(layout, {"x": "a"}, b"\x00\x01a")


class TestMeanings:
    @pytest.mark.parametrize(
        ("kind", "meaning", "encoding"),
        [
            (grammar.ErrorCode, ("error_code", ""), wire.Number),
            (grammar.BrokerId, ("broker_id", ""), wire.Number),
            (grammar.TopicId, ("topic_id", ""), wire.Uuid),
            (grammar.TopicName, ("topic_name", ""), wire.String),
            (Records, ("records", ""), wire.Records),
            (Secret(String), ("secret", ""), wire.String),
            (Secret(Bytes), ("secret", ""), wire.Bytes),
            (Embedded("thing"), ("embedded", "thing"), wire.Bytes),
        ],
    )
    def test_what_a_type_means_is_said_by_its_node(
        self, kind: Type, meaning: tuple[str, str], encoding: type[wire.Node]
    ) -> None:
        for narrowed in (kind, kind("0+", tag=0)):
            node = at(0, "x" / narrowed, flexible="0+").each_member()[0].node
            assert (node.meaning, type(node)) == (meaning, encoding)

    def test_bare_encodings_mean_nothing_more(self) -> None:
        for kind in (Boolean, Int8, Int16, Int32, Int64, Uuid, String, Bytes, Array(Int8), Pair):
            assert at(0, "x" / kind).members[0].node.meaning is None


class TestNonsense:
    @pytest.mark.parametrize(
        "fields",
        [
            ("x" / Int8, "x" / Int8),
            ("x" / Int8, "x" / Int8(tag=0)),
            ("x" / Int8(tag=0), "y" / Int8(tag=0)),
        ],
    )
    def test_one_name_or_tag_twice_in_a_version_is_refused(self, fields: tuple[Field, ...]) -> None:
        with pytest.raises(ValueError, match="version 0 has two fields with the name or the tag of"):
            at(0, *fields, flexible="0+")

    def test_a_tagged_field_needs_a_flexible_version(self) -> None:
        with pytest.raises(ValueError, match="version 1 is not flexible and cannot have the tagged field 'x'"):
            at(1, "x" / Int8(tag=0), flexible="2+")

    def test_a_window_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="not a version window"):
            Int8("1..3")
