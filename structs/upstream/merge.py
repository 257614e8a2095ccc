"""One definition out of those of several releases: floors from the old, ceilings from the new.

A release drops versions and, with them, the fields and messages that only they had. So definitions are laid over one
another from the oldest release to the newest. Where two define a version the newer one is right, and its names,
defaults and meanings hold for all versions. What only the older one has keeps the versions that only it defines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from structs.upstream.definitions import Definition, DefinitionError, Definitions, Field
from structs.versions import NONE, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable

Structs = dict[str, tuple[Field, ...]]


class MergeError(DefinitionError):
    """Two releases contradict each other in a way that no single declaration expresses."""


def merge_all(releases: Iterable[Definitions]) -> Definitions:
    """Lay the definitions of releases over one another, oldest first."""
    merged: Definitions = {}
    for release in releases:
        for identity, definition in release.items():
            older = merged.get(identity)
            merged[identity] = definition if older is None else merge(older, definition)
    return merged


def merge(old: Definition, new: Definition) -> Definition:
    """Lay a newer definition of a message over an older one."""
    kept = _versions_only_in(old.versions, new.versions)
    if not kept:
        return new
    structs: Structs = {}
    merging = _Merging(old, new, kept, structs)
    fields = merging.merge_fields(old.fields, new.fields)
    merged = replace(
        new,
        versions=_join(kept, new.versions),
        flexible=_join(old.flexible & kept, new.flexible),
        fields=fields,
        structs=structs,
    )
    _prove(merged, old, kept)
    _prove(merged, new, new.versions)
    return merged


class _Merging:
    """The merge of one pair of definitions; `kept` are the versions that only the old one has."""

    def __init__(self, old: Definition, new: Definition, kept: Versions, structs: Structs) -> None:
        self.old = old
        self.new = new
        self.kept = kept
        self.structs = structs
        self.shared = old.versions & new.versions

    def merge_fields(self, old_fields: tuple[Field, ...], new_fields: tuple[Field, ...]) -> tuple[Field, ...]:
        partners = self._partners(old_fields, new_fields)
        merged = [self._merge_field(partners.get(field.name), field) for field in new_fields]
        old_names = {old.name: new_name for new_name, old in partners.items()}
        place = 0  # old fields without a partner go behind the field that they followed
        for field in old_fields:
            if field.name in old_names:
                place = 1 + next(i for i, other in enumerate(merged) if other.name == old_names[field.name])
            elif field.versions & self.kept:
                merged.insert(place, self._keep(field))
                place += 1
        return tuple(merged)

    def _partners(self, old_fields: tuple[Field, ...], new_fields: tuple[Field, ...]) -> dict[str, Field]:
        """Pair fields by name, else by the slot that they fill in a version which both definitions have."""
        old_by_name = {field.name: field for field in old_fields}
        partners = {field.name: old_by_name[field.name] for field in new_fields if field.name in old_by_name}
        for version in self.shared.each() if self.shared else ():
            old_row = [field for field in old_fields if version in field.versions]
            new_row = [field for field in new_fields if version in field.versions]
            if len(old_row) != len(new_row):
                continue  # another layout under the same number: the newer is right
            taken = {old.name for old in partners.values()}
            for old, new in zip(old_row, new_row, strict=True):
                if new.name not in partners and old.name not in taken and _alike(old, new):
                    partners[new.name] = old
        return partners

    def _merge_field(self, old: Field | None, new: Field) -> Field:
        versions = new.versions & self.new.versions
        if old is None:
            self._merge_struct(None, new)
            return replace(new, versions=versions)
        if not _alike(old, new):
            raise MergeError(f"{self.new.name}: {new.name} was {old.type}, now is {new.type}")
        self._merge_struct(old, new)
        was = old.versions & self.kept
        return replace(
            new,
            versions=_join(was, versions),
            nullable=_join(old.nullable & was, new.nullable & versions),
        )

    def _merge_struct(self, old: Field | None, new: Field) -> None:
        """Merge the structs of two paired fields, under the newer name."""
        if not new.is_struct or new.type in self.structs:
            return
        self.structs[new.type] = ()  # its place: structs keep the order of their first use
        before = self.old.structs[old.type] if old is not None else ()
        self.structs[new.type] = self.merge_fields(before, self.new.structs[new.type])

    def _keep(self, field: Field) -> Field:
        """Take over a field that only the old definition has, with the structs that it needs."""
        if field.is_struct and field.type not in self.structs:
            if field.type in self.new.structs:
                fields = self.merge_fields(self.old.structs[field.type], self.new.structs[field.type])
            else:
                fields = tuple(self._keep(inner) for inner in self.old.structs[field.type])
            self.structs[field.type] = fields
        return replace(field, versions=field.versions & self.kept, nullable=field.nullable & self.kept)


def _alike(old: Field, new: Field) -> bool:
    same_type = (old.is_struct and new.is_struct) or old.type == new.type
    return same_type and old.array == new.array and old.tag == new.tag


def _versions_only_in(old: Versions, new: Versions) -> Versions:
    """Return the versions that the newer release dropped; they must lie below those that it has."""
    if not new or not old:
        return old
    if old.highest is None or new.highest is None or old.highest > new.highest:
        raise MergeError(f"the newer release has {new}, the older one {old}")
    return old & Versions(0, new.lowest - 1)


def _join(lower: Versions, upper: Versions) -> Versions:
    """Return the window of two that adjoin or overlap."""
    if not lower or not upper:
        return lower or upper or NONE
    if lower.highest is not None and lower.highest + 1 < upper.lowest:
        raise MergeError(f"{lower} and {upper} leave a gap")
    return Versions(min(lower.lowest, upper.lowest), upper.highest)


def _prove(merged: Definition, source: Definition, versions: Versions) -> None:
    """Hold the merged layout to its source, version by version."""
    for version in versions.each() if versions else ():
        if merged.slots(version) != source.slots(version):
            raise MergeError(f"{merged.name} version {version} is not what its definition says")


def number_records(definitions: Definitions) -> Definitions:
    """Give the coordinators' records of before 4.1 their type number, which used to be the version of their key."""
    numbered = dict(definitions)
    for identity, key in definitions.items():
        if key.kind == "data" and key.module.endswith("-coordinator") and key.name.endswith("Key"):
            number = key.versions.highest
            first = Versions(0, 0)
            fields = tuple(replace(field, versions=first) for field in key.fields)
            numbered[identity] = replace(key, key=number, versions=first, fields=fields, kind="coordinator-key")
            value = definitions["data", key.name.removesuffix("Key") + "Value"]
            numbered[value.identity] = replace(value, key=number, kind="coordinator-value")
    return numbered
