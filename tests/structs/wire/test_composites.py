"""Arrays, structs, tagged fields and nullable structs."""

from __future__ import annotations

from collections import OrderedDict
from types import MappingProxyType
from typing import Any

import construct
import pytest
from support.grammars import check, problem, refused

from structs import wire
from structs.buffers import Span

BYTE = wire.Number("b")
SHORT = wire.Number("h")
TEXT = wire.String(compact=True, nullable=True)


def numbers(*, compact: bool = True, nullable: bool = False) -> wire.Array:
    return wire.Array(SHORT, compact=compact, nullable=nullable)


def struct(tagged: dict[int, wire.Member] | None = None, **members: wire.Node) -> wire.Struct:
    """Return a struct whose fields have the default 7."""
    return wire.Struct([wire.Member(name, node, 7) for name, node in members.items()], tagged)


PAIR = struct(a=BYTE, b=SHORT)
FLEXIBLE = struct({}, a=BYTE)
TAGGED = struct(
    {
        3: wire.Member("list", numbers(), []),
        0: wire.Member("number", SHORT, 5),
        1: wire.Member("pair", PAIR, {"a": 7, "b": 7}),
    },
    a=BYTE,
)
DEFAULTS = {"number": 5, "pair": {"a": 7, "b": 7}, "list": []}


