"""Kafka's message definitions: JSON with comments, as its source tree and its jars carry it.

Only facts are taken: names, types, versions, tags, nullability, defaults.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from structs.versions import NONE, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_COMMENT_OR_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_RESOURCE = re.compile(r"(common/)?(message|metadata)/\w+\.json")
_PRIMITIVES = frozenset(
    "bool int8 int16 int32 int64 uint16 uint32 float64 uuid string bytes records".split()  # noqa: SIM905
)


class DefinitionError(ValueError):
    """A definition says something that this reader does not understand."""


class Unset:
    """The type of the default that a definition does not give."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


class Slot(NamedTuple):
    """What one field is on the wire in one version; `type` is a primitive's name or a struct's slots."""

    type: str | tuple[Slot, ...]
    array: bool
    nullable: bool
    tag: int | None


@dataclass(frozen=True)
class Field:
    """One field; `type` is what the array holds where `array` is set, and a struct's name unless it is primitive."""

    name: str
    type: str
    versions: Versions
    array: bool = False
    nullable: Versions = NONE
    tag: int | None = None
    default: Any = UNSET
    entity: str | None = None

    @property
    def is_struct(self) -> bool:
        """Whether the type is a struct of the same definition."""
        return self.type not in _PRIMITIVES


Identity = tuple[str, int | str]


@dataclass(frozen=True)
class Definition:
    """One message or schema: its versions, its fields in wire order, and the structs that they name."""

    name: str
    kind: str  # request, response, data, metadata, coordinator-key, coordinator-value
    key: int | None
    module: str  # the part of Kafka that it belongs to: clients, metadata, group-coordinator, ...
    versions: Versions
    flexible: Versions
    fields: tuple[Field, ...]
    structs: Mapping[str, tuple[Field, ...]]

    @property
    def identity(self) -> Identity:
        """What stays when Kafka renames a message: the key of an API, the name of anything else."""
        if self.kind in ("request", "response") and self.key is not None:
            return self.kind, self.key
        return "data", self.name

    def slots(self, version: int) -> tuple[Slot, ...]:
        """Return the wire layout of one version, names and meanings left out."""
        return tuple(self._slots(self.fields, version))

    def _slots(self, fields: Iterable[Field], version: int) -> Iterator[Slot]:
        for field in fields:
            if version in field.versions:
                inner = tuple(self._slots(self.structs[field.type], version)) if field.is_struct else field.type
                yield Slot(inner, field.array, version in field.nullable, field.tag)


Definitions = dict[Identity, Definition]


def read_folder(folder: Path) -> Definitions:
    """Read every definition below a folder; the folder that a file stands in names its module."""
    paths = sorted(folder.rglob("*.json"))
    return _by_identity((load(path.read_text(encoding="utf-8")), path.parent.name) for path in paths)


def read_jar(jar: Path, module: str) -> Definitions:
    """Read every definition that an official jar carries as a resource."""
    with zipfile.ZipFile(jar) as archive:
        names = sorted(name for name in archive.namelist() if _RESOURCE.fullmatch(name))
        return _by_identity((load(archive.read(name).decode("utf-8")), module) for name in names)


def load(text: str) -> dict[str, Any]:
    """Read the JSON document of one file, comments and whatever follows it left out."""
    bare = _COMMENT_OR_STRING.sub(lambda match: match[0] if match[0].startswith('"') else " ", text).strip()
    try:
        document, _ = json.JSONDecoder().raw_decode(bare)  # Kafka 2.8.0 ships one file with brackets to spare
    except json.JSONDecodeError as error:
        raise DefinitionError(f"not a message definition: {error}") from error
    if not isinstance(document, dict):
        raise DefinitionError("not a message definition: no object")
    return document


def define(document: dict[str, Any], module: str) -> Definition:
    """Make a definition of its document; raise DefinitionError where it is not understood."""
    structs: dict[str, tuple[Field, ...]] = {}
    for common in document.get("commonStructs", []):
        structs[common["name"]] = _fields(common["fields"], structs)
    fields = _fields(document.get("fields", []), structs)
    definition = Definition(
        name=document["name"],
        kind=document["type"],
        key=document.get("apiKey"),
        module=module,
        versions=Versions.parse(document["validVersions"]),
        flexible=Versions.parse(document.get("flexibleVersions", "none")),
        fields=fields,
        structs=structs,
    )
    unknown = {field.type for field in _every_field(definition) if field.is_struct} - structs.keys()
    if unknown:
        raise DefinitionError(f"{definition.name}: unknown types {sorted(unknown)}")
    return definition


def _by_identity(documents: Iterable[tuple[dict[str, Any], str]]) -> Definitions:
    found: Definitions = {}
    for document, module in documents:
        if document["type"] == "header":
            continue  # structs/headers.py declares the headers, and the rule that picks one
        definition = define(document, module)
        if found.setdefault(definition.identity, definition) is not definition:
            raise DefinitionError(f"{definition.name} is defined twice")
    return found


def _every_field(definition: Definition) -> Iterator[Field]:
    yield from definition.fields
    for fields in definition.structs.values():
        yield from fields


def _fields(entries: list[dict[str, Any]], structs: dict[str, tuple[Field, ...]]) -> tuple[Field, ...]:
    return tuple(_field(entry, structs) for entry in entries)


def _field(entry: dict[str, Any], structs: dict[str, tuple[Field, ...]]) -> Field:
    name = entry["name"]
    kind = entry["type"].removeprefix("[]")
    tagged = Versions.parse(entry.get("taggedVersions", "none"))
    # Where a definition says only in which versions a field is tagged, these are its versions.
    versions = Versions.parse(entry["versions"]) if "versions" in entry else tagged
    if tagged and not tagged.covers(versions):
        raise DefinitionError(f"{name} is tagged in {tagged} and plain in other versions of {versions}")
    if "flexibleVersions" in entry:
        raise DefinitionError(f"{name} has flexible versions of its own")
    if "fields" in entry:
        structs[kind] = _fields(entry["fields"], structs)
    return Field(
        name=name,
        type=kind,
        versions=versions,
        array=entry["type"].startswith("[]"),
        nullable=Versions.parse(entry.get("nullableVersions", "none")) & versions,
        tag=int(entry["tag"]) if tagged else None,
        default=_default(entry, kind),
        entity=entry.get("entityType"),
    )


def _default(entry: dict[str, Any], kind: str) -> Any:
    """Return the default as a Python value: definitions write it as a string or as a bare JSON value."""
    value = entry.get("default")
    if value is None:  # a bare null is none given: only as a string it is Kafka's null
        return UNSET
    if value == "null":
        return None
    if entry["type"].startswith("[]"):
        raise DefinitionError(f"{entry['name']}: the default {value!r} of an array is not null")
    if kind == "bool":
        return value if isinstance(value, bool) else value == "true"
    if "int" in kind:
        return value if isinstance(value, int) else int(value, 0)
    if kind == "float64":
        return float(value)
    if kind == "string":
        return str(value)
    raise DefinitionError(f"{entry['name']}: a default {value!r} for {kind}")
