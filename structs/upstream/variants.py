"""Layouts that a version number had in an early release, and has no more.

Kafka promises one layout per stable version. Previews broke that: what they wrote differs from what later releases
write under the same number. Tags that were added later are no variant: the newer declaration reads the older bytes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from structs.upstream.definitions import Definition, DefinitionError
from structs.versions import NONE, Versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from structs.upstream.definitions import Definitions, Slot

Variants = dict[str, list[Definition]]


def find(merged: Definitions, early: Iterable[tuple[str, Definitions]]) -> Variants:
    """Return, by the release line that first had them, the definitions whose layout `merged` does not read."""
    found: Variants = {}
    known: list[Definition] = []
    for line, release in early:
        for identity, definition in release.items():
            newest = merged.get(identity)
            versions = _unreadable(definition, newest)
            if not versions:
                continue
            variant = replace(definition, versions=versions, name=newest.name if newest else definition.name)
            if not any(_same(variant, other) for other in known):
                known.append(variant)
                found.setdefault(line, []).append(variant)
    return found


def _unreadable(definition: Definition, newest: Definition | None) -> Versions:
    if newest is None:
        return definition.versions
    shared = definition.versions & newest.versions
    versions = [
        version
        for version in (shared.each() if shared else ())
        if (version in definition.flexible) != (version in newest.flexible)
        or not _reads(newest.slots(version), definition.slots(version))
    ]
    if not versions:
        return NONE
    if len(versions) != versions[-1] - versions[0] + 1:
        raise DefinitionError(f"{definition.name}: the versions {versions} with another layout leave a gap")
    return Versions(versions[0], versions[-1])


def _reads(ours: tuple[Slot, ...], theirs: tuple[Slot, ...]) -> bool:
    """Say whether a reader of our layout reads all that a writer of theirs writes."""
    our_tags = {slot.tag: slot for slot in ours if slot.tag is not None}
    plain = zip(
        (slot for slot in ours if slot.tag is None), (slot for slot in theirs if slot.tag is None), strict=False
    )
    return (
        sum(slot.tag is None for slot in ours) == sum(slot.tag is None for slot in theirs)
        and all(_reads_slot(our, their) for our, their in plain)
        and all(
            slot.tag in our_tags and _reads_slot(our_tags[slot.tag], slot) for slot in theirs if slot.tag is not None
        )
    )


def _reads_slot(ours: Slot, theirs: Slot) -> bool:
    if ours.array != theirs.array or (theirs.nullable and not ours.nullable):
        return False
    if isinstance(ours.type, tuple) and isinstance(theirs.type, tuple):
        return _reads(ours.type, theirs.type)
    # Kafka called records bytes before 2.8; they are encoded alike.
    return ours.type == theirs.type or {ours.type, theirs.type} == {"bytes", "records"}


def _same(one: Definition, other: Definition) -> bool:
    return (one.identity, one.versions, one.flexible) == (other.identity, other.versions, other.flexible) and all(
        one.slots(version) == other.slots(version) for version in one.versions.each()
    )
