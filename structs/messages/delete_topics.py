"""DeleteTopics (API key 20)."""

from structs.grammar import Api, Array, ErrorCode, Int32, String, Struct, TopicId, TopicName

DELETE_TOPICS = Api("DeleteTopics", key=20, versions="0-6", flexible="4+")

DeleteTopicState = Struct(
    "name" / TopicName(nullable=True, default=None),
    "topic_id" / TopicId,
)

DeleteTopicsRequest = DELETE_TOPICS.request(
    "topics" / Array(DeleteTopicState, "6+"),
    "topic_names" / Array(TopicName, "0-5"),
    "timeout_ms" / Int32,
)

DeletableTopicResult = Struct(
    "name" / TopicName(nullable="6+"),
    "topic_id" / TopicId("6+"),
    "error_code" / ErrorCode,
    "error_message" / String("5+", nullable=True, default=None),
)

DeleteTopicsResponse = DELETE_TOPICS.response(
    "throttle_time_ms" / Int32("1+"),
    "responses" / Array(DeletableTopicResult),
)
