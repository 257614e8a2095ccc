"""The notation in which Kafka's messages are declared.

    METADATA = Api("Metadata", key=3, versions="0-13", flexible="9+")

    MetadataRequestTopic = Struct(
        "topic_id" / TopicId("10+"),
        "name" / TopicName(nullable="10+"),
    )

    MetadataRequest = METADATA.request(
        "topics" / Array(MetadataRequestTopic, nullable="1+"),
        "allow_auto_topic_creation" / Boolean("4+", default=True),
        "include_cluster_authorized_operations" / Boolean("8-10"),
        "include_topic_authorized_operations" / Boolean("8+"),
    )

    MetadataRequest.at(4).build({"topics": [{"name": "orders"}]})   # 13 bytes
    MetadataRequest.at(4).parse(data)   # {"topics": [{"name": "orders"}], "allow_auto_topic_creation": True}

A field is its name, a slash and its type; fields stand in the order of their bytes. A type is called to narrow it:

    Int32("3+")                           only versions from 3 on have it; "0-12" and "8" are windows as well
    String(nullable=True)                 it may be null in every version that has it; in some: nullable="10+"
    Boolean("4+", default=True)           its default is not the natural one (zero, empty, false)
    String("12+", nullable=True, tag=0)   it is a tagged field
    Int32                                 nothing of all that

Windows and names are Kafka's own, and windows stand only where they narrow those of what encloses the field: the
struct, the API. What a value stands for is said by its type (`ErrorCode`, `TopicName`, ...), never by its position.
What a type is on the wire in a version, compact or not, follows from that version.
"""

from __future__ import annotations

from typing import Final, Literal

from structs import wire
from structs.fields import (
    Array,
    Binary,
    Embedded,
    Enumeration,
    Field,
    Layout,
    RecordBatches,
    Scalar,
    Secret,
    Struct,
    Text,
    Type,
)
from structs.versions import Versions

__all__ = [
    "Api",
    "Array",
    "AuthorizedOperations",
    "Binary",
    "Boolean",
    "BrokerId",
    "Bytes",
    "ConfigValue",
    "Data",
    "Embedded",
    "Enumeration",
    "ErrorCode",
    "Field",
    "Float64",
    "GroupId",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Layout",
    "Message",
    "ProducerId",
    "RecordBatches",
    "Records",
    "Scalar",
    "Secret",
    "Side",
    "String",
    "Struct",
    "Text",
    "TopicId",
    "TopicName",
    "TransactionalId",
    "Type",
    "UInt16",
    "UInt32",
    "Uuid",
]

Side = Literal["request", "response"]


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
ConfigValue: Final = Text("config_value")  # a secret, if the configuration's name says so
