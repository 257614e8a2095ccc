"""Values, layouts and one symmetric check, for tests of grammars."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING, Any

import pytest

from structs import grammar, wire
from structs.buffers import WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

    from structs.buffers import Path, Problem, Span
    from structs.grammar import Data, Field, Type

RANGES = {"b": (8, 1), "h": (16, 1), "i": (32, 1), "q": (64, 1), "H": (16, 0), "I": (32, 0)}
SCALARS = [
    grammar.Boolean,
    grammar.Int8,
    grammar.Int16,
    grammar.Int32,
    grammar.Int64,
    grammar.UInt16,
    grammar.UInt32,
    grammar.Float64,
    grammar.Uuid,
    grammar.ErrorCode,
]
PREFIXED = [grammar.String, grammar.Bytes, grammar.Records, grammar.TopicName, grammar.Secret(grammar.Bytes)]


def sample(node: wire.Node, random: Random) -> Any:
    """Return a value of a node as parsing returns it, the limits and nulls among them."""
    if isinstance(node, wire.Struct):
        return _sample_struct(node, random)
    if isinstance(node, wire.NullableStruct):
        return None if random.random() < 0.3 else _sample_struct(node.inner, random)
    if isinstance(node, wire.Prefixed) and node.nullable and random.random() < 0.3:
        return None
    if isinstance(node, wire.Array):
        count = random.choice((0, 1, 1, 2, 3))
        return [sample(node.element, random) for _ in range(count if node.element.minimum_size else 0)]  # see its read
    return _SAMPLES[type(node)](node, random)


def _sample_struct(node: wire.Struct, random: Random) -> dict[str, Any]:
    values = {member.name: sample(member.node, random) for member in node.members}
    if node.tagged is not None:
        for member in node.tagged.values():
            values[member.name] = member.absent() if random.random() < 0.5 else sample(member.node, random)
        if random.random() < 0.2:
            tags = {random.choice((0, 1, 5, 127, 128, 10_000, 0xFFFFFFFF)) for _ in range(2)} - node.tagged.keys()
            if tags:
                values[wire.UNKNOWN_TAGS] = {tag: _sample_bytes(node, random) for tag in tags}
    return values


def _sample_number(node: Any, random: Random) -> float:
    if node.code == "d":
        return random.choice((0.0, -1.5, 1e300, float("inf"), random.uniform(-1e6, 1e6)))
    bits, signed = RANGES[node.code]
    lowest, highest = -signed << bits - 1, (1 << bits - signed) - 1
    return random.choice((0, 1, lowest, highest, random.randint(lowest, highest)))


def _sample_text(_: Any, random: Random) -> str:
    return "".join(random.choices(string.ascii_letters + "é€𝄞\0 ", k=random.choice((0, 1, 3, 8))))


def _sample_bytes(_: Any, random: Random) -> bytes:
    return bytes(random.getrandbits(8) for _ in range(random.choice((0, 1, 3, 8))))


_SAMPLES: dict[type[wire.Node], Callable[[Any, Random], Any]] = {
    wire.Number: _sample_number,
    wire.Boolean: lambda _, random: random.random() < 0.5,
    wire.Uuid: lambda _, random: base64.urlsafe_b64encode(random.getrandbits(128).to_bytes(16))[:22].decode(),
    wire.Varint: lambda node, random: random.randint(-1 << node.bits - 1, (1 << node.bits - 1) - 1),
    wire.String: _sample_text,
    wire.Bytes: _sample_bytes,
    wire.Records: _sample_bytes,
}


def random_schema(random: Random) -> Data:
    """Return a schema with versions 0 to 3, flexible or not."""
    flexible = random.random() < 0.6
    fields = _random_fields(random, flexible=flexible, depth=2)
    return grammar.Data("Random", *fields, versions="0-3", flexible="0+" if flexible else "none")


def _random_fields(random: Random, *, flexible: bool, depth: int) -> list[Field]:
    fields = []
    for index in range(random.randint(0, 5)):
        kind = _random_type(random, flexible=flexible, depth=depth)
        versions = random.choice((None, None, "1+", "0-2", "2"))
        tag = index if flexible and random.random() < 0.3 else None
        nullable = isinstance(kind.node(grammar.Layout(0, flexible, nullable=False, tagged=False)), _NULLABLE)
        narrowed = kind(versions, nullable=nullable and random.choice((False, True, "1+")), tag=tag)
        fields.append(f"field_{index}" / narrowed)
    return fields


_NULLABLE = (wire.Prefixed, wire.Struct)


def _random_type(random: Random, *, flexible: bool, depth: int) -> Type:
    choice = random.random()
    if depth and choice < 0.25:
        return grammar.Array(_random_type(random, flexible=flexible, depth=0 if choice < 0.1 else depth - 1))
    if depth and choice < 0.5:
        return grammar.Struct(*_random_fields(random, flexible=flexible, depth=depth - 1))
    return random.choice(SCALARS if choice < 0.75 else PREFIXED)


def check(node: wire.Node, value: Any, data: bytes, *, cuts: int | None = None) -> dict[Path, Span]:
    """Hold a node to a value and its bytes, in both directions; return the spans of its fields.

    Building gives the bytes. Parsing gives the value and stops where it ends, wherever it begins and in whatever it
    stands. The bytes of each span are what its field is built as. Cut short (everywhere, or at so many places), the
    bytes give the error "truncated" and all that is before the cut.
    """
    assert node.build(value) == data
    assert node.parse(data) == value
    for buffer in (data, bytearray(data), memoryview(data)):
        decoded = wire.decode(node, buffer)
        assert (decoded.value, decoded.stop, decoded.error, decoded.warnings) == (value, len(data), None, [])
    amid = wire.decode(node, b"\xff\xff" + data + b"\xff", 2)
    assert (amid.value, amid.stop) == (value, 2 + len(data))
    spans = wire.decode(node, data, spans=True).spans
    assert spans is not None
    for path, span in spans.items():
        assert build_at(node, value, path) == data[span.start : span.stop], path
    step = 1 if cuts is None else max(1, len(data) // cuts)
    for cut in range(0, len(data), step):
        check_cut(node, value, data[:cut], spans)
    return spans


def check_cut(node: wire.Node, value: Any, data: bytes, spans: dict[Path, Span]) -> None:
    """Hold a node to what it makes of the first bytes of a value."""
    cut = len(data)
    decoded = wire.decode(node, data, spans=True)
    assert decoded.error is not None
    assert decoded.error.kind == "truncated"
    assert decoded.error.offset <= cut
    assert decoded.stop in (decoded.error.offset, cut)  # records are kept as far as they go
    there = {} if decoded.value is None else dict(leaves(decoded.value))
    whole = dict(leaves(value))
    for path, span in spans.items():
        if path in whole and span.stop <= cut:
            assert there[path] == whole[path], f"{path} is missing, cut at {cut}"
    for path, leaf in there.items():
        if path in spans and spans[path].stop > cut:
            assert isinstance(leaf, bytes), f"{path} was not there yet at {cut}"
            assert whole[path].startswith(leaf)  # records
        elif path and path not in spans:  # a tagged field that was left out
            assert any(spans[path[:depth]].stop <= cut for depth in range(1, len(path)) if path[:depth] in spans), path


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value that holds no other, with its path."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from leaves(part, (*path, index))
    else:
        yield path, value


def build_at(node: wire.Node, value: Any, path: Path) -> bytes:
    """Build the part of a value that a path leads to."""
    for step in path:
        if isinstance(node, wire.NullableStruct):
            node = node.inner
        if step == wire.UNKNOWN_TAGS:
            return bytes(value[wire.UNKNOWN_TAGS][path[-1]])
        if isinstance(node, wire.Array):
            node = node.element
        else:
            assert isinstance(node, wire.Struct)
            node = next(member.node for member in node.each_member() if member.name == step)
        value = value[step]
    return bytes(node.build(value))


def refused(node: wire.Node, value: Any) -> str:
    """Build what must not be built; return the field that is said to be wrong."""
    with pytest.raises(WireError) as caught:
        node.build(value)
    assert caught.value.problem.kind == "invalid"
    return caught.value.problem.field


def problem(node: wire.Node, data: bytes) -> Problem:
    """Parse what must not be parsed; return what is said to be wrong with it."""
    error = wire.decode(node, data).error
    assert error is not None
    with pytest.raises(WireError) as caught:
        node.parse(data)
    assert caught.value.problem == error
    return error
