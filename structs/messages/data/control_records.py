"""Control records: transaction markers, and KRaft's own records in the log."""

from structs.grammar import Array, BrokerId, Data, Int16, Int32, Int64, String, Struct, UInt16, Uuid

ControlRecordTypeSchema = Data(
    "ControlRecordTypeSchema",
    "type" / Int16,
    versions="0",
)

EndTxnMarker = Data(
    "EndTxnMarker",
    "coordinator_epoch" / Int32,
    versions="0",
)

KRaftVersionRecord = Data(
    "KRaftVersionRecord",
    "version" / Int16,
    "kraft_version" / Int16,
    versions="0",
    flexible="0+",
)

LeaderChangeMessageVoter = Struct(
    "voter_id" / BrokerId,
    "voter_directory_id" / Uuid("1+"),
)

LeaderChangeMessage = Data(
    "LeaderChangeMessage",
    "version" / Int16,
    "leader_id" / BrokerId,
    "voters" / Array(LeaderChangeMessageVoter),
    "granting_voters" / Array(LeaderChangeMessageVoter),
    versions="0-1",
    flexible="0+",
)

SnapshotFooterRecord = Data(
    "SnapshotFooterRecord",
    "version" / Int16,
    versions="0",
    flexible="0+",
)

SnapshotHeaderRecord = Data(
    "SnapshotHeaderRecord",
    "version" / Int16,
    "last_contained_log_timestamp" / Int64,
    versions="0",
    flexible="0+",
)

Endpoint = Struct(
    "name" / String,
    "host" / String,
    "port" / UInt16,
)

KRaftVersionFeature = Struct(
    "min_supported_version" / Int16,
    "max_supported_version" / Int16,
)

VotersRecordVoter = Struct(
    "voter_id" / BrokerId,
    "voter_directory_id" / Uuid,
    "endpoints" / Array(Endpoint),
    "kraft_version_feature" / KRaftVersionFeature,
)

VotersRecord = Data(
    "VotersRecord",
    "version" / Int16,
    "voters" / Array(VotersRecordVoter),
    versions="0",
    flexible="0+",
)
