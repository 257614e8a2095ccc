"""Decoders are made once, shared where layouts are the same, readable, and optional."""

from __future__ import annotations

import copy
import pickle
import traceback

import pytest

from structs import compiler, registry, wire
from structs.buffers import UNBOUNDED
from structs.compiler import UnsupportedError
from structs.records import layout
from structs.wire import WARM
from structs.wire.node import SeldomError

METADATA = registry.grammar(3, 9, "request")
DATA = METADATA.build({"topics": [{"name": "orders"}]})


def small() -> wire.Struct:
    """Return a grammar that nothing was read with."""
    return wire.Struct([wire.Member("name", wire.String(compact=False, nullable=False), "")], None)


SOURCE = """\
unpack_0 = Struct(">iB").unpack_from
unpack_1 = Struct(">hiqB").unpack_from
few_2 = few("h")
unpack_3 = Struct(">qB").unpack_from
def decode(data, position, elements, opened=None):
    size = len(data)
    host_length = data[position]
    if host_length > 127:
        host, position = long_text(data, position + 1, host_length)
    elif host_length > 1:
        host = data[position + 1 : (position := position + host_length)].decode()
    elif host_length:
        host = ''
        position += 1
    else:
        host = None
        position += 1
    port, racks_count = unpack_0(data, position)
    position += 5
    if racks_count > 1:
        if racks_count > 127:
            racks_count, position = varint(data, position, racks_count)
        if elements < size:
            elements -= racks_count
            if elements < 0:
                raise SeldomError
        racks = []
        while True:
            host_2, from_count, to, tags = unpack_1(data, position)
            position += 15
            if from_count > 0:
                position -= 9
                if elements < size:
                    elements -= from_count
                    if elements < 0:
                        raise SeldomError
                if from_count < 17:
                    from_2 = [*few_2[from_count](data, position)]
                    position += from_count * 2
                else:
                    from_2, position = many(data, position, from_count, "h")
                to, tags = unpack_3(data, position)
                position += 9
            elif not from_count:
                from_2 = []
            elif from_count == -1:
                from_2 = None
            else:
                raise FaultyError
            if tags:
                raise SeldomError
            racks.append({'host': host_2, 'from': from_2, 'to': to})
            if racks_count == 2:
                break
            racks_count -= 1
    elif racks_count:
        racks = []
    else:
        raise FaultyError
    if position > size:
        raise FaultyError
    return {'host': host, 'port': port, 'racks': racks}, position
"""


def test_the_source_says_what_is_read() -> None:
    """Fixed widths side by side take one call, as if what may be null were, and names are the fields'.

    Unless these mean something to Python.
    """
    tagged = {0: wire.Member("t", wire.Boolean(), False)}
    members = [
        wire.Member("host", wire.Number("h"), 0),
        wire.Member("from", wire.Array(wire.Number("h"), compact=False, nullable=True), []),
        wire.Member("to", wire.Number("q"), 0),
    ]
    rack = wire.Struct(members, {})
    grammar = wire.Struct(
        [
            wire.Member("host", wire.String(compact=True, nullable=True), ""),
            wire.Member("port", wire.Number("i"), 0),
            wire.Member("racks", wire.Array(rack, compact=True, nullable=False), []),
        ],
        None,
    )
    assert compiler.source(grammar) == SOURCE
    assert "t = False" in compiler.source(wire.Struct(members, tagged))


def test_records_fields_are_opened_where_they_stand() -> None:
    """Without a copy; what lies beyond the bytes is not opened, nor is a null."""
    nodes = [wire.Records(compact=compact, nullable=True) for compact in (False, True)]
    grammar = wire.Struct([wire.Member(f"r{number}", node, None) for number, node in enumerate(nodes)], None)
    data = b"\0\0\0\2ab\4cde"
    assert grammar.build({"r0": b"ab", "r1": b"cde"}) == data
    decode, opened = compiler.decoder(grammar), []

    def take(data: bytes, start: int, stop: int) -> int:
        opened.append((data, start, stop))
        return len(opened)

    assert decode(data, 0, UNBOUNDED, take) == ({"r0": 1, "r1": 2}, len(data))
    assert opened == [(data, 4, 6), (data, 7, 10)]
    assert opened[0][0] is data
    assert decode(b"\xff\xff\xff\xff\0", 0, UNBOUNDED, take) == ({"r0": None, "r1": None}, 5)
    assert wire.decode_straight(grammar, data + bytes(WARM), 0, UNBOUNDED) == ({"r0": b"ab", "r1": b"cde"}, 10)
    assert wire.decode_straight(grammar, data[:-1], 0, UNBOUNDED, take) is None
    assert opened[2:] == [(data[:-1], 4, 6)]


