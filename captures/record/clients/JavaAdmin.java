import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeProducersOptions;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.admin.UserScramCredentialDeletion;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionReplica;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** An operator who uses nearly everything that Kafka's Java library offers to administrators. */
public final class JavaAdmin {
    private static final TopicPartition FIRST = new TopicPartition("orders", 0);
    private static JsonNode options;

    /** A call whose result may be an error: that is in the capture then, too. */
    interface Call {
        Future<?> make();
    }

    public static void main(String[] arguments) throws Exception {
        options = Agent.options(arguments);
        Agent.serve("kafka-clients " + options.get("library").asText(), command -> administer());
    }

    private static void administer() throws Exception {
        Map<String, Object> config =
            Map.of("bootstrap.servers", options.get("bootstrap").asText(), "client.id", options.get("client_id").asText());
        try (Admin admin = Admin.create(config)) {
            topics(admin);
            configurations(admin);
            access(admin);
            groups(admin);
            transactions(admin);
            cluster(admin);
            ask(() -> admin.deleteTopics(List.of("archive")).all());
        }
    }

    private static void topics(Admin admin) throws Exception {
        NewTopic archive = new NewTopic("archive", Map.of(0, List.of(1), 1, List.of(1)));
        ask(() -> admin.createTopics(List.of(archive.configs(Map.of("cleanup.policy", "compact")))).all());
        ask(() -> admin.createPartitions(Map.of("archive", NewPartitions.increaseTo(3))).all());
        ask(() -> admin.listTopics().listings());
        ask(() -> admin.describeTopics(List.of("orders", "archive")).allTopicNames());
        for (OffsetSpec spec : List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp())) {
            ask(() -> admin.listOffsets(Map.of(FIRST, spec), new ListOffsetsOptions()).all());
        }
        ask(() -> admin.deleteRecords(Map.of(FIRST, RecordsToDelete.beforeOffset(2))).all());
        ask(() -> admin.electLeaders(ElectionType.PREFERRED, Set.of(FIRST)).all());
        var alone = Optional.of(new NewPartitionReassignment(List.of(1)));
        ask(() -> admin.alterPartitionReassignments(Map.of(FIRST, alone)).all());
        ask(() -> admin.listPartitionReassignments().reassignments());
        ask(() -> admin.describeLogDirs(List.of(1)).allDescriptions());
        TopicPartitionReplica replica = new TopicPartitionReplica("orders", 0, 1);
        ask(() -> admin.describeReplicaLogDirs(List.of(replica)).all());
        ask(() -> admin.alterReplicaLogDirs(Map.of(replica, "/nowhere")).all());
    }

    private static void configurations(Admin admin) throws Exception {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "archive");
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
        ConfigResource metrics = new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "all-clients");
        ask(() -> admin.describeConfigs(List.of(topic)).all());
        ask(() -> admin.incrementalAlterConfigs(Map.of(topic, set("retention.ms", "60000"))).all());
        ask(() -> admin.incrementalAlterConfigs(Map.of(broker, set("log.cleaner.threads", "2"))).all());
        ask(() -> admin.incrementalAlterConfigs(Map.of(metrics, set("interval.ms", "1000"))).all());
        ask(() -> admin.listConfigResources().all());
        var user = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, "web-shop"));
        var rate = new ClientQuotaAlteration.Op("producer_byte_rate", 1048576.0);
        ask(() -> admin.alterClientQuotas(List.of(new ClientQuotaAlteration(user, List.of(rate)))).all());
        ask(() -> admin.describeClientQuotas(ClientQuotaFilter.all()).entities());
    }

    private static List<AlterConfigOp> set(String name, String value) {
        return List.of(new AlterConfigOp(new ConfigEntry(name, value), AlterConfigOp.OpType.SET));
    }

    private static void access(Admin admin) throws Exception {
        var orders = new ResourcePattern(ResourceType.TOPIC, "orders", PatternType.PREFIXED);
        var billing = new AccessControlEntry("User:billing", "*", AclOperation.READ, AclPermissionType.ALLOW);
        ask(() -> admin.createAcls(List.of(new AclBinding(orders, billing))).all());
        ask(() -> admin.describeAcls(AclBindingFilter.ANY).values());
        ask(() -> admin.deleteAcls(List.of(AclBindingFilter.ANY)).all());
        var login = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096);
        ask(() -> admin.alterUserScramCredentials(
            List.of(new UserScramCredentialUpsertion("billing", login, "espresso"))).all());
        ask(() -> admin.describeUserScramCredentials().all());
        ask(() -> admin.alterUserScramCredentials(
            List.of(new UserScramCredentialDeletion("billing", ScramMechanism.SCRAM_SHA_256))).all());
    }

    private static void groups(Admin admin) throws Exception {
        List<String> group = List.of("billing");
        ask(() -> admin.listGroups().all());
        ask(() -> admin.describeConsumerGroups(group).all());
        ask(() -> admin.describeClassicGroups(group).all());
        ask(() -> admin.describeShareGroups(List.of("packing")).all());
        ask(() -> admin.describeStreamsGroups(List.of("statistics")).all());
        ask(() -> admin.listConsumerGroupOffsets("billing").all());
        ask(() -> admin.alterConsumerGroupOffsets("billing", Map.of(FIRST, new OffsetAndMetadata(1))).all());
        ask(() -> admin.alterShareGroupOffsets("packing", Map.of(FIRST, 2L)).all());
        ask(() -> admin.deleteShareGroupOffsets("packing", Set.of("orders")).all());
        ask(() -> admin.deleteConsumerGroupOffsets("billing", Set.of(FIRST)).all());
        ask(() -> admin.deleteConsumerGroups(group).all());
    }

    private static void transactions(Admin admin) throws Exception {
        ask(() -> admin.listTransactions().all());
        ask(() -> admin.describeTransactions(List.of("till-1")).all());
        ask(() -> admin.describeProducers(List.of(FIRST), new DescribeProducersOptions()).all());
        ask(() -> admin.fenceProducers(List.of("till-1")).all());
    }

    private static void cluster(Admin admin) throws Exception {
        ask(() -> admin.describeCluster().nodes());
        ask(() -> admin.describeFeatures().featureMetadata());
        var streams = new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.UPGRADE);
        ask(() -> admin.updateFeatures(
            Map.of("group.version", streams), new UpdateFeaturesOptions().validateOnly(true)).all());
        ask(() -> admin.describeMetadataQuorum().quorumInfo());
        ask(() -> admin.unregisterBroker(7).all());
    }

    private static void ask(Call call) throws Exception {
        try {
            call.make().get(20, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            System.err.println(failed.getCause());
        }
    }
}
