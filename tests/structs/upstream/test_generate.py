"""The declarations in the tree are what Kafka's official definitions say, and nothing else."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING

from structs import registry, wire
from structs.upstream import sources
from structs.upstream.generate import MESSAGES, declare, differences, write

if TYPE_CHECKING:
    from pathlib import Path

    from structs.grammar import Data
    from structs.upstream.definitions import Definition, Definitions, Slot
    from structs.upstream.variants import Variants

_NUMBERS = {"b": "int8", "h": "int16", "i": "int32", "q": "int64", "H": "uint16", "I": "uint32", "d": "float64"}
_ABOUT = re.compile(r'"about"\s*:\s*"((?:[^"\\]|\\.)*)"')

Layout = tuple[object, ...]


def test_writing_them_again_changes_nothing(merged: Definitions, early: Variants, tmp_path: Path) -> None:
    write(declare(merged, early, sources.read_listing().release), tmp_path)
    assert differences(tmp_path, MESSAGES) == []


def test_the_definitions_are_those_of_all_apis(merged: Definitions) -> None:
    """The jars cover every declaration: 95 API keys with 368 pairs of key and version, and all schemas."""
    kinds = Counter(definition.kind for definition in merged.values())
    pairs = [definition.versions.each() for definition in merged.values() if definition.kind == "request"]
    assert (kinds["request"], kinds["response"], sum(len(list(versions)) for versions in pairs)) == (95, 95, 368)


def test_the_grammar_of_each_version_is_the_layout_of_the_release_that_is_right(layers: list[Definitions]) -> None:
    """Order, type, nullability and tag of every field, against the newest definition that has the version."""
    compared = 0
    covered: Counter[tuple[str, int | str, int]] = Counter()
    for layer in reversed(layers):
        for identity, definition in layer.items():
            for version in definition.versions.each() if definition.versions else ():
                if covered[*identity, version] == 0:
                    grammar = declared(definition).at(version)
                    assert layout_of(grammar) == layout(definition.slots(version)), f"{definition.name} {version}"
                    assert (grammar.tagged is not None) == (version in definition.flexible), definition.name
                    compared += 1
                covered[*identity, version] += 1
    assert compared > 2 * 368


def test_the_variants_are_the_layouts_of_their_releases(early: Variants) -> None:
    for line, definitions in early.items():
        module = import_module(f"structs.messages.variants.kafka_{line.replace('.', '_')}")
        for definition in definitions:
            declaration = getattr(module, definition.name)
            for version in definition.versions.each():
                assert layout_of(declaration.at(version)) == layout(definition.slots(version)), definition.name


def test_no_sentence_of_kafkas_is_in_them(cache: Path) -> None:
    """Facts are taken, prose is not: no description that Kafka's definitions give turns up in a declaration."""
    text = "\n".join(path.read_text() for path in MESSAGES.rglob("*.py"))
    sentences = {about for jar in sources.read_listing().jars() for about in descriptions(cache / jar.name)}
    sentences = {sentence for sentence in sentences if len(sentence.split()) > 2}
    assert len(sentences) > 1000
    assert {sentence for sentence in sentences if sentence in text} == set()


def test_differences_names_what_differs_and_what_is_missing(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder, files in (
        (one, {"a.py": "1", "b.py": "1", "c.py": "1"}),
        (other, {"a.py": "1", "b.py": "2", "d.py": "1"}),
    ):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
    assert differences(one, other) == ["b.py", "c.py", "d.py"]


def descriptions(jar: Path) -> list[str]:
    """Return what a jar's definitions say about their fields."""
    with zipfile.ZipFile(jar) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".json")]
    return [json.loads(f'"{about}"') for text in texts for about in _ABOUT.findall(text)]


def declared(definition: Definition) -> Data:
    """Return the declaration that stands for a definition."""
    if definition.kind in ("request", "response") and definition.key is not None:
        return registry.message(definition.key, "request" if definition.kind == "request" else "response")
    return registry.data(definition.name)


def layout(slots: tuple[Slot, ...]) -> Layout:
    """Return the plain fields in wire order, and the tagged ones by tag."""
    shapes = [(slot.tag, slot.array, slot.nullable, type_of(slot)) for slot in slots]
    tagged = [shape for shape in shapes if shape[0] is not None]
    return *(shape for shape in shapes if shape[0] is None), *sorted(tagged, key=str)


def type_of(slot: Slot) -> object:
    """Return a slot's type; records are encoded as bytes are, and a slice of a snapshot is no whole records."""
    if isinstance(slot.type, tuple):
        return layout(slot.type)
    return "bytes" if slot.type == "records" else slot.type


def layout_of(struct: wire.Struct) -> Layout:
    """Return the same of a grammar."""
    plain = [(None, *shape_of(member.node)) for member in struct.members]
    tagged = [(tag, *shape_of(member.node)) for tag, member in (struct.tagged or {}).items()]
    return *plain, *sorted(tagged, key=str)


def shape_of(node: wire.Node) -> tuple[bool, bool, object]:
    """Return whether a node is an array, whether it may be null, and its type."""
    match node:
        case wire.Array(element=element, nullable=nullable):
            return True, nullable, shape_of(element)[2]
        case wire.NullableStruct(inner=inner):
            return False, True, layout_of(inner)
        case wire.Struct():
            return False, False, layout_of(node)
        case wire.Number(code=code):
            return False, False, _NUMBERS[code]
        case wire.Boolean():
            return False, False, "bool"
        case wire.Uuid():
            return False, False, "uuid"
        case wire.String(nullable=nullable):
            return False, nullable, "string"
        case wire.Bytes(nullable=nullable):
            return False, nullable, "bytes"
    raise AssertionError(node)