def test_tracebacks_show_the_source() -> None:
    """Whoever debugs a decoder sees its lines."""
    with pytest.raises(IndexError) as caught:
        compiler.decoder(METADATA)(DATA[:1], 0, UNBOUNDED)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.startswith("<decoder ")
    assert last.line == "name_length = data[position]"


def test_versions_of_one_layout_share_a_decoder() -> None:
    assert compiler.decoder(small()) is compiler.decoder(small())
    assert compiler.decoder(small()) is not compiler.decoder(small(), spans=True)


@pytest.mark.parametrize("spans", [False, True])
def test_grammars_with_encodings_of_their_own_are_interpreted(spans: bool) -> None:
    """A node that the emitter does not know, and a subclass of one that it does, are left to themselves."""
    data = layout.RECORD.build({"value": b"x"})
    with pytest.raises(UnsupportedError):
        compiler.source(layout.RECORD)
    with pytest.raises(SeldomError):
        compiler.decoder(layout.RECORD, spans=spans)(data, 0, UNBOUNDED)
    for _ in range(2 + WARM // len(data)):
        assert wire.decode(layout.RECORD, data, spans=spans) == wire.interpret(layout.RECORD, data, spans=spans)


@pytest.mark.parametrize(
    "element",
    [
        wire.Struct([], None),  # elements without bytes: only the interpreter knows how many may be
        wire.Struct([], {200: wire.Member("t", wire.Boolean(), False)}),
        wire.Struct([], {0: wire.Member("t", wire.Number("d"), float("nan"))}),
    ],
    ids=["no bytes", "a tag of two bytes", "a default that cannot be written"],
)
def test_what_is_seldom_in_a_grammar_is_interpreted(element: wire.Struct) -> None:
    grammar = wire.Struct([wire.Member("a", wire.Array(element, compact=True, nullable=False), [])], None)
    with pytest.raises(UnsupportedError):
        compiler.source(grammar)
    assert wire.decode(grammar, b"\3\0\0" + bytes(WARM)) == wire.interpret(grammar, b"\3\0\0" + bytes(WARM))


def test_arrays_inside_one_another_have_a_bound() -> None:
    """Python nests no more than 20 loops."""
    node: wire.Node = wire.Boolean()
    for _ in range(30):
        node = wire.Array(node, compact=True, nullable=False)
    with pytest.raises(UnsupportedError):
        compiler.source(node)


def test_a_decoder_is_made_when_the_interpreter_has_read_enough() -> None:
    """To make one costs as much as to interpret that: what is seen once is not worth it."""
    grammar, data = small(), b"\0\1x"
    calls = -(-WARM // len(data))
    for _ in range(calls - 1):
        wire.decode(grammar, data)
    assert grammar._decoder is None
    wire.decode(grammar, data)
    assert grammar._decoder is compiler.decoder(grammar)
    assert grammar._spanner is None
    wire.decode(grammar, data, spans=True)
    assert grammar._spanner is compiler.decoder(grammar, spans=True)


def test_grammars_with_decoders_can_be_copied_and_pickled() -> None:
    """Code cannot: it is made again."""
    grammar = small()
    expected = wire.decode(grammar, b"\0\1x" + bytes(WARM))
    assert grammar._decoder is not None
    for again in (copy.copy(grammar), copy.deepcopy(grammar), pickle.loads(pickle.dumps(grammar))):  # noqa: S301
        assert wire.decode(again, b"\0\1x" + bytes(WARM)) == expected


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_buffer_is_read(kind: type[bytearray]) -> None:
    wire.decode(METADATA, DATA + bytes(WARM))
    assert wire.decode(METADATA, kind(DATA)) == wire.decode(METADATA, DATA)
    assert wire.decode_faultless(METADATA, kind(DATA)) == wire.decode(METADATA, DATA)
    assert wire.decode_faultless(METADATA, kind(DATA[:-1])) is None
