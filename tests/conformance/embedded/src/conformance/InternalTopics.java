package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metadata.MetadataRecordType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecord;
import org.apache.kafka.coordinator.common.runtime.CoordinatorRecordSerde;
import org.apache.kafka.coordinator.group.GroupCoordinatorRecordSerde;
import org.apache.kafka.coordinator.share.ShareCoordinatorRecordSerde;
import org.apache.kafka.metadata.MetadataRecordSerde;
import org.apache.kafka.server.common.ApiMessageAndVersion;
import org.apache.kafka.server.common.serialization.AbstractApiMessageSerde;
import org.apache.kafka.server.common.serialization.BytesApiMessageSerde;

/**
 * Records of Kafka's own topics, each type at each version, through the serdes of the components that own the topics.
 *
 * <p>What stands inside the messages has vectors of its own: here fields keep their defaults, but for names and ids.
 */
final class InternalTopics {

    private static final Map<String, Object> CONTENTS = Map.of(
        "setGroupId", "group-a", "setGroup", "group-b", "setTopic", "orders", "setMemberId", "member-1",
        "setTransactionalId", "txn-1", "setName", "orders", "setPartition", 3, "setOffset", 42L,
        "setTopicId", new Uuid(1, 2));

    private final Vectors vectors;

    InternalTopics(Vectors vectors) {
        this.vectors = vectors;
    }

    void write() throws Exception {
        coordinator("__consumer_offsets", new GroupCoordinatorRecordSerde(),
            org.apache.kafka.coordinator.group.generated.CoordinatorRecordType.values());
        coordinator("__share_group_state", new ShareCoordinatorRecordSerde(),
            org.apache.kafka.coordinator.share.generated.CoordinatorRecordType.values());
        coordinator("__transaction_state", null,
            org.apache.kafka.coordinator.transaction.generated.CoordinatorRecordType.values());
        for (MetadataRecordType type : MetadataRecordType.values()) {
            metadata("__cluster_metadata", MetadataRecordSerde.INSTANCE, type::newMetadataRecord);
        }
        for (var type : org.apache.kafka.server.log.remote.metadata.storage.generated.MetadataRecordType.values()) {
            BytesApiMessageSerde serde = new BytesApiMessageSerde() {
                @Override
                public ApiMessage apiMessageFor(short apiKey) {
                    throw new UnsupportedOperationException();
                }
            };
            remote(serde, type::newMetadataRecord);
        }
    }

    private interface Factory {
        ApiMessage create();
    }

    private void coordinator(String topic, CoordinatorRecordSerde serde, Enum<?>[] types) throws Exception {
        for (Enum<?> type : types) {
            ApiMessage key = fill((ApiMessage) type.getClass().getMethod("newRecordKey").invoke(type));
            ApiMessage value = fill((ApiMessage) type.getClass().getMethod("newRecordValue").invoke(type));
            byte[] keyBytes = MessageUtil.toCoordinatorTypePrefixedBytes(key);
            for (short version : versions(value)) {
                byte[] bytes = MessageUtil.toVersionPrefixedBytes(version, value);
                if (serde != null) {
                    CoordinatorRecord record = CoordinatorRecord.record(key, new ApiMessageAndVersion(value, version));
                    keyBytes = serde.serializeKey(record);
                    bytes = serde.serializeValue(record);
                }
                vectors.addRecord(topic, keyBytes, json(key, (short) 0), bytes, name(value), version, json(value, version));
            }
            vectors.addRecord(topic, keyBytes, json(key, (short) 0), null, name(value), 0, null);
        }
    }

    private void metadata(String topic, AbstractApiMessageSerde serde, Factory factory) throws Exception {
        ApiMessage message = fill(factory.create());
        for (short version : versions(message)) {
            ApiMessageAndVersion versioned = new ApiMessageAndVersion(message, version);
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer buffer = ByteBuffer.allocate(serde.recordSize(versioned, cache));
            serde.write(versioned, cache, new ByteBufferAccessor(buffer));
            vectors.addRecord(topic, null, null, buffer.array(), name(message), version, json(message, version));
        }
    }

    private void remote(BytesApiMessageSerde serde, Factory factory) throws Exception {
        ApiMessage message = fill(factory.create());
        for (short version : versions(message)) {
            vectors.addRecord("__remote_log_metadata", null, null,
                serde.serialize(new ApiMessageAndVersion(message, version)), name(message), version, json(message, version));
        }
    }

    private static List<Short> versions(ApiMessage message) {
        List<Short> versions = new java.util.ArrayList<>();
        for (short version = message.lowestSupportedVersion(); version <= message.highestSupportedVersion(); version++) {
            versions.add(version);
        }
        return versions;
    }

    private static String name(ApiMessage message) {
        return message.getClass().getSimpleName();
    }

    private static ApiMessage fill(ApiMessage message) throws Exception {
        for (Method method : message.getClass().getMethods()) {
            Object content = CONTENTS.get(method.getName());
            if (content != null && fits(method.getParameterTypes()[0], content)) {
                method.invoke(message, content);
            }
        }
        return message;
    }

    private static boolean fits(Class<?> wanted, Object content) {
        return wanted.isInstance(content)
            || wanted == int.class && content instanceof Integer
            || wanted == long.class && content instanceof Long;
    }

    private static JsonNode json(ApiMessage message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", message.getClass(), short.class).invoke(null, message, version);
    }
}
