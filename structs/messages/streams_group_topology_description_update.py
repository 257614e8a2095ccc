"""StreamsGroupTopologyDescriptionUpdate (API key 93)."""

from structs.grammar import Api, Array, ErrorCode, GroupId, Int8, Int32, String, Struct, TopicName

STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE = Api(
    "StreamsGroupTopologyDescriptionUpdate", key=93, versions="0", flexible="0+"
)

TopologyDescriptionNode = Struct(
    "name" / String,
    "node_type" / Int8,
    "source_topics" / Array(TopicName),
    "sink_topic" / TopicName(nullable=True, default=None),
    "stores" / Array(String),
    "successors" / Array(String),
)

TopologyDescriptionSubtopology = Struct(
    "subtopology_id" / String,
    "nodes" / Array(TopologyDescriptionNode),
)

TopologyDescriptionGlobalStore = Struct(
    "source" / TopologyDescriptionNode,
    "processor" / TopologyDescriptionNode,
)

TopologyDescription = Struct(
    "subtopologies" / Array(TopologyDescriptionSubtopology),
    "global_stores" / Array(TopologyDescriptionGlobalStore),
)

StreamsGroupTopologyDescriptionUpdateRequest = STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE.request(
    "group_id" / GroupId,
    "member_id" / String,
    "topology_epoch" / Int32,
    "topology_description" / TopologyDescription,
)

StreamsGroupTopologyDescriptionUpdateResponse = STREAMS_GROUP_TOPOLOGY_DESCRIPTION_UPDATE.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True, default=None),
)
