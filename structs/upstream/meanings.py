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
    ("AlterConfigsRequest", "value"): "ConfigValue",
    ("ConfigRecord", "value"): "ConfigValue",
    ("CreateTopicsRequest", "value"): "ConfigValue",
    ("CreateTopicsResponse", "value"): "ConfigValue",
    ("DescribeConfigsResponse", "value"): "ConfigValue",
    ("IncrementalAlterConfigsRequest", "value"): "ConfigValue",
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
    ("ClassicProtocol", "metadata"): "consumer subscription",
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
    ("SaslAuthenticateRequest", "auth_bytes"): "sasl token",
    ("SaslAuthenticateResponse", "auth_bytes"): "sasl token",
    ("SyncGroupRequest", "assignment"): "group assignment",
    ("SyncGroupResponse", "assignment"): "group assignment",
}

# Numbers that stand for something, by name and encoding; the values are tables of structs/enumerations.
ENUMERATIONS = {
    ("accepted_compression_types", "int8"): "compression_type",
    ("acknowledge_types", "int8"): "acknowledge_type",
    ("acks", "int16"): "acks",
    ("compression_type", "int8"): "compression_type",
    ("config_operation", "int8"): "config_operation",
    ("config_source", "int8"): "config_source",
    ("config_type", "int8"): "config_type",
    ("delivery_state", "int8"): "delivery_state",
    ("election_type", "int8"): "election_type",
    ("endpoint_type", "int8"): "endpoint_type",
    ("isolation_level", "int8"): "isolation_level",
    ("key_type", "int8"): "coordinator_key_type",
    ("leader_recovery_state", "int8"): "leader_recovery_state",
    ("match_type", "int8"): "quota_match_type",
    ("mechanism", "int8"): "scram_mechanism",
    ("operation", "int8"): "acl_operation",
    ("pattern_type", "int8"): "pattern_type",
    ("pattern_type_filter", "int8"): "pattern_type",
    ("permission_type", "int8"): "acl_permission_type",
    ("resource_pattern_type", "int8"): "pattern_type",
    ("resource_type", "int8"): "config_resource_type",
    ("resource_types", "int8"): "config_resource_type",
    ("security_protocol", "int16"): "security_protocol",
    ("share_acquire_mode", "int8"): "share_acquire_mode",
    ("transaction_status", "int8"): "transaction_status",
    ("upgrade_type", "int8"): "upgrade_type",
}

# The same name stands for something else in these messages and structs.
OWNED_ENUMERATIONS = {
    ("AccessControlEntryRecord", "resource_type"): "acl_resource_type",
    ("AccessControlRecord", "resource_type"): "acl_resource_type",
    ("CreateAclsRequest", "resource_type"): "acl_resource_type",
    ("DeleteAclsRequest", "resource_type_filter"): "acl_resource_type",
    ("DeleteAclsResponse", "resource_type"): "acl_resource_type",
    ("DescribeAclsRequest", "resource_type_filter"): "acl_resource_type",
    ("DescribeAclsResponse", "resource_type"): "acl_resource_type",
    ("DescribeConfigsSynonym", "source"): "config_source",
    ("FetchRequest", "replica_id"): "replica_id",
    ("ListOffsetsRequest", "replica_id"): "replica_id",
    ("ListOffsetsRequest", "timestamp"): "list_offsets_timestamp",
    ("OffsetForLeaderEpochRequest", "replica_id"): "replica_id",
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
        payload = Term(f'Embedded("{labels[0]}")', ("Embedded",))
        return Term(f"Secret({payload.text})", ("Secret", *payload.names)) if name in SECRETS else payload
    if name in SECRETS and field.type in ("bytes", "string"):
        return Term(f"Secret({encoding})", ("Secret", encoding))
    if field.type == "int16" and (name == "error_code" or name.endswith("_error_code")):
        return Term("ErrorCode", ("ErrorCode",))
    owned = [OWNED[owner, name] for owner in owners if (owner, name) in OWNED]
    marked = ENTITIES.get((field.entity or "", field.type))
    text = marked or (owned[0] if owned else NAMES.get((name, field.type), encoding))
    tables = [OWNED_ENUMERATIONS[owner, name] for owner in owners if (owner, name) in OWNED_ENUMERATIONS]
    table = tables[0] if tables else ENUMERATIONS.get((name, field.type))
    return Term(text, (text,)) if table is None else Term(f'Enumeration({text}, "{table}")', ("Enumeration", text))
