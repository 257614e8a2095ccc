import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListConfigResourcesOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A client on Kafka's own Java library. */
public final class JavaClient {
    private static final int PATIENCE = 20; // seconds
    private static JsonNode options;

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-clients " + version(), JavaClient::carryOut);
    }

    private static String version() throws Exception {
        Properties about = new Properties();
        about.load(Admin.class.getResourceAsStream("/kafka/kafka-version.properties"));
        return about.getProperty("version");
    }

    private static void carryOut(JsonNode command) throws Exception {
        switch (command.get("do").asText()) {
            case "create_topics" -> createTopics(command);
            case "produce" -> produce(command);
            case "consume" -> consume(command);
            case "share" -> share(command);
            case "transform" -> transform(command);
            case "inspect" -> inspect(command);
            case "describe_quorum" -> describeQuorum();
            case "describe_groups" -> describeGroups(command);
            case "delegate" -> delegate();
            case "subscribe_metrics" -> subscribeMetrics(command);
            case "elect_leaders" -> electLeaders(command);
            case "delete_topics" -> deleteTopics(command);
            default -> throw new IllegalArgumentException("unknown command " + command);
        }
    }

    /** Create topics with a number of partitions each. */
    private static void createTopics(JsonNode command) throws Exception {
        short replicas = (short) command.path("replicas").asInt(1);
        List<NewTopic> topics = new ArrayList<>();
        command.get("topics").fields().forEachRemaining(
            topic -> topics.add(new NewTopic(topic.getKey(), topic.getValue().asInt(), replicas)));
        try (Admin admin = admin()) {
            admin.createTopics(topics).all().get(20, TimeUnit.SECONDS);
        }
    }

    private static void deleteTopics(JsonNode command) throws Exception {
        try (Admin admin = admin()) {
            admin.deleteTopics(Agent.texts(command.get("topics"))).all().get(20, TimeUnit.SECONDS);
        }
    }

    /** Have a delegation token made, and renew, describe and expire it. */
    private static void delegate() throws Exception {
        try (Admin admin = admin()) {
            byte[] hmac = admin.createDelegationToken().delegationToken().get().hmac();
            Thread.sleep(500); // until the broker has heard of it from the controller
            admin.renewDelegationToken(hmac).expiryTimestamp().get();
            admin.describeDelegationToken().delegationTokens().get();
            admin.expireDelegationToken(hmac).expiryTimestamp().get();
        }
    }

    /** Have brokers ask clients for metrics (KIP-714). */
    private static void subscribeMetrics(JsonNode command) throws Exception {
        ConfigResource subscription =
            new ConfigResource(ConfigResource.Type.CLIENT_METRICS, command.get("name").asText());
        List<AlterConfigOp> settings = new ArrayList<>();
        command.get("settings").fields().forEachRemaining(setting -> settings.add(new AlterConfigOp(
            new ConfigEntry(setting.getKey(), setting.getValue().asText()), AlterConfigOp.OpType.SET)));
        try (Admin admin = admin()) {
            admin.incrementalAlterConfigs(Map.of(subscription, settings)).all().get();
            admin.listConfigResources(Set.of(ConfigResource.Type.CLIENT_METRICS), new ListConfigResourcesOptions())
                .all().get();
        }
    }

    /** Move the leaders of a topic's partitions to the replicas that come first. */
    private static void electLeaders(JsonNode command) throws Exception {
        String topic = command.get("topic").asText();
        try (Admin admin = admin()) {
            admin.electLeaders(
                ElectionType.PREFERRED,
                IntStream.range(0, command.get("partitions").asInt())
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .collect(Collectors.toSet())).partitions().get();
        }
    }

    /** Produce records, in a transaction if one is named by how it shall end: commit or abort. */
    private static void produce(JsonNode command) throws Exception {
        String ending = command.path("transaction").asText("");
        try (Producer<byte[], byte[]> producer = producer(command)) {
            if (!ending.isEmpty()) {
                producer.initTransactions();
                producer.beginTransaction();
            }
            send(producer, command.get("topic").asText(), command.get("records"), ending, command.path("acks").asInt(-1));
            if (ending.equals("commit")) {
                producer.commitTransaction();
            } else if (ending.equals("abort")) {
                producer.abortTransaction();
            }
        }
    }

    private static void send(
            Producer<byte[], byte[]> producer, String topic, JsonNode records, String ending, int acks) throws Exception {
        Map<ProducerRecord<byte[], byte[]>, Future<RecordMetadata>> sent = new java.util.LinkedHashMap<>();
        for (JsonNode wanted : records) {
            Integer partition = wanted.has("partition") ? wanted.get("partition").asInt() : null;
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                topic, partition, System.currentTimeMillis(), Agent.bytes(wanted.path("key")), Agent.bytes(wanted.path("value")));
            for (JsonNode header : wanted.path("headers")) {
                record.headers().add(header.get(0).asText(), Agent.bytes(header.get(1)));
            }
            sent.put(record, producer.send(record));
        }
        producer.flush();
        for (Map.Entry<ProducerRecord<byte[], byte[]>, Future<RecordMetadata>> one : sent.entrySet()) {
            RecordMetadata placed = one.getValue().get();
            ProducerRecord<byte[], byte[]> record = one.getKey();
            ObjectNode line = Agent.line("produced", topic, placed.partition(), acks == 0 ? null : placed.offset());
            describe(line, record.timestamp(), record.key(), record.value(), record.headers());
            if (!ending.isEmpty()) {
                line.put("transaction", ending);
            }
            Agent.answer(line);
        }
    }

    /** Consume records in a group until enough have come or the time is over, commit, and leave. */
    private static void consume(JsonNode command) {
        try (Consumer<byte[], byte[]> consumer = consumer(command)) {
            consumer.subscribe(Agent.texts(command.get("topics")));
            poll(consumer, command, command.path("commit").asBoolean(true));
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> poll(
            Consumer<byte[], byte[]> consumer, JsonNode command, boolean commit) {
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.path("seconds").asInt(PATIENCE));
        int missing = command.path("count").asInt(Integer.MAX_VALUE);
        while (missing > 0 && System.nanoTime() < limit) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                missing--;
                log(record, command);
                positions.put(
                    new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
            }
            if (commit && !positions.isEmpty()) {
                commit(consumer);
            }
        }
        if (missing > 0 && command.has("count")) {
            throw new IllegalStateException(missing + " records did not come");
        }
        return positions;
    }

    private static void commit(Consumer<byte[], byte[]> consumer) {
        try {
            consumer.commitSync();
        } catch (RebalanceInProgressException | CommitFailedException rebalanced) {
            System.err.println("not committed: " + rebalanced); // the next owner reads those records again
        }
    }

    /** Consume records in a share group (KIP-932) until the time is over; give every third back once. */
    private static void share(JsonNode command) {
        Map<String, Object> config = common(command);
        config.put("group.id", command.get("group").asText());
        config.put("share.acknowledgement.mode", "explicit");
        try (KafkaShareConsumer<byte[], byte[]> consumer =
                new KafkaShareConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(Agent.texts(command.get("topics")));
            long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(command.get("seconds").asInt());
            while (System.nanoTime() < limit) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    log(record, command);
                    boolean again = record.offset() % 3 == 0 && record.deliveryCount().orElse((short) 1) == 1;
                    consumer.acknowledge(record, again ? AcknowledgeType.RELEASE : AcknowledgeType.ACCEPT);
                }
                consumer.commitSync();
            }
        }
    }

    /** Consume from topics and produce to another in one transaction, with the offsets in it. */
    private static void transform(JsonNode command) throws Exception {
        try (Consumer<byte[], byte[]> consumer = consumer(command);
                Producer<byte[], byte[]> producer = producer(command)) {
            consumer.subscribe(Agent.texts(command.get("topics")));
            producer.initTransactions();
            Map<TopicPartition, OffsetAndMetadata> positions = poll(consumer, command, false);
            producer.beginTransaction();
            send(producer, command.get("to").asText(), command.get("records"), "commit", -1);
            producer.sendOffsetsToTransaction(positions, consumer.groupMetadata());
            producer.commitTransaction();
        }
    }

    /** Ask for what an operator looks at: topics, offsets, groups, configuration. */
    private static void inspect(JsonNode command) throws Exception {
        Collection<String> topics = Agent.texts(command.get("topics"));
        try (Admin admin = admin()) {
            admin.describeCluster().nodes().get();
            admin.describeTopics(topics).allTopicNames().get();
            admin.listGroups().all().get();
            admin.describeConfigs(
                topics.stream().map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic)).toList()).all().get();
            admin.listOffsets(topics.stream().collect(
                Collectors.toMap(topic -> new TopicPartition(topic, 0), topic -> OffsetSpec.latest()))).all().get();
            for (String group : Agent.texts(command.get("groups"))) {
                admin.describeConsumerGroups(List.of(group)).all().get();
                admin.listConsumerGroupOffsets(group).all().get();
            }
        }
    }

    private static void describeQuorum() throws Exception {
        try (Admin admin = admin()) {
            admin.describeMetadataQuorum().quorumInfo().get();
            admin.describeFeatures().featureMetadata().get();
        }
    }

    /** Ask for groups that are no consumer groups. */
    private static void describeGroups(JsonNode command) throws Exception {
        List<String> groups = Agent.texts(command.get("groups"));
        try (Admin admin = admin()) {
            if (command.path("streams").asBoolean()) {
                admin.describeStreamsGroups(groups).all().get();
            } else {
                admin.describeClassicGroups(groups).all().get();
            }
        }
    }

    private static Admin admin() {
        Properties config = new Properties();
        config.putAll(common(Agent.object()));
        return Admin.create(config);
    }

    private static Producer<byte[], byte[]> producer(JsonNode command) {
        Map<String, Object> config = common(command.path("producer"));
        config.put("compression.type", command.path("compression").asText("none"));
        config.put("acks", command.path("acks").asText("-1"));
        config.put("enable.idempotence", command.path("idempotent").asBoolean(command.has("transactional_id")));
        config.put("linger.ms", 20);
        if (command.has("transactional_id")) {
            config.put("transactional.id", command.get("transactional_id").asText());
        }
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static Consumer<byte[], byte[]> consumer(JsonNode command) {
        Map<String, Object> config = common(command);
        config.putIfAbsent("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", false);
        config.put("group.id", command.get("group").asText());
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static Map<String, Object> common(JsonNode command) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", options.get("bootstrap").asText());
        config.put("client.id", options.get("client_id").asText());
        for (JsonNode settings : List.of(options.path("config"), command.path("config"))) {
            settings.fields().forEachRemaining(setting -> config.put(setting.getKey(), setting.getValue().asText()));
        }
        return config;
    }

    private static void log(ConsumerRecord<byte[], byte[]> record, JsonNode command) {
        ObjectNode line = Agent.line("consumed", record.topic(), record.partition(), record.offset());
        describe(line, record.timestamp(), record.key(), record.value(), record.headers());
        Agent.answer(line.put("group", command.get("group").asText()));
    }

    private static void describe(ObjectNode line, long timestamp, byte[] key, byte[] value, Iterable<Header> headers) {
        Agent.describe(line, timestamp, key, value);
        headers.forEach(
            header -> line.withArray("headers").addArray().add(header.key()).add(Agent.text(header.value())));
    }
}
