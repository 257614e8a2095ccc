"""Grammars as constructs among constructs: streams, sizes, foreign company, and decoding without exceptions."""

from __future__ import annotations

import copy
import gc
import io
import pickle
from typing import TYPE_CHECKING, Any

import construct
import pytest
from support.grammars import check

from structs import registry, wire
from structs.buffers import Problem, WireError
from structs.wire.node import LARGE

if TYPE_CHECKING:
    from pathlib import Path

    from structs.buffers import Reader

HEARTBEAT = registry.grammar(12, 3, "request")
FLEXIBLE = registry.grammar(12, 4, "request")
VALUE = {"group_id": "g", "generation_id": 7, "member_id": "m", "group_instance_id": None}
BODY = b"\x00\x01g\x00\x00\x00\x07\x00\x01m\xff\xff"
FRAME = construct.Struct(
    "size" / construct.Rebuild(construct.Int32ub, lambda this: len(HEARTBEAT.build(this.body))),
    "body" / HEARTBEAT,
    "end" / construct.Const(b"!"),
)


def test_a_grammar_stands_in_a_construct_like_any_other() -> None:
    data = b"\x00\x00\x00\x0c" + BODY + b"!"
    assert FRAME.build({"body": VALUE}) == data
    assert FRAME.parse(data).body == VALUE
    assert construct.Prefixed(construct.Int32ub, HEARTBEAT).parse(data) == VALUE
    assert construct.GreedyRange(HEARTBEAT).parse(BODY * 3) == [VALUE] * 3
    assert HEARTBEAT[2].parse(BODY * 2 + b"rest") == [VALUE] * 2
    assert (construct.Byte >> HEARTBEAT >> construct.Byte).parse(b"\x01" + BODY + b"\x02") == [1, VALUE, 2]


def test_a_construct_that_is_compiled_still_reads_through_it() -> None:
    frame = construct.Struct("first" / construct.Byte, "body" / HEARTBEAT).compile()
    assert frame.parse(b"\x01" + BODY).body == VALUE


def test_an_error_says_where_the_grammar_stood_and_counts_from_the_streams_start() -> None:
    with pytest.raises(WireError) as caught:
        FRAME.parse(b"\x00\x00\x00\x0c" + BODY[:8])
    error = caught.value
    assert error.path == "(parsing) -> body"
    assert error.problem == Problem("truncated", "needs 2 bytes, 1 are left", 11, "member_id")
    assert str(error) == "member_id at byte 11: needs 2 bytes, 1 are left"
    assert error.partial == {"group_id": "g", "generation_id": 7}
    with pytest.raises(WireError) as caught:
        construct.Struct("body" / HEARTBEAT).build({"body": {"member_id": 1}})
    assert (caught.value.path, caught.value.problem.field) == ("(building) -> body", "member_id")


def test_offsets_within_a_length_prefix_count_from_the_streams_start_as_well() -> None:
    with pytest.raises(WireError) as caught:
        construct.Prefixed(construct.Int32ub, HEARTBEAT).parse(b"\x00\x00\x00\x08" + BODY)
    assert caught.value.problem[::2] == ("truncated", 11)


def test_a_stream_is_left_where_the_value_ends() -> None:
    stream = io.BytesIO(b"??" + BODY + BODY + b"rest")
    stream.seek(2)
    assert HEARTBEAT.parse_stream(stream) == VALUE
    assert HEARTBEAT.parse_stream(stream) == VALUE
    assert stream.read() == b"rest"


def test_a_file_is_read_and_written(tmp_path: Path) -> None:
    path = tmp_path / "body"
    HEARTBEAT.build_file(VALUE, str(path))
    assert path.read_bytes() == BODY
    assert HEARTBEAT.parse_file(str(path)) == VALUE
    path.write_bytes(b"??" + BODY + BODY[:-1])
    with path.open("rb") as file:
        file.seek(2)
        assert HEARTBEAT.parse_stream(file) == VALUE
        assert file.tell() == 2 + len(BODY)
        with pytest.raises(WireError) as caught:
            HEARTBEAT.parse_stream(file)
    assert caught.value.problem.offset == 2 + len(BODY) + len(BODY) - 2


