import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A producer on a Java library as old as 0.8.2, which knew neither headers nor timestamps. */
public final class OldJavaProducer {
    private static JsonNode options;

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-clients " + options.get("library").asText(), OldJavaProducer::produce);
    }

    private static void produce(JsonNode command) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", options.get("bootstrap").asText());
        config.put("client.id", options.get("client_id").asText());
        config.put("compression.type", command.path("compression").asText("none"));
        config.put("acks", command.path("acks").asText("1"));
        config.put("linger.ms", "20");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            Map<JsonNode, java.util.concurrent.Future<RecordMetadata>> sent = new java.util.LinkedHashMap<>();
            String topic = command.get("topic").asText();
            for (JsonNode record : command.get("records")) {
                byte[] key = Agent.bytes(record.path("key"));
                sent.put(record, producer.send(new ProducerRecord<>(topic, key, Agent.bytes(record.path("value")))));
            }
            for (JsonNode record : sent.keySet()) {
                RecordMetadata placed = sent.get(record).get();
                ObjectNode line = Agent.line("produced", topic, placed.partition(), placed.offset());
                Agent.describe(line, timestamp(placed), Agent.bytes(record.path("key")), Agent.bytes(record.path("value")));
                Agent.answer(line);
            }
        }
    }

    /** Records have a timestamp since 0.10. */
    private static long timestamp(RecordMetadata placed) throws ReflectiveOperationException {
        try {
            return (long) RecordMetadata.class.getMethod("timestamp").invoke(placed);
        } catch (NoSuchMethodException older) {
            return -1;
        }
    }
}
