"""The notation in which Kafka's messages are declared.

    METADATA = Api("Metadata", key=3, versions="0-13", flexible="9+")

    MetadataRequestTopic = Struct(
        "topic_id" / TopicId("10+"),
        "name" / TopicName(nullable="10+"),
    )

    MetadataRequest = METADATA.request(
        "topics" / Array(MetadataRequestTopic, nullable="1+"),
        "allow_auto_topic_creation" / Boolean("4+", default=True),
    )

    MetadataRequest.at(9)   # a construct that parses and builds version 9

A field is its name, a slash and its type. Types are called to narrow them: the first argument is the window of versions
that have the field (all of them if left out), `nullable` says in which of these it may be null (True: in all),
`default` stands where Kafka's default is not the natural one (zero, empty, false), and `tag` makes it a tagged field.
Windows and names are Kafka's own. What a value stands for is said by its type (`ErrorCode`, `TopicName`, ...), never by
its position.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from structs import wire
from structs.versions import ALL, NONE, Versions
from structs.wire import Meaning

if TYPE_CHECKING:
    from typing import Self

Side = Literal["request", "response"]


class _Unset:
    """The type of the default that is not given."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()


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
        """Return this type, narrowed (see the module's docstring); `flexible` overrides the message's window."""
        narrowed = copy.copy(self)
        if versions is not None:
            narrowed.versions = Versions.parse(versions)
        if isinstance(nullable, str):
            narrowed.nullable = Versions.parse(nullable)
        elif nullable:
            narrowed.nullable = ALL
        if default is not UNSET:
            narrowed.default = default
        if tag is not None:
            narrowed.tag = tag
        if flexible is not None:
            narrowed.flexible = Versions.parse(flexible)
        return narrowed

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
    """What views withhold unless they are told otherwise: `"hmac" / Secret(Bytes)`."""

    def __init__(self, inner: Type) -> None:
        super().__init__(meaning=Meaning("secret"))
        self.inner = inner
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
        self.element = element
        self.natural_default = []
        self.__dict__ = self(versions, nullable=nullable, default=default, tag=tag).__dict__

    def node(self, layout: Layout) -> wire.Node:
        """Return the construct that reads and writes this type."""
        element = self.element.node(layout._replace(nullable=False, tagged=False))
        return wire.Array(element, compact=layout.flexible, nullable=layout.nullable)


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
        for name, kind in self.fields:
            if version not in kind.versions:
                continue
            layout = Layout(
                version,
                flexible=flexible and version in kind.flexible,
                nullable=version in kind.nullable,
                tagged=kind.tag is not None,
            )
            member = wire.Member(name, kind.node(layout), kind.default_at(layout))
            if kind.tag is None:
                members.append(member)
            else:
                tagged[kind.tag] = member
        return wire.Struct(members, tagged if flexible else None)


class Data:
    """A schema with versions of its own: a message, a header, or a payload that travels inside others.

    `key` is the record type, where records of one topic are told apart by it. `at(version)` gives the construct.
    """

    def __init__(
        self, name: str, *fields: Field, versions: str, flexible: str = "none", key: int | None = None
    ) -> None:
        self.name = name
        self.key = key
        self.versions = Versions.parse(versions)
        self.flexible = Versions.parse(flexible)
        self.struct = Struct(*fields)
        self._layouts: dict[int, wire.Struct] = {}

    @property
    def fields(self) -> tuple[Field, ...]:
        """The declared fields, in wire order."""
        return self.struct.fields

    def at(self, version: int) -> wire.Struct:
        """Return the construct of one version; raise LookupError if there is no such version."""
        layout = self._layouts.get(version)
        if layout is None:
            if version not in self.versions:
                raise LookupError(f"{self.name} has no version {version}, only {self.versions}")
            layout = self.struct.layout_at(version, flexible=version in self.flexible)
            self._layouts[version] = layout
        return layout

    def __repr__(self) -> str:
        return f"<{self.name} {self.versions}>"


class Message(Data):
    """The request or the response of an API."""

    def __init__(self, api: Api, side: Side, *fields: Field) -> None:
        super().__init__(
            f"{api.name}{side.capitalize()}",
            *fields,
            versions=str(api.versions),
            flexible=str(api.flexible),
            key=api.key,
        )
        self.api = api
        self.side = side


class Api:
    """One of Kafka's APIs: its key, the versions that were ever released, and which of them are flexible."""

    def __init__(self, name: str, *, key: int, versions: str, flexible: str) -> None:
        self.name = name
        self.key = key
        self.versions = Versions.parse(versions)
        self.flexible = Versions.parse(flexible)

    def request(self, *fields: Field) -> Message:
        """Declare the request's body."""
        return Message(self, "request", *fields)

    def response(self, *fields: Field) -> Message:
        """Declare the response's body."""
        return Message(self, "response", *fields)

    def __repr__(self) -> str:
        return f"<{self.name} ({self.key}) {self.versions}>"


Boolean: Final = Scalar(wire.Boolean(), natural_default=False)
Int8: Final = Scalar(wire.Number("b"), 0)
Int16: Final = Scalar(wire.Number("h"), 0)
Int32: Final = Scalar(wire.Number("i"), 0)
Int64: Final = Scalar(wire.Number("q"), 0)
UInt16: Final = Scalar(wire.Number("H"), 0)
UInt32: Final = Scalar(wire.Number("I"), 0)
Float64: Final = Scalar(wire.Number("d"), 0.0)
Uuid: Final = Scalar(wire.Uuid(), wire.ZERO_UUID)
String: Final = Text()
Bytes: Final = Binary()
Records: Final = RecordBatches()

ErrorCode: Final = Scalar(wire.Number("h"), 0, "error_code")
BrokerId: Final = Scalar(wire.Number("i"), 0, "broker_id")
ProducerId: Final = Scalar(wire.Number("q"), 0, "producer_id")
AuthorizedOperations: Final = Scalar(wire.Number("i"), 0, "authorized_operations")
TopicId: Final = Scalar(wire.Uuid(), wire.ZERO_UUID, "topic_id")
TopicName: Final = Text("topic_name")
GroupId: Final = Text("group_id")
TransactionalId: Final = Text("transactional_id")
