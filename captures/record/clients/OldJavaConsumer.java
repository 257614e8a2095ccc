import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer on a Java library as old as 0.9, the first with this consumer. */
public final class OldJavaConsumer {
    private static final long PATIENCE = 30_000; // milliseconds
    private static JsonNode options;

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-clients " + options.get("library").asText(), OldJavaConsumer::consume);
    }

    private static void consume(JsonNode command) throws Exception {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", options.get("bootstrap").asText());
        config.put("client.id", options.get("client_id").asText());
        config.put("group.id", command.get("group").asText());
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(Agent.texts(command.get("topics")));
            long limit = System.currentTimeMillis() + PATIENCE;
            int missing = command.get("count").asInt();
            while (missing > 0 && System.currentTimeMillis() < limit) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(200)) {
                    missing--;
                    ObjectNode line = Agent.line("consumed", record.topic(), record.partition(), record.offset());
                    Agent.describe(line, timestamp(record), record.key(), record.value());
                    Agent.answer(line.put("group", command.get("group").asText()));
                }
            }
            consumer.commitSync();
            if (missing > 0) {
                throw new IllegalStateException(missing + " records did not come");
            }
        }
    }

    /** Records have a timestamp since 0.10. */
    private static long timestamp(ConsumerRecord<byte[], byte[]> record) throws ReflectiveOperationException {
        try {
            return (long) ConsumerRecord.class.getMethod("timestamp").invoke(record);
        } catch (NoSuchMethodException older) {
            return -1;
        }
    }
}
