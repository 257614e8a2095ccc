"""Straight code and grammars agree: on every value, every span, every consumed length, and on what is wrong.

The interpreter (`wire.interpret`) is the oracle; it is held to Kafka's own serializers elsewhere. Straight code reads
what the interpreter reads without an error or a warning, as it does, and raises for the rest.
"""

from __future__ import annotations

from importlib import import_module
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.grammars import random_schema, sample

from structs import compiler, headers, registry, wire
from structs.buffers import UNBOUNDED, Span
from structs.compiler.emitter import CALLED
from structs.messages import DATA, MODULES, variants
from structs.wire.node import SeldomError

if TYPE_CHECKING:
    from structs.buffers import Path
    from structs.grammar import Data

VARIANTS = sorted(
    {module for modules in (*variants.MESSAGES.values(), *variants.SCHEMAS.values()) for module in modules}
)


def declared(module: str) -> list[Data]:
    """Return what a module of variants declares."""
    names = vars(import_module(f"structs.messages.variants.{module}"))
    return [value for value in names.values() if isinstance(value, headers.Data)]


SCHEMAS = [
    *(registry.message(key, side) for key in MODULES for side in ("request", "response")),
    *(registry.data(name) for name in DATA),
    *(schema for module in VARIANTS for schema in declared(module)),
    headers.RequestHeader,
    headers.ResponseHeader,
]
randoms = st.randoms(use_true_random=False)
layouts = st.sampled_from([schema.at(version) for schema in SCHEMAS for version in schema.versions.each()])


def same(decoded: wire.Decoded, expected: wire.Decoded) -> None:
    """Hold two readings to each other, the order of keys and of spans included; not a number equals itself here."""
    assert repr(decoded) == repr(expected)


def cut_out(data: bytes, start: int, stop: int) -> bytes:
    """Open a `records` field, which must be where there are bytes."""
    assert 0 <= start <= stop <= len(data)
    return data[start:stop]


def hold(layout: wire.Node, data: bytes, start: int = 0, elements: int = UNBOUNDED) -> bool:
    """Hold straight code to the interpreter; say whether it read the bytes."""
    expected = wire.interpret(layout, data, start, spans=True, elements=elements)
    faultless = expected.error is None and not expected.warnings
    found: dict[Path, Span] = {}
    try:
        value, stop = compiler.decoder(layout)(data, start, elements)
        again = compiler.decoder(layout, spans=True)(data, start, elements, found)
    except wire.FAULTY:
        assert not faultless
        took = False
    except SeldomError:
        took = False
    else:
        assert faultless
        assert repr(again) == repr((value, stop))
        same(wire.Decoded(value, stop, None, [], found), expected)
        took = True
        assert repr(compiler.decoder(layout)(data, start, elements, cut_out)) == repr((value, stop))
    same(wire.decode(layout, data, start, spans=True, elements=elements), expected)
    straight = wire.decode_straight(layout, data, start, elements, cut_out)
    assert straight is None or (faultless and repr(straight) == repr((expected.value, expected.stop)))
    expected.spans = None
    same(wire.decode(layout, data, start, elements=elements), expected)
    cleanly = wire.decode_faultless(layout, data, start, elements=elements)
    assert (cleanly is not None) == faultless
    assert cleanly is None or repr(cleanly) == repr(expected)
    return took


def mutated(data: bytes, random: Random) -> bytes:
    """Return bytes that are a little different: changed, left out, put in, or taken for large lengths."""
    start = random.randint(0, len(data))
    junk = random.choice(
        (random.randbytes(random.choice((1, 1, 2, 4))), b"\x00", b"\xff", b"\xff\xff\xff\xff", b"\x80")
    )
    return data[:start] + junk + data[start + random.choice((0, 1, len(junk), len(junk))) :]


def has_unknown_tags(value: Any) -> bool:
    """Say whether there is a tagged field that nobody declared, at any depth."""
    if isinstance(value, dict):
        return wire.UNKNOWN_TAGS in value or any(map(has_unknown_tags, value.values()))
    return isinstance(value, list) and any(map(has_unknown_tags, value))


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_version_of_everything_is_read_the_same(schema: Data) -> None:
    """Valid bytes, those cut short, changed ones and random ones; valid ones need no interpreter."""
    random = Random(schema.name)  # noqa: S311 (no secret)
    for version in schema.versions.each():
        layout = schema.at(version)
        value = sample(layout, random)
        data = layout.build(value)
        assert hold(layout, data + b"\x01\x02", 0) != has_unknown_tags(value)
        hold(layout, layout.build({}))
        for cut in {random.randrange(len(data)) for _ in range(6)} if data else ():
            hold(layout, data[:cut])
        for _ in range(12):
            hold(layout, mutated(data, random), elements=random.choice((UNBOUNDED, 0, 1, 3)))
        hold(layout, random.randbytes(40))


