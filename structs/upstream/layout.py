"""Where the declarations stand in structs/messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from structs.upstream.naming import module_name

if TYPE_CHECKING:
    from structs.upstream.definitions import Definition


class Place(NamedTuple):
    """A module of payloads, below structs/messages/data."""

    module: str
    title: str


CONSUMER_PROTOCOL = Place("consumer_protocol", "What the members of a classic consumer group tell each other.")
CONTROL_RECORDS = Place("control_records", "Control records: transaction markers, and KRaft's own records in the log.")
BROKER_FILES = Place(
    "broker_files", "What brokers keep in files of their own: state that reaches the wire in snapshots."
)
PRINCIPAL = Place("principal", "The principal that a broker sends along when it forwards a request.")

SCHEMAS = {
    "AbortedTxn": BROKER_FILES,
    "ProducerSnapshot": BROKER_FILES,
    "QuorumStateData": BROKER_FILES,
    "ConsumerProtocolAssignment": CONSUMER_PROTOCOL,
    "ConsumerProtocolSubscription": CONSUMER_PROTOCOL,
    "ControlRecordTypeSchema": CONTROL_RECORDS,
    "EndTxnMarker": CONTROL_RECORDS,
    "KRaftVersionRecord": CONTROL_RECORDS,
    "LeaderChangeMessage": CONTROL_RECORDS,
    "SnapshotFooterRecord": CONTROL_RECORDS,
    "SnapshotHeaderRecord": CONTROL_RECORDS,
    "VotersRecord": CONTROL_RECORDS,
    "DefaultPrincipalData": PRINCIPAL,
}

# The rest: by the part of Kafka that they belong to, and the first name that they start with.
RECORDS = (
    (
        "group-coordinator",
        "ConsumerGroup",
        Place("consumer_groups", "Records of __consumer_offsets: consumer groups (KIP-848)."),
    ),
    (
        "group-coordinator",
        "ShareGroup",
        Place("share_groups", "Records of __consumer_offsets: share groups (KIP-932)."),
    ),
    (
        "group-coordinator",
        "StreamsGroup",
        Place("streams_groups", "Records of __consumer_offsets: streams groups (KIP-1071)."),
    ),
    ("group-coordinator", "", Place("offsets", "Records of __consumer_offsets: committed offsets and classic groups.")),
    ("transaction-coordinator", "", Place("transactions", "Records of __transaction_state.")),
    ("share-coordinator", "", Place("share_state", "Records of __share_group_state.")),
    ("metadata", "", Place("cluster_metadata", "Records of __cluster_metadata.")),
    ("storage", "Remote", Place("remote_log_metadata", "Records of __remote_log_metadata.")),
    ("streams", "", Place("streams_protocol", "What the members of a Kafka Streams application tell each other.")),
)


def place(definition: Definition) -> Place:
    """Return where a payload is declared; one that no rule knows goes to a module named after its part of Kafka."""
    if definition.name in SCHEMAS:
        return SCHEMAS[definition.name]
    for module, start, found in RECORDS:
        if definition.module == module and definition.name.startswith(start):
            return found
    return Place(module_name(definition.module), f"Payloads of Kafka's {definition.module} module.")
