import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.state.Stores;

/** An instance of a Kafka Streams application that counts what was ordered, by article. */
public final class JavaStreams {
    private static JsonNode options;
    private static KafkaStreams running;

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-streams " + options.get("library").asText(), JavaStreams::carryOut);
    }

    private static void carryOut(JsonNode command) throws Exception {
        switch (command.get("do").asText()) {
            case "run" -> run(command);
            case "stop" -> running.close(Duration.ofSeconds(20));
            default -> throw new IllegalArgumentException("unknown command " + command);
        }
    }

    /** Start the application and wait until it has its share of the work. */
    private static void run(JsonNode command) throws Exception {
        Properties config = new Properties();
        config.put("bootstrap.servers", options.get("bootstrap").asText());
        config.put("client.id", options.get("client_id").asText());
        config.put("default.key.serde", Serdes.String().getClass());
        config.put("default.value.serde", Serdes.String().getClass());
        command.get("config").fields().forEachRemaining(
            setting -> config.put(setting.getKey(), setting.getValue().asText()));
        running = new KafkaStreams(topology(), config);
        running.start();
        for (int patience = 0; running.state() != KafkaStreams.State.RUNNING; patience++) {
            if (patience == 200) {
                throw new IllegalStateException("it is still " + running.state());
            }
            Thread.sleep(100);
        }
    }

    /** Orders by customer become orders by article, in a topic of their own, and those are counted. */
    private static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("orders", Consumed.with(Serdes.String(), Serdes.String()))
            .map((customer, order) -> KeyValue.pair(article(order), order))
            .groupByKey(Grouped.as("by-article"))
            .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withCachingDisabled())
            .toStream()
            .mapValues(String::valueOf)
            .to("statistics", Produced.with(Serdes.String(), Serdes.String()));
        return builder.build();
    }

    private static String article(String order) {
        return order.replaceFirst(".*\"article\": \"", "").replaceFirst("\".*", "");
    }
}
