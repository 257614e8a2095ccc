"""What holds for every grammar: made up at random, and all of Kafka's own."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.grammars import check, problem, random_schema, sample

from structs import headers, registry, wire
from structs.messages import DATA, MODULES

if TYPE_CHECKING:
    from structs.grammar import Data

SIDES = ("request", "response")
SCHEMAS = [
    *(registry.message(key, side) for key in MODULES for side in SIDES),
    *(registry.data(name) for name in DATA),
    headers.RequestHeader,
    headers.ResponseHeader,
]

randoms = st.randoms(use_true_random=False)
layouts = st.sampled_from([schema.at(version) for schema in SCHEMAS for version in schema.versions.each()])


def read(layout: wire.Node, data: bytes) -> wire.Decoded:
    """Decode anything at all: nothing but a WireError may come of it, and offsets stay inside."""
    decoded = wire.decode(layout, data)
    assert 0 <= decoded.stop <= len(data)
    assert decoded.error is None or decoded.error.kind in ("truncated", "malformed")
    for wrong in (*decoded.warnings, *filter(None, [decoded.error])):
        assert 0 <= wrong.offset <= len(data)
    with_spans = wire.decode(layout, data, spans=True)
    assert (with_spans.stop, with_spans.error, with_spans.warnings) == (decoded.stop, decoded.error, decoded.warnings)
    assert repr(with_spans.value) == repr(decoded.value)  # not a number is not equal to itself
    if decoded.error is None:
        assert repr(layout.parse(data)) == repr(decoded.value)
    else:
        assert problem(layout, data) == decoded.error
    return decoded


@given(random=randoms, version=st.integers(0, 3))
def test_a_grammar_reads_what_it_builds(random: Random, version: int) -> None:
    layout = random_schema(random).at(version)
    value = sample(layout, random)
    check(layout, value, layout.build(value))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_each_of_kafkas_layouts_reads_what_it_builds(schema: Data) -> None:
    random = Random(schema.name)  # noqa: S311 (no secret)
    for version in (*schema.versions.each(),) * 2:
        layout = schema.at(version)
        value = sample(layout, random)
        check(layout, value, layout.build(value), cuts=10)


@given(random=randoms, layout=layouts)
def test_fields_that_are_left_out_are_built_as_their_defaults(random: Random, layout: wire.Struct) -> None:
    value = sample(layout, random)
    left_out = {member.name for member in layout.each_member() if random.random() < 0.5}
    explicit = {member.name: member.absent() for member in layout.each_member()} | value
    explicit |= {member.name: member.absent() for member in layout.each_member() if member.name in left_out}
    given_in_part = {name: part for name, part in value.items() if name not in left_out}
    assert layout.build(given_in_part) == layout.build(explicit)


@given(layout=layouts, data=st.binary(max_size=200))
def test_random_bytes_are_read_or_refused(layout: wire.Struct, data: bytes) -> None:
    read(layout, data)


@settings(max_examples=300)
@given(random=randoms, layout=layouts, junk=st.binary(min_size=1, max_size=6))
def test_changed_bytes_are_read_or_refused(random: Random, layout: wire.Struct, junk: bytes) -> None:
    data = bytearray(layout.build(sample(layout, random)))
    start = random.randint(0, len(data))
    data[start : start + random.choice((0, len(junk)))] = junk
    read(layout, bytes(data))


@given(layout=layouts, data=st.binary(max_size=60))
def test_what_was_read_without_a_complaint_can_be_built_again(layout: wire.Struct, data: bytes) -> None:
    """It may take other bytes (a true that is 2, a varint longer than it must be), but reads the same."""
    decoded = read(layout, data)
    if decoded.error is None and not decoded.warnings:
        assert repr(layout.parse(layout.build(decoded.value))) == repr(decoded.value)