@settings(max_examples=300)  # code is made for some
@given(random=randoms, version=st.integers(0, 3), start=st.integers(0, 3), elements=st.integers(0, 12))
def test_layouts_made_up_at_random_are_read_the_same(random: Random, version: int, start: int, elements: int) -> None:
    layout = random_schema(random).at(version)
    data = random.randbytes(start) + layout.build(sample(layout, random))
    hold(layout, data, start)
    hold(layout, data, start, elements)
    hold(layout, mutated(data, random), start, elements)
    hold(layout, data[: random.randint(start, len(data))], start)


@settings(max_examples=300)  # code is made for some
@given(layout=layouts, data=st.binary(max_size=120), elements=st.sampled_from((UNBOUNDED, 0, 2, 10)))
def test_any_bytes_are_read_the_same(layout: wire.Struct, data: bytes, elements: int) -> None:
    hold(layout, data, elements=elements)


@settings(max_examples=300)  # code is made for some
@given(layout=layouts, seed=st.integers(0, 1 << 32), times=st.integers(1, 4))
def test_changed_bytes_are_read_the_same(layout: wire.Struct, seed: int, times: int) -> None:
    random = Random(seed)  # noqa: S311 (no secret)
    data = layout.build(sample(layout, random))
    for _ in range(times):
        data = mutated(data, random)
    hold(layout, data)


def struct(*members: tuple[str, wire.Node], tagged: dict[int, wire.Member] | None = None) -> wire.Struct:
    """Return a struct of these members."""
    return wire.Struct([wire.Member(name, node, None) for name, node in members], tagged)


TEXT = struct(("a", wire.String(compact=True, nullable=False)))
LARGE = [0, 1, 126, 127, 128, 16382, 16383, 16384, 32766, 32767, 32768, 2097150, 2097151]


@pytest.mark.parametrize("size", LARGE)
@pytest.mark.parametrize("kind", [wire.String, wire.Bytes, wire.Records])
@pytest.mark.parametrize("nullable", [False, True])
def test_long_values_are_read_the_same(kind: type[wire.Bytes], size: int, nullable: bool) -> None:
    """At each size where a length takes one more byte, and beyond what Kafka allows of a string."""
    layout = struct(("a", kind(compact=True, nullable=nullable)))
    data = layout.build({"a": b"x" * size})
    assert hold(layout, data) == (kind is not wire.String or size <= wire.MAX_STRING_LENGTH)
    assert not hold(layout, data[:-1])


@pytest.mark.parametrize("count", [*range(8), 126, 127, 128])
@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("tagged", [None, {}, {3: wire.Member("t", wire.Number("h"), 7)}])
def test_arrays_of_one_shape_are_read_the_same(
    tagged: dict[int, wire.Member] | None, compact: bool, count: int
) -> None:
    """One by one or all in one go; where one element has tagged fields, and where the last is cut."""
    members = {"n": wire.Number("i"), "b": wire.Boolean(), "u": wire.Uuid(), "d": wire.Number("d")}
    layout = struct(("a", wire.Array(struct(*members.items(), tagged=tagged), compact=compact, nullable=True)))
    random = Random(count)  # noqa: S311 (no secret)
    value = [{name: sample(node, random) for name, node in members.items()} for _ in range(count)]
    data = layout.build({"a": value})
    assert hold(layout, data + b"\0")
    assert not hold(layout, data[:-1])
    hold(layout, data, elements=count)
    hold(layout, data, elements=max(count - 1, 0))
    if count and tagged is not None:
        random.choice(value)[wire.UNKNOWN_TAGS] = {5: b"unknown"}
        assert not hold(layout, layout.build({"a": value}))
        random.choice(value)["t"] = 8
        if tagged:
            hold(layout, layout.build({"a": value}))


