"""What the members of a classic consumer group tell each other."""

from structs.grammar import Array, Data, Embedded, Int32, String, Struct, TopicName

TopicPartition = Struct(
    "topic" / TopicName,
    "partitions" / Array(Int32),
)

ConsumerProtocolAssignment = Data(
    "ConsumerProtocolAssignment",
    "assigned_partitions" / Array(TopicPartition),
    "user_data" / Embedded("assignment user data")(nullable=True, default=None),
    versions="0-3",
)

ConsumerProtocolSubscription = Data(
    "ConsumerProtocolSubscription",
    "topics" / Array(TopicName),
    "user_data" / Embedded("subscription user data")(nullable=True, default=None),
    "owned_partitions" / Array(TopicPartition, "1+"),
    "generation_id" / Int32("2+", default=-1),
    "rack_id" / String("3+", nullable=True, default=None),
    versions="0-3",
)
