"""What brokers keep in files of their own: state that reaches the wire in snapshots."""

from structs.grammar import Array, BrokerId, Data, Int16, Int32, Int64, ProducerId, String, Struct, UInt32, Uuid

AbortedTxn = Data(
    "AbortedTxn",
    "producer_id" / ProducerId,
    "first_offset" / Int64,
    "last_offset" / Int64,
    "last_stable_offset" / Int64,
    versions="0",
)

ProducerEntry = Struct(
    "producer_id" / ProducerId,
    "epoch" / Int16,
    "last_sequence" / Int32,
    "last_offset" / Int64,
    "offset_delta" / Int32,
    "timestamp" / Int64,
    "coordinator_epoch" / Int32,
    "current_txn_first_offset" / Int64,
)

ProducerSnapshot = Data(
    "ProducerSnapshot",
    "crc" / UInt32,
    "producer_entries" / Array(ProducerEntry),
    versions="1",
)

Voter = Struct(
    "voter_id" / BrokerId,
)

QuorumStateData = Data(
    "QuorumStateData",
    "cluster_id" / String("0"),
    "leader_id" / BrokerId(default=-1),
    "leader_epoch" / Int32(default=-1),
    "voted_id" / Int32(default=-1),
    "voted_directory_id" / Uuid("1+"),
    "applied_offset" / Int64("0"),
    "current_voters" / Array(Voter, "0", nullable=True),
    versions="0-1",
    flexible="0+",
)