@pytest.mark.parametrize("count", [*range(15, 20), 0, 1, 2, 126, 127, 128, 400])
@pytest.mark.parametrize("code", "bhiqHId")
@pytest.mark.parametrize("compact", [False, True])
def test_arrays_of_numbers_are_read_the_same(code: str, count: int, compact: bool) -> None:
    layout = struct(("a", wire.Array(wire.Number(code), compact=compact, nullable=True)))
    data = layout.build({"a": list(range(100)) * (count // 100) + list(range(count % 100))})
    assert hold(layout, data)
    assert not hold(layout, data[:-1])


@example(first=b"\xff\xff\xff\xff\x0f")
@example(first=b"\xff\xff\xff\xff\x10")
@example(first=b"\x80\x80\x80\x80\x00")
@example(first=b"\x80\x80\x80\x80\x80\x00")
@given(first=st.binary(min_size=1, max_size=7))
def test_varints_are_read_the_same(first: bytes) -> None:
    """Five bytes and 32 bits at most, also where they are longer than they must be."""
    for kind in (wire.String, wire.Bytes):
        hold(struct(("a", kind(compact=True, nullable=True))), first + b"abcdefgh")
    hold(struct(("a", wire.Array(wire.Boolean(), compact=True, nullable=False))), first + b"abcdefgh")
    tagged = {1: wire.Member("t", wire.NullableStruct(TEXT, tagged=True), None)}
    hold(struct(tagged=tagged), b"\x01" + first + b"\x02\x01\x01")
    hold(struct(tagged=tagged), b"\x01\x01" + first + b"\x01\x01")
    hold(struct(tagged=tagged), b"\x01\x01\x03" + first + b"\x01\x01")


@pytest.mark.parametrize("marker", range(256))
def test_markers_of_nullable_structs_are_read_the_same(marker: int) -> None:
    assert hold(struct(("a", wire.NullableStruct(TEXT, tagged=False))), bytes([marker]) + b"\x02x")


@pytest.mark.parametrize("size", range(8))
@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 0), (1, 2), (2,)])
def test_tagged_fields_are_read_the_same(size: int, order: tuple[int, ...]) -> None:
    """In order and not, twice, unknown, too short, too long."""
    tagged = {
        0: wire.Member("t", wire.Array(wire.Number("h"), compact=True, nullable=False), [1]),
        1: wire.Member("u", TEXT, {"a": "default"}),
    }
    content = b"\x03\x00\x01\x00\x02\x00\x00\x00"[:size]
    sections = b"".join(bytes([tag, size]) + content for tag in order)
    hold(struct(("n", wire.Number("i")), tagged=tagged), b"\0\0\0\1" + bytes([len(order)]) + sections + b"\7")


def test_defaults_are_shared_by_no_two_values() -> None:
    """Whoever changes what was read changes it alone."""
    layout = struct(tagged={0: wire.Member("t", wire.Array(TEXT, compact=True, nullable=False), [{"a": "x"}])})
    (first, _), (second, _) = (compiler.decoder(layout)(b"\0", 0, 0) for _ in range(2))
    first["t"][0]["a"] = "y"
    assert second == {"t": [{"a": "x"}]}


def test_fields_may_have_any_name() -> None:
    """Those that the generated code uses itself, those that Python keeps for itself, and those that are no names."""
    used = ["data", "position", "elements", "spans", "tag", "tags", "decode", "len", "any", "range", "unpack_0", "run"]
    names = [*CALLED, *used, "class", "index", "few_i", "2nd", "a b", "it's", "_"]
    inner = struct(*((name, wire.Number("i")) for name in names), tagged={0: wire.Member("x", wire.Uuid(), "A" * 22)})
    members: list[tuple[str, wire.Node]] = []
    for name in names:
        members += [
            (name, wire.String(compact=True, nullable=True)),
            (f"{name} list", wire.Array(wire.Number("i"), compact=True, nullable=False)),
            (f"{name}_2", wire.Array(inner, compact=False, nullable=False)),
        ]
    layout = struct(*members)
    element = {**dict.fromkeys(names, 7), "x": "B" * 21 + "A"}
    value: dict[str, Any] = dict.fromkeys(names, "x" * 200)
    value |= {f"{name} list": [1] * 20 for name in names} | {f"{name}_2": [element] * 6 for name in names}
    assert hold(layout, layout.build(value))
