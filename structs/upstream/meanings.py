"""What fields stand for: the notation's types by meaning, where Kafka's definitions give only an encoding.

Kafka marks topic names, group ids and the like in requests and responses (`entityType`), but seldom in records. What
its marks leave out is said here by name, and where a name is not enough by the struct or message that owns the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from structs.upstream.naming import field_name

if TYPE_CHECKING:
    from structs.upstream.definitions import Field

ENCODINGS = {
    "bool": "Boolean",
    "int8": "Int8",
    "int16": "Int16",
    "int32": "Int32",
    "int64": "Int64",
    "uint16": "UInt16",
    "uint32": "UInt32",
    "float64": "Float64",
    "uuid": "Uuid",
    "string": "String",
    "bytes": "Bytes",
    "records": "Records",
}

ENTITIES = {
    ("topicName", "string"): "TopicName",
    ("groupId", "string"): "GroupId",
    ("transactionalId", "string"): "TransactionalId",
    ("brokerId", "int32"): "BrokerId",
    ("producerId", "int64"): "ProducerId",
}

NAMES = {
    ("topic", "string"): "TopicName",
    ("topic_name", "string"): "TopicName",
    ("source_topics", "string"): "TopicName",
    ("repartition_sink_topics", "string"): "TopicName",
    ("group", "string"): "GroupId",
    ("group_id", "string"): "GroupId",
    ("transactional_id", "string"): "TransactionalId",
    ("adding_replicas", "int32"): "BrokerId",
    ("broker_id", "int32"): "BrokerId",
    ("controller_id", "int32"): "BrokerId",
    ("isr", "int32"): "BrokerId",
    ("leader", "int32"): "BrokerId",
    ("leader_id", "int32"): "BrokerId",
    ("node_id", "int32"): "BrokerId",
    ("removing_replicas", "int32"): "BrokerId",
    ("replicas", "int32"): "BrokerId",
    ("voter_id", "int32"): "BrokerId",
    ("next_producer_id", "int64"): "ProducerId",
    ("previous_producer_id", "int64"): "ProducerId",
    ("producer_id", "int64"): "ProducerId",
    ("topic_id", "uuid"): "TopicId",
    ("topic_ids", "uuid"): "TopicId",
    ("authorized_operations", "int32"): "AuthorizedOperations",
    ("cluster_authorized_operations", "int32"): "AuthorizedOperations",
    ("topic_authorized_operations", "int32"): "AuthorizedOperations",
}

OWNED = {
    ("ConsumerProtocolSubscription", "topics"): "TopicName",
    ("ConsumerGroupRegularExpressionValue", "topics"): "TopicName",
    ("TopicIdPartition", "name"): "TopicName",
    ("TopicIdPartition", "id"): "TopicId",
    ("TopicInfo", "name"): "TopicName",
    ("TopicRecord", "name"): "TopicName",
}

# Credentials, and what is enough to make them.
SECRETS = frozenset({"auth_bytes", "hmac", "salt", "salted_password", "server_key", "stored_key"})

# Other payloads inside a field, by the message (or its struct) that owns it; structs/embedded knows the labels.
EMBEDDED = {
    ("ClassicMemberMetadata", "metadata"): "group subscription",
    ("ConsumerProtocolAssignment", "user_data"): "assignment user data",
    ("ConsumerProtocolSubscription", "user_data"): "subscription user data",
    ("DescribeGroupsResponse", "member_assignment"): "group assignment",
    ("DescribeGroupsResponse", "member_metadata"): "group subscription",
    ("EnvelopeRequest", "request_data"): "request",
    ("EnvelopeRequest", "request_principal"): "principal",
    ("EnvelopeResponse", "response_data"): "response",
    ("FetchSnapshotResponse", "unaligned_records"): "snapshot slice",
    ("GroupMetadataValue", "assignment"): "group assignment",
    ("GroupMetadataValue", "subscription"): "group subscription",
    ("JoinGroupRequest", "metadata"): "group subscription",
    ("JoinGroupResponse", "metadata"): "group subscription",
    ("PushTelemetryRequest", "metrics"): "telemetry metrics",
    ("SyncGroupRequest", "assignment"): "group assignment",
    ("SyncGroupResponse", "assignment"): "group assignment",
}


class Term(NamedTuple):
    """A type as it stands in a declaration, and the names of the notation that it needs."""

    text: str
    names: tuple[str, ...]


def term(field: Field, *owners: str) -> Term:
    """Return the type of a field that is no struct; `owners` are its message and the struct that it stands in."""
    name = field_name(field.name)
    encoding = ENCODINGS[field.type]
    labels = [EMBEDDED[owner, name] for owner in owners if (owner, name) in EMBEDDED]
    if labels and field.type in ("bytes", "records"):
        return Term(f'Embedded("{labels[0]}")', ("Embedded",))
    if name in SECRETS and field.type in ("bytes", "string"):
        return Term(f"Secret({encoding})", ("Secret", encoding))
    if field.type == "int16" and (name == "error_code" or name.endswith("_error_code")):
        return Term("ErrorCode", ("ErrorCode",))
    owned = [OWNED[owner, name] for owner in owners if (owner, name) in OWNED]
    marked = ENTITIES.get((field.entity or "", field.type))
    text = marked or (owned[0] if owned else NAMES.get((name, field.type), encoding))
    return Term(text, (text,))