def test_what_is_built_goes_where_the_stream_stands() -> None:
    stream = io.BytesIO()
    for _ in range(2):
        HEARTBEAT.build_stream(VALUE, stream)
    assert stream.getvalue() == BODY * 2


def test_only_fixed_sizes_are_known_beforehand() -> None:
    assert registry.header(12, 3, "response").sizeof() == 4
    assert construct.Struct("header" / registry.header(12, 3, "response"), "x" / construct.Byte).sizeof() == 5
    for grammar in (HEARTBEAT, FLEXIBLE, registry.header(12, 4, "response")):
        with pytest.raises(construct.SizeofError):
            grammar.sizeof()


def test_a_node_that_is_marked_is_another_one() -> None:
    plain = wire.Number("h")
    marked = plain.marked(wire.Meaning("error_code"))
    assert (plain.meaning, marked.meaning) == (None, ("error_code", ""))
    check(marked, 3, b"\x00\x03")


@pytest.mark.parametrize("grammar", [HEARTBEAT, FLEXIBLE, registry.grammar(1, 18, "response")], ids=repr)
def test_grammars_can_be_copied_and_sent_to_another_process(grammar: wire.Struct) -> None:
    data = grammar.build({})
    for again in (copy.copy(grammar), copy.deepcopy(grammar), pickle.loads(pickle.dumps(grammar))):  # noqa: S301
        assert again.parse(data) == grammar.parse(data)
        assert again.build({}) == data


class TestDecode:
    def test_the_value_and_where_it_ends(self) -> None:
        decoded = wire.decode(HEARTBEAT, b"??" + BODY + b"rest", 2)
        assert decoded == wire.Decoded(VALUE, 2 + len(BODY), None, [], None)

    def test_errors_are_values_beside_what_was_read(self) -> None:
        decoded = wire.decode(HEARTBEAT, b"??" + BODY[:8], 2)
        assert decoded.value == {"group_id": "g", "generation_id": 7}
        assert decoded.error == Problem("truncated", "needs 2 bytes, 1 are left", 9, "member_id")
        assert decoded.stop == 9

    def test_without_any_bytes_there_is_an_error_as_well(self) -> None:
        for start in (0, 5):
            decoded = wire.decode(HEARTBEAT, b"", start)
            assert decoded.error is not None
            assert decoded.error.kind == "truncated"
        assert wire.decode(wire.Number("h"), b"\x00").value is None

    def test_spans_count_from_the_first_byte_and_come_on_request(self) -> None:
        decoded = wire.decode(HEARTBEAT, b"??" + BODY, 2, spans=True)
        assert decoded.spans == {
            ("group_id",): (2, 5),
            ("generation_id",): (5, 9),
            ("member_id",): (9, 12),
            ("group_instance_id",): (12, 14),
        }

    def test_spans_reach_up_to_an_error(self) -> None:
        decoded = wire.decode(HEARTBEAT, BODY[:8], spans=True)
        assert list(decoded.spans or ()) == [("group_id",), ("generation_id",)]


@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("data", [b"\0" * 2 * LARGE, b"\xff" * 2 * LARGE])
def test_the_collector_is_left_as_it_was(data: bytes, enabled: bool) -> None:
    """It waits while a large message is read, whatever comes of that."""

    class Watched(wire.Number):
        def read(self, reader: Reader) -> Any:
            seen.append(gc.isenabled())
            return super().read(reader)

    seen: list[bool] = []
    was = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        grammar = wire.Struct(
            [wire.Member("n", Watched("i"), 0), wire.Member("s", wire.String(compact=True, nullable=False), "")], None
        )
        wire.decode(grammar, data)
        wire.decode(grammar, data[:5])
        assert gc.isenabled() == enabled
        assert seen == [False, enabled]
    finally:
        (gc.enable if was else gc.disable)()