class TestArray:
    def test_elements_stand_behind_their_count(self) -> None:
        check(numbers(compact=False), [1, -1], b"\x00\x00\x00\x02\x00\x01\xff\xff")
        check(numbers(), [1, -1], b"\x03\x00\x01\xff\xff")
        check(numbers(), [], b"\x01")
        check(numbers(nullable=True), None, b"\x00")

    def test_each_element_has_a_span(self) -> None:
        spans = check(wire.Array(PAIR, compact=True, nullable=False), [{"a": 1, "b": 2}], b"\x02\x01\x00\x02")
        assert spans == {(0,): (1, 4), (0, "a"): (1, 2), (0, "b"): (2, 4)}

    def test_elements_before_an_error_are_kept_and_its_index_is_told(self) -> None:
        decoded = wire.decode(numbers(), b"\x04\x00\x01\x00\x02\x00")
        assert decoded.value == [1, 2]
        assert decoded.error == ("truncated", "needs 2 bytes, 1 are left", 5, "[2]")

    @pytest.mark.parametrize("data", [b"\x7f\xff\xff\xff", b"\x7f\xff\xff\xff" + b"\x00" * 9])
    def test_a_count_beyond_the_bytes_allocates_nothing(self, data: bytes) -> None:
        decoded = wire.decode(numbers(compact=False), data)
        assert decoded.error is not None
        assert decoded.error.kind == "truncated"
        assert decoded.value == [0] * (len(data) // 2 - 2)

    def test_a_count_beyond_the_bytes_is_held_against_the_limit_as_what_they_can_hold(self) -> None:
        data = b"\x7f\xff\xff\xff" + b"\x00" * 5
        for elements, kind, value in ((3, "truncated", [0, 0]), (2, "limit", None)):
            decoded = wire.decode(numbers(compact=False), data, elements=elements)
            assert decoded.error is not None
            assert (decoded.error.kind, decoded.value or None) == (kind, value)

    def test_elements_without_bytes_are_held_against_the_bytes_as_well(self) -> None:
        nothings = wire.Array(struct(), compact=True, nullable=False)
        assert nothings.element.minimum_size == 0
        assert problem(nothings, b"\xff\xff\xff\xff\x0f") == (
            "malformed",
            f"count of {2**32 - 2} for elements without bytes",
            5,
            "",
        )
        assert nothings.parse(b"\x03ab") == [{}, {}]

    def test_null_is_read_with_a_warning_and_built_only_where_it_may_stand(self) -> None:
        decoded = wire.decode(numbers(), b"\x00")
        assert (decoded.value, [warning.kind for warning in decoded.warnings]) == (None, ["unexpected_null"])
        assert refused(numbers(), None) == ""

    def test_what_is_no_list_is_refused_and_a_bad_element_is_told(self) -> None:
        for value in ("ab", {1: 2}, 3, iter([1])):
            assert refused(numbers(), value) == ""
        assert refused(numbers(), [1, "b"]) == "[1]"
        assert numbers().build((1, 2)) == numbers().build([1, 2])


class TestStruct:
    def test_fields_stand_one_after_the_other(self) -> None:
        spans = check(PAIR, {"a": 1, "b": 2}, b"\x01\x00\x02")
        assert spans == {("a",): Span(0, 1), ("b",): Span(1, 3)}
        check(struct(), {}, b"")

    def test_a_flexible_struct_ends_with_its_tagged_fields(self) -> None:
        check(FLEXIBLE, {"a": 1}, b"\x01\x00")

    def test_the_path_of_a_problem_leads_through_everything(self) -> None:
        node = struct(topics=wire.Array(struct(inner=struct({}, name=TEXT)), compact=True, nullable=False))
        assert problem(node, b"\x03\x02x\x00\x02")[2:] == (5, "topics[1].inner.name")
        assert refused(node, {"topics": [{"inner": {"name": "x"}}, {"inner": {"name": 1}}]}) == "topics[1].inner.name"

    def test_fields_before_an_error_are_kept(self) -> None:
        node = struct(a=BYTE, pair=PAIR, b=BYTE)
        assert wire.decode(node, b"\x01\x02\x00").value == {"a": 1, "pair": {"a": 2}}
        assert wire.decode(node, b"").value == {}

    def test_left_out_fields_take_their_defaults(self) -> None:
        assert PAIR.build({}) == b"\x07\x00\x07"
        assert PAIR.build({"b": 1}) == b"\x07\x00\x01"

    def test_fields_that_it_has_not_are_refused_by_name(self) -> None:
        assert refused(PAIR, {"a": 1, "c": 2}) == "c"
        assert refused(struct(pair=PAIR), {"pair": {"c": 1}}) == "pair.c"
        assert refused(PAIR, {1: 1, "zz": 2}) in ("1", "zz")  # keys that do not compare

    def test_any_mapping_is_built_and_nothing_else(self) -> None:
        for mapping in (OrderedDict(a=1), MappingProxyType({"a": 1}), construct.Container(a=1)):
            assert PAIR.build(mapping) == b"\x01\x00\x07"
        for value in (None, [("a", 1)], "a", 1):
            assert refused(PAIR, value) == ""

    def test_the_size_is_known_if_that_of_every_field_is(self) -> None:
        assert PAIR.sizeof() == 3
        assert struct(p=PAIR, a=BYTE).sizeof() == 4
        assert struct().sizeof() == 0
        for node in (FLEXIBLE, struct(t=TEXT), struct(p=FLEXIBLE)):
            with pytest.raises(construct.SizeofError):
                node.sizeof()


class TestTaggedFields:
    def test_defaults_are_left_out_and_stand_in_the_value(self) -> None:
        check(TAGGED, {"a": 1} | DEFAULTS, b"\x01\x00")
        assert TAGGED.build({"a": 1}) == b"\x01\x00"
        assert TAGGED.build({"a": 1, "pair": {}}) == b"\x01\x00"  # comes out as the default

    def test_they_are_ordered_by_tag_and_say_their_size(self) -> None:
        value = {"a": 1, "number": 6, "pair": {"a": 1, "b": 2}, "list": [1]}
        data = b"\x01\x03\x00\x02\x00\x06\x01\x03\x01\x00\x02\x03\x03\x02\x00\x01"
        spans = check(TAGGED, value, data)
        assert spans["number",] == (4, 6)
        assert spans["pair",] == (8, 11)
        assert spans["pair", "b"] == (9, 11)
        assert spans["list", 0] == (14, 16)
        assert list(TAGGED.parse(data)) == ["a", "number", "pair", "list"]

    def test_each_value_has_a_default_of_its_own(self) -> None:
        TAGGED.parse(b"\x01\x00")["list"].append(1)
        TAGGED.parse(b"\x01\x00")["pair"]["a"] = 1
        assert TAGGED.parse(b"\x01\x00") == {"a": 1} | DEFAULTS

    def test_unknown_ones_are_kept_and_built_again(self) -> None:
        value = {"a": 1} | DEFAULTS | {"number": 6, wire.UNKNOWN_TAGS: {2: b"ab", 300: b""}}
        spans = check(TAGGED, value, b"\x01\x03\x00\x02\x00\x06\x02\x02ab\xac\x02\x00")
        assert spans[wire.UNKNOWN_TAGS, 2] == (8, 10)
        assert spans[wire.UNKNOWN_TAGS, 300] == (13, 13)
        assert list(TAGGED.parse(TAGGED.build(value)))[-1] == wire.UNKNOWN_TAGS

    @pytest.mark.parametrize(
        ("unknown", "field"),
        [
            ({0: b""}, "_unknown_tags[0]"),  # is a known one
            ({-1: b""}, "_unknown_tags[-1]"),
            ({2**32: b""}, f"_unknown_tags[{2**32}]"),
            ({"9": b""}, "_unknown_tags.9"),
            ({9: "text"}, "_unknown_tags[9]"),
            ([b""], "_unknown_tags"),
        ],
    )
    def test_unknown_ones_that_cannot_be_written_are_refused(self, unknown: Any, field: str) -> None:
        assert refused(TAGGED, {wire.UNKNOWN_TAGS: unknown}) == field

    def test_a_version_that_is_not_flexible_takes_none(self) -> None:
        assert refused(PAIR, {wire.UNKNOWN_TAGS: {9: b""}}) == wire.UNKNOWN_TAGS
        assert PAIR.build({wire.UNKNOWN_TAGS: {}}) == PAIR.build({})

    def test_a_value_that_does_not_fit_is_refused_by_name(self) -> None:
        assert refused(struct(outer=TAGGED), {"outer": {"a": 1, "pair": {"b": "x"}}}) == "outer.pair.b"
        assert refused(TAGGED, {"number": None}) == "number"
        assert refused(TAGGED, {"number": 5.0}) == "number"  # although it equals the default

    @pytest.mark.parametrize("tags", [b"\x01\x00\x00\x00", b"\x09\x00\x09\x00"])
    def test_tags_that_do_not_ascend_are_read_with_a_warning(self, tags: bytes) -> None:
        decoded = wire.decode(struct({}), b"\x02" + tags)
        assert decoded.error is None
        assert [(warning.kind, warning.offset) for warning in decoded.warnings] == [("malformed", 3)]

    def test_bytes_behind_a_known_one_are_stepped_over_with_a_warning(self) -> None:
        decoded = wire.decode(TAGGED, b"\x01\x02\x00\x04\x00\x06xx\x02\x01y", spans=True)
        assert decoded.value == {"a": 1} | DEFAULTS | {"number": 6, wire.UNKNOWN_TAGS: {2: b"y"}}
        assert [warning[:1] + warning[2:] for warning in decoded.warnings] == [("trailing_bytes", 6, "number")]
        assert decoded.spans is not None
        assert decoded.spans["number",] == (4, 6)

    def test_one_that_needs_more_than_its_size_is_malformed(self) -> None:
        error = problem(TAGGED, b"\x01\x02\x00\x01\x00\x06\x02\x00")
        assert error == ("malformed", "needs 2 bytes, 1 are left", 4, "number")

    def test_one_whose_size_goes_beyond_the_bytes_is_truncated_and_kept(self) -> None:
        decoded = wire.decode(TAGGED, b"\x01\x01\x00\x09\x00\x06x")
        assert decoded.value == {"a": 1, "number": 6}
        assert decoded.error is not None
        assert decoded.error[::3] == ("truncated", "number")
        assert decoded.error.offset == 6

    def test_those_before_an_error_are_kept_and_no_defaults_pretend_to_be_read(self) -> None:
        decoded = wire.decode(TAGGED, b"\x01\x04\x00\x02\x00\x06\x02\x02ab\x03\x05\x03\x00\x01")
        assert decoded.value == {"a": 1, "number": 6, wire.UNKNOWN_TAGS: {2: b"ab"}, "list": [1]}
        assert decoded.error is not None
        assert decoded.error.field == "list[1]"

    def test_an_unknown_one_that_is_cut_short_is_told_by_its_tag(self) -> None:
        assert problem(struct(x=FLEXIBLE), b"\x01\x01\x05\x03ab")[2:] == (4, "x._unknown_tags[5]")

    @pytest.mark.parametrize("count", [b"\xff\xff\xff\xff\x0f", b"\x02"])
    def test_a_count_beyond_the_bytes_ends_where_they_do(self, count: bytes) -> None:
        assert problem(FLEXIBLE, b"\x01" + count + b"\x07\x00").kind == "truncated"


class TestNullableStruct:
    def test_a_signed_byte_says_whether_it_is_there(self) -> None:
        node = wire.NullableStruct(PAIR, tagged=False)
        spans = check(struct(p=node), {"p": {"a": 1, "b": 2}}, b"\x01\x01\x00\x02")
        assert spans == {("p",): (0, 4), ("p", "a"): (1, 2), ("p", "b"): (2, 4)}
        check(node, None, b"\xff")

    @pytest.mark.parametrize(("marker", "there"), [(0, True), (1, True), (127, True), (128, False), (254, False)])
    def test_any_negative_marker_is_null(self, marker: int, there: bool) -> None:
        """So Kafka's generated readers have it, although its writers know -1 and 1 only."""
        value = wire.NullableStruct(PAIR, tagged=False).parse(bytes([marker, 1, 0, 2]))
        assert (value is not None) == there

    def test_in_a_tagged_field_the_marker_is_a_varint(self) -> None:
        member = wire.Member("p", wire.NullableStruct(PAIR, tagged=True), None)
        check(struct({0: member}), {"p": {"a": 1, "b": 2}}, b"\x01\x00\x04\x01\x01\x00\x02")
        check(struct({0: member}), {"p": None}, b"\x00")

    def test_null_is_written_where_it_is_not_the_default(self) -> None:
        member = wire.Member("p", wire.NullableStruct(PAIR, tagged=True), {"a": 7, "b": 7})
        check(struct({0: member}), {"p": None}, b"\x01\x00\x01\x00")

    def test_what_is_no_mapping_is_refused(self) -> None:
        assert refused(struct(p=wire.NullableStruct(PAIR, tagged=False)), {"p": []}) == "p"


class TestStructsIn:
    """What a value is made of, however it is wrapped."""

    INNER = struct(x=wire.Boolean())
    WRAPPED = (
        INNER,
        wire.NullableStruct(INNER, tagged=False),
        wire.Array(INNER, compact=True, nullable=True),
        wire.Array(wire.Array(INNER, compact=True, nullable=True), compact=True, nullable=False),
    )

    @pytest.mark.parametrize("node", WRAPPED)
    def test_the_struct_is_found(self, node: wire.Node) -> None:
        assert wire.struct_in(node) is self.INNER

    @pytest.mark.parametrize("node", [wire.Boolean(), numbers(), wire.Records(compact=True, nullable=False)])
    def test_some_values_are_made_of_none(self, node: wire.Node) -> None:
        assert wire.struct_in(node) is None

    @pytest.mark.parametrize(
        ("value", "found"),
        [
            ({"x": True}, [{"x": True}]),
            (None, []),
            ([], []),
            ([{"x": True}, {"x": False}], [{"x": True}, {"x": False}]),
            ([[{"x": True}], [], [{"x": False}, {}]], [{"x": True}, {"x": False}, {}]),
            ([1, 2], []),
            (b"\0", []),
        ],
    )
    def test_the_structs_of_a_value_are_found(self, value: object, found: list[object]) -> None:
        assert list(wire.structs_in(value)) == found

    def test_parts_are_those_that_a_value_is_read_by(self) -> None:
        number = wire.Number("h")
        tagged = {0: wire.Member("t", number, 0)}
        assert struct(tagged, x=wire.Boolean()).parts[1:] == (number,)
        assert wire.Array(number, compact=True, nullable=False).parts == (number,)
        assert wire.NullableStruct(self.INNER, tagged=True).parts == (self.INNER,)
        assert number.parts == ()
