import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A client on a Java library from 0.11 to 3.x: a transaction, a group, and what its time offers to administrators. */
public final class OldJavaClient {
    private static final long PATIENCE = 30_000; // milliseconds
    private static final Object MISSING = new Object(); // an argument that the library has no class for
    private static JsonNode options;

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-clients " + options.get("library").asText(), OldJavaClient::live);
    }

    private static void live(JsonNode command) throws Exception {
        String topic = command.get("topic").asText();
        String group = command.get("group").asText();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (AdminClient admin = AdminClient.create(config())) {
            admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
            produce(topic, command.get("records"), group);
            consume(topic, command.get("records").size(), group);
            administer(admin, partition, group);
        }
    }

    /** Produce in a transaction that also carries an offset. */
    @SuppressWarnings("deprecation")
    private static void produce(String topic, JsonNode records, String group) throws Exception {
        Map<String, Object> config = config();
        config.put("transactional.id", "till-" + group);
        config.put("linger.ms", "20");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            Map<ProducerRecord<byte[], byte[]>, Future<RecordMetadata>> sent = new LinkedHashMap<>();
            for (JsonNode record : records) {
                var wanted = new ProducerRecord<>(topic, 0, System.currentTimeMillis(),
                    Agent.bytes(record.path("key")), Agent.bytes(record.path("value")));
                sent.put(wanted, producer.send(wanted));
            }
            producer.sendOffsetsToTransaction(
                Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0, "none yet")), group);
            producer.commitTransaction();
            for (var one : sent.entrySet()) {
                RecordMetadata placed = one.getValue().get();
                ObjectNode line = Agent.line("produced", topic, placed.partition(), placed.offset());
                Agent.describe(line, one.getKey().timestamp(), one.getKey().key(), one.getKey().value());
                Agent.answer(line.put("transaction", "commit"));
            }
        }
    }

    @SuppressWarnings("deprecation")
    private static void consume(String topic, int count, String group) {
        Map<String, Object> config = config();
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        config.put("isolation.level", "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of(topic));
            long limit = System.currentTimeMillis() + PATIENCE;
            int missing = count;
            while (missing > 0) {
                if (System.currentTimeMillis() > limit) {
                    throw new IllegalStateException(missing + " records did not come");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(200)) {
                    missing--;
                    ObjectNode line = Agent.line("consumed", record.topic(), record.partition(), record.offset());
                    Agent.describe(line, record.timestamp(), record.key(), record.value());
                    Agent.answer(line.put("group", group));
                }
            }
            consumer.commitSync();
        }
    }

    /** Ask for whatever this library offers; the answer may be an error. */
    private static void administer(AdminClient admin, TopicPartition partition, String group) throws Exception {
        String topic = partition.topic();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        Config retention = new Config(List.of(new ConfigEntry("retention.ms", "60000")));
        byte[] token = "no token".getBytes();
        List<String> groups = List.of(group);
        ask(admin, "describeCluster");
        ask(admin, "listTopics");
        ask(admin, "describeTopics", List.of(topic));
        ask(admin, "describeConfigs", List.of(resource));
        ask(admin, "alterConfigs", Map.of(resource, retention));
        ask(admin, "incrementalAlterConfigs", Map.of(resource, List.of()));
        ask(admin, "createPartitions", Map.of(topic, made("NewPartitions", "increaseTo", int.class, 2)));
        ask(admin, "deleteRecords", Map.of(partition, made("RecordsToDelete", "beforeOffset", long.class, 1L)));
        ask(admin, "listOffsets", Map.of(partition, made("OffsetSpec", "latest", null, null)));
        ask(admin, "describeLogDirs", List.of(1));
        ask(admin, "electPreferredLeaders", List.of(partition));
        ask(admin, "listPartitionReassignments");
        ask(admin, "alterPartitionReassignments", Map.of(partition, Optional.empty()));
        ask(admin, "createAcls", List.of());
        ask(admin, "describeAcls", AclBindingFilter.ANY);
        ask(admin, "deleteAcls", List.of(AclBindingFilter.ANY));
        ask(admin, "createDelegationToken");
        ask(admin, "renewDelegationToken", token);
        ask(admin, "expireDelegationToken", token);
        ask(admin, "describeDelegationToken");
        ask(admin, "describeFeatures");
        ask(admin, "listTransactions");
        ask(admin, "listConsumerGroups");
        ask(admin, "describeConsumerGroups", groups);
        ask(admin, "listConsumerGroupOffsets", group);
        ask(admin, "deleteConsumerGroupOffsets", group, Set.of(partition));
        ask(admin, "deleteConsumerGroups", groups);
        ask(admin, "deleteTopics", List.of(topic));
    }

    /** Call a method if the library has it, and wait for all that its result promises. */
    private static void ask(AdminClient admin, String name, Object... arguments) throws Exception {
        for (Method method : AdminClient.class.getMethods()) {
            if (method.getName().equals(name) && accepts(method, arguments)) {
                try {
                    Object result = method.invoke(admin, arguments);
                    for (Future<?> promise : promises(result)) {
                        promise.get(20, TimeUnit.SECONDS);
                    }
                } catch (ExecutionException | InvocationTargetException failed) {
                    System.err.println(name + ": " + failed.getCause());
                }
                return;
            }
        }
    }

    private static boolean accepts(Method method, Object[] arguments) {
        Class<?>[] types = method.getParameterTypes();
        boolean fits = types.length == arguments.length;
        for (int index = 0; fits && index < types.length; index++) {
            fits = types[index].isInstance(arguments[index])
                && !(arguments[index] instanceof Map<?, ?> map && map.containsValue(MISSING));
        }
        return fits;
    }

    /** An argument whose class is younger than the oldest library. */
    private static Object made(String type, String factory, Class<?> parameter, Object argument) throws Exception {
        try {
            Class<?> known = Class.forName("org.apache.kafka.clients.admin." + type);
            return parameter == null
                ? known.getMethod(factory).invoke(null)
                : known.getMethod(factory, parameter).invoke(null, argument);
        } catch (ClassNotFoundException younger) {
            return MISSING;
        }
    }

    private static List<Future<?>> promises(Object result) throws Exception {
        List<Future<?>> found = new ArrayList<>();
        for (Method method : result.getClass().getMethods()) {
            if (Future.class.isAssignableFrom(method.getReturnType()) && method.getParameterCount() == 0) {
                method.setAccessible(true);
                try {
                    found.add((Future<?>) method.invoke(result));
                } catch (InvocationTargetException other) {
                    System.err.println(method + ": " + other.getCause()); // of topic ids, where names were asked for
                }
            }
        }
        found.removeIf(Objects::isNull);
        return found;
    }

    private static Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", options.get("bootstrap").asText());
        config.put("client.id", options.get("client_id").asText());
        return config;
    }
}
