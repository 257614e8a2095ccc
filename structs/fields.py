"""The types of fields: what a declaration says of a field, and the construct that this makes in a version.

`structs.grammar` is the notation that they belong to, and explains it.
"""

from __future__ import annotations

import copy
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from structs import wire
from structs.versions import ALL, NONE, Versions
from structs.wire import Meaning

if TYPE_CHECKING:
    from typing import Self


class _Unset(Enum):
    """The type of UNSET."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return self.name


UNSET: Final = _Unset.UNSET  # stands for a default that is not given; None is a default


class Layout(NamedTuple):
    """What decides how a field is encoded: its version, and whether it is flexible, nullable, tagged there."""

    version: int
    flexible: bool
    nullable: bool
    tagged: bool


class Type:
    """The type of a field with everything that narrows it; call it to get a narrower copy."""

    natural_default: Any = None

    def __init__(self, *, meaning: Meaning | None = None) -> None:
        self.versions = ALL
        self.nullable = NONE
        self.default: Any = UNSET
        self.tag: int | None = None
        self.flexible = ALL
        self.meaning = meaning

    def __call__(
        self,
        versions: str | None = None,
        *,
        nullable: str | bool = False,
        default: Any = UNSET,
        tag: int | None = None,
        flexible: str | None = None,
    ) -> Self:
        """Return this type, narrowed (see the module's docstring); `flexible` narrows the message's window."""
        narrowed = copy.copy(self)
        narrowed._narrow(versions, nullable, default, tag, flexible)
        return narrowed

    def _narrow(
        self, versions: str | None, nullable: str | bool, default: Any, tag: int | None, flexible: str | None = None
    ) -> None:
        if versions is not None:
            self.versions = Versions.parse(versions)
        if isinstance(nullable, str):
            self.nullable = Versions.parse(nullable)
        elif nullable:
            self.nullable = ALL
        if default is not UNSET:
            self.default = default
        if tag is not None:
            self.tag = tag
        if flexible is not None:
            self.flexible = Versions.parse(flexible)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything narrows the type: then it is a field's, and no element's."""
        given = (self.versions, self.nullable, self.default, self.tag, self.flexible)
        return given != (ALL, NONE, UNSET, None, ALL)

    def __rtruediv__(self, name: str) -> Field:
        return Field(name, self)

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        raise NotImplementedError

    def default_at(self, layout: Layout) -> Any:
        """Return the value that stands for the field's absence."""
        return self.natural_default if self.default is UNSET else self.default


class Field(NamedTuple):
    """A named field; made with a slash: `"name" / Type`."""

    name: str
    type: Type


class Scalar(Type):
    """A number, a boolean or a UUID: one encoding whatever the version."""

    def __init__(self, node: wire.Node, natural_default: Any, meaning: str = "") -> None:
        super().__init__(meaning=Meaning(meaning) if meaning else None)
        self._node = node.marked(self.meaning)
        self.natural_default = natural_default

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return self._node


class Text(Type):
    """A string: int16 length, or compact where the version is flexible."""

    natural_default = ""

    def __init__(self, meaning: str = "") -> None:
        super().__init__(meaning=Meaning(meaning) if meaning else None)

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return wire.String(compact=layout.flexible, nullable=layout.nullable).marked(self.meaning)


class Binary(Type):
    """Bytes: int32 length, or compact where the version is flexible."""

    natural_default = b""

    def __init__(self, encoding: type[wire.Bytes] = wire.Bytes, meaning: Meaning | None = None) -> None:
        super().__init__(meaning=meaning)
        self._encoding = encoding

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return self._encoding(compact=layout.flexible, nullable=layout.nullable).marked(self.meaning)


class Secret(Type):
    """What views withhold unless they are told otherwise: `"hmac" / Secret(Bytes)`; it may hold a payload."""

    def __init__(self, inner: Type) -> None:
        super().__init__(meaning=Meaning("secret", inner.meaning.detail if inner.meaning is not None else ""))
        self.inner = _plain(inner)
        self.natural_default = inner.natural_default

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return self.inner.node(layout).marked(self.meaning)


class Enumeration(Type):
    """A number that stands for something, by a table of `structs.enumerations`: `Enumeration(Int16, "acks")`."""

    def __init__(self, inner: Type, table: str) -> None:
        super().__init__(meaning=Meaning("enumeration", table))
        self.inner = _plain(inner)
        self.natural_default = inner.natural_default

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        return self.inner.node(layout).marked(self.meaning)


class RecordBatches(Binary):
    """The bytes of record batches. Kafka gives them no default but null, wherever that is allowed."""

    def __init__(self) -> None:
        super().__init__(wire.Records, Meaning("records"))

    def default_at(self, layout: Layout) -> Any:
        """Return None where the field may be null, else no bytes."""
        return None if layout.nullable else super().default_at(layout)


class Embedded(Binary):
    """Bytes that hold another payload, named by its label: `"metadata" / Embedded("group subscription")`."""

    def __init__(self, label: str) -> None:
        super().__init__(meaning=Meaning("embedded", label))


class Array(Type):
    """A list of values of one type; its other arguments are those that narrow any type."""

    def __init__(
        self,
        element: Type,
        versions: str | None = None,
        *,
        nullable: str | bool = False,
        default: Any = UNSET,
        tag: int | None = None,
    ) -> None:
        super().__init__()
        self.element = _plain(element)
        self.natural_default = []
        self._narrow(versions, nullable, default, tag)

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        element = self.element.node(layout._replace(nullable=False, tagged=False))
        return wire.Array(element, compact=layout.flexible, nullable=layout.nullable)


def _plain(inner: Type) -> Type:
    if inner.is_narrowed:
        raise ValueError("windows, null, default and tag are the field's: they stand outside, not on the type inside")
    return inner


class Struct(Type):
    """Fields in wire order."""

    def __init__(self, *fields: Field) -> None:
        super().__init__()
        self.fields = fields

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        inner = self.layout_at(layout.version, flexible=layout.flexible)
        return wire.NullableStruct(inner, tagged=layout.tagged) if layout.nullable else inner

    def default_at(self, layout: Layout) -> Any:
        """Return None where that is the default, else the defaults of the fields that the version has."""
        if self.default is None:
            return None
        inner = self.layout_at(layout.version, flexible=layout.flexible)
        return {member.name: member.absent() for member in inner.each_member()}

    def layout_at(self, version: int, *, flexible: bool) -> wire.Struct:
        """Return the construct of the fields that a version has."""
        members: list[wire.Member] = []
        tagged: dict[int, wire.Member] = {}
        names: set[str] = set()
        for name, kind in self.fields:
            if version not in kind.versions:
                continue
            if name in names or kind.tag in tagged:
                raise ValueError(f"version {version} has two fields with the name or the tag of {name!r}")
            names.add(name)
            layout = Layout(
                version,
                flexible=flexible and version in kind.flexible,
                nullable=version in kind.nullable,
                tagged=kind.tag is not None,
            )
            member = wire.Member(name, kind.node(layout), kind.default_at(layout))
            if kind.tag is None:
                members.append(member)
            elif flexible:
                tagged[kind.tag] = member
            else:
                raise ValueError(f"version {version} is not flexible and cannot have the tagged field {name!r}")
        return wire.Struct(members, tagged if flexible else None)
