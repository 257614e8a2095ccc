"""Layouts that a version number had in an early release and has no more.

A reader tries the declaration in structs/messages first, and these where it does not take every byte.
"""

# (API key, version, side) -> modules, the latest layout first
MESSAGES: dict[tuple[int, int, str], tuple[str, ...]] = {
    (54, 0, "request"): ("kafka_2_7",),
    (68, 0, "request"): ("kafka_3_5",),
    (68, 0, "response"): ("kafka_3_5",),
    (69, 0, "response"): ("kafka_3_7",),
    (87, 0, "response"): ("kafka_3_9",),
}

# (schema, version) -> modules, the latest layout first
SCHEMAS: dict[tuple[str, int], tuple[str, ...]] = {
    ("ConfigRecord", 0): ("kafka_2_8",),
    ("ConsumerGroupCurrentMemberAssignmentValue", 0): ("kafka_3_6", "kafka_3_5"),
    ("ConsumerGroupMemberMetadataValue", 0): ("kafka_3_6", "kafka_3_5"),
    ("ConsumerGroupPartitionMetadataValue", 0): ("kafka_3_6", "kafka_3_5"),
    ("ConsumerGroupTargetAssignmentMemberValue", 0): ("kafka_3_5",),
    ("DelegationTokenRecord", 0): ("kafka_3_0", "kafka_2_8"),
    ("FeatureLevelRecord", 0): ("kafka_3_0", "kafka_2_8"),
    ("FenceBrokerRecord", 0): ("kafka_2_8",),
    ("LeaderChangeMessage", 0): ("kafka_2_8", "kafka_2_7"),
    ("PartitionRecord", 0): ("kafka_2_8",),
    ("QuotaRecord", 0): ("kafka_2_8",),
    ("RegisterBrokerRecord", 0): ("kafka_2_8",),
    ("RemoveTopicRecord", 0): ("kafka_2_8",),
    ("ShareGroupMetadataValue", 0): ("kafka_3_9",),
    ("ShareGroupPartitionMetadataValue", 0): ("kafka_4_0",),
    ("ShareGroupStatePartitionMetadataValue", 0): ("kafka_4_0",),
    ("ShareSnapshotValue", 0): ("kafka_4_0",),
    ("ShareUpdateValue", 0): ("kafka_4_0",),
    ("TopicRecord", 0): ("kafka_2_8",),
    ("UnfenceBrokerRecord", 0): ("kafka_2_8",),
    ("UnregisterBrokerRecord", 0): ("kafka_2_8",),
    ("UserScramCredentialRecord", 0): ("kafka_3_0", "kafka_2_8"),
}
