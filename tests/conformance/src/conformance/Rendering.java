package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.Iterator;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;

/**
 * Kafka's JSON rendering of a message, completed with what Kafka leaves out: tagged fields that have their default
 * value, and unknown tags (as "_unknownTags", tag to bytes). Records stand as their size ("recordsSizeInBytes").
 * The streams library's messages have no JSON rendering in Kafka: every field of theirs is rendered here.
 */
final class Rendering {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final short version;

    Rendering(short version) {
        this.version = version;
    }

    JsonNode render(Message message, Type schema) throws ReflectiveOperationException {
        ObjectNode node = NODES.objectNode();
        try {
            node = kafkaJson(message);
        } catch (ClassNotFoundException noConverter) {
            for (Layout.Slot slot : Layout.of(schema).slots()) {
                Method getter = slot.getter(message.getClass());
                node.set(getter.getName(), value(getter.invoke(message), slot.type()));
            }
        }
        complete(node, message, schema);
        return node;
    }

    private ObjectNode kafkaJson(Message message) throws ReflectiveOperationException {
        Class<?> messageClass = message.getClass();
        Class<?> outermost = messageClass.getDeclaringClass() == null ? messageClass : messageClass.getDeclaringClass();
        String converter = outermost.getName() + "JsonConverter";
        if (outermost != messageClass) {
            converter += "$" + messageClass.getSimpleName() + "JsonConverter";
        }
        Class<?> writer = Class.forName(converter);
        try {
            boolean serializeRecords = false;
            return (ObjectNode) writer.getMethod("write", messageClass, short.class, boolean.class)
                .invoke(null, message, version, serializeRecords);
        } catch (NoSuchMethodException before28) {
            return (ObjectNode) writer.getMethod("write", messageClass, short.class).invoke(null, message, version);
        }
    }

    private void complete(ObjectNode node, Message message, Type schema) throws ReflectiveOperationException {
        for (Layout.Slot slot : Layout.of(schema).slots()) {
            Method getter = slot.getter(message.getClass());
            Object value = getter.invoke(message);
            if (slot.tagged() && !node.has(getter.getName())) {
                node.set(getter.getName(), value(value, slot.type()));
            } else {
                completeWithin(node.get(getter.getName()), value, slot.type());
            }
        }
        if (!message.unknownTaggedFields().isEmpty()) {
            ObjectNode unknown = node.putObject("_unknownTags");
            for (RawTaggedField field : message.unknownTaggedFields()) {
                unknown.put(Integer.toString(field.tag()), field.data());
            }
        }
    }

    private void completeWithin(JsonNode node, Object value, Type type) throws ReflectiveOperationException {
        if (value == null) {
            return;
        }
        if (type instanceof Schema) {
            complete((ObjectNode) node, (Message) value, type);
        } else if (type.isArray() && type.arrayElementType().orElseThrow() instanceof Schema element) {
            Iterator<JsonNode> nodes = node.elements();
            for (Object item : (Collection<?>) value) {
                complete((ObjectNode) nodes.next(), (Message) item, element);
            }
        }
    }

    /** Renders one value as Kafka does. */
    private JsonNode value(Object value, Type type) throws ReflectiveOperationException {
        if (value == null) {
            return NODES.nullNode();
        } else if (value instanceof Message struct) {
            return render(struct, type);
        } else if (value instanceof Collection<?> items) {
            ArrayNode array = NODES.arrayNode();
            for (Object item : items) {
                array.add(value(item, type.arrayElementType().orElseThrow()));
            }
            return array;
        } else if (value instanceof Boolean truth) {
            return NODES.booleanNode(truth);
        } else if (value instanceof Byte || value instanceof Short || value instanceof Integer || value instanceof Long) {
            return NODES.numberNode(((Number) value).longValue());
        } else if (value instanceof byte[] bytes) {
            return NODES.binaryNode(bytes);
        } else if (value instanceof String || Layout.isUuid(value.getClass())) {
            return NODES.textNode(value.toString());
        }
        throw new IllegalStateException("no rendering for " + value.getClass());
    }
}
