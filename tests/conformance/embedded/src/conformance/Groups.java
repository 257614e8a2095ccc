package conformance;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.consumer.internals.ConsumerProtocol;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.connect.runtime.distributed.ConnectProtocol;
import org.apache.kafka.connect.runtime.distributed.ExtendedAssignment;
import org.apache.kafka.connect.runtime.distributed.ExtendedWorkerState;
import org.apache.kafka.connect.runtime.distributed.IncrementalCooperativeConnectProtocol;
import org.apache.kafka.connect.util.ConnectorTaskId;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.ProcessId;
import org.apache.kafka.streams.processor.internals.assignment.AssignmentInfo;
import org.apache.kafka.streams.processor.internals.assignment.SubscriptionInfo;
import org.apache.kafka.streams.state.HostInfo;

/** What the members of classic groups tell each other, written by the classes that their clients use. */
final class Groups {

    private static final List<TopicPartition> PARTITIONS =
        List.of(new TopicPartition("orders", 0), new TopicPartition("orders", 3));

    private final Vectors vectors;

    Groups(Vectors vectors) {
        this.vectors = vectors;
    }

    void write() throws IOException {
        consumers();
        stickyUserData();
        streamsSubscriptions();
        streamsAssignments();
        connect();
    }

    private void consumers() throws IOException {
        ByteBuffer userData = ByteBuffer.wrap(new byte[] {1, 2, 3});
        String context = "{'protocol_type':'consumer','protocol':'range'}";
        String[] owned = {"", ",'owned_partitions':[{'topic':'orders','partitions':[0,3]}]"};
        for (short version = 0; version <= 3; version++) {
            Subscription full = new Subscription(
                List.of("orders", "payments"), userData, PARTITIONS, 17, Optional.of("rack-a"));
            String rest = owned[version == 0 ? 0 : 1]
                + (version < 2 ? "" : ",'generation_id':17") + (version < 3 ? "" : ",'rack_id':'rack-a'");
            vectors.add("group subscription", context, ConsumerProtocol.serializeSubscription(full, version),
                "{'version':" + version + ",'topics':['orders','payments'],'user_data':'010203'" + rest + "}");
            vectors.add("group assignment", context,
                ConsumerProtocol.serializeAssignment(new Assignment(PARTITIONS, userData), version),
                "{'version':" + version + ",'assigned_partitions':[{'topic':'orders','partitions':[0,3]}],"
                    + "'user_data':'010203'}");
        }
        vectors.add("group assignment", context,
            ConsumerProtocol.serializeAssignment(new Assignment(List.of(), null), (short) 3),
            "{'version':3,'assigned_partitions':[],'user_data':null}");
    }

    private void stickyUserData() throws IOException {
        ConsumerGroupMetadata group = new ConsumerGroupMetadata("g", 5, "m", Optional.empty());
        StickyAssignor sticky = new StickyAssignor();
        sticky.onAssignment(new Assignment(PARTITIONS), group);
        vectors.add("subscription user data", "{'protocol':'sticky'}", sticky.subscriptionUserData(Set.of("orders")),
            "{'previous_assignment':[{'topic':'orders','partitions':[0,3]}],'generation':5}");
        CooperativeStickyAssignor cooperative = new CooperativeStickyAssignor();
        cooperative.onAssignment(new Assignment(PARTITIONS), group);
        vectors.add("subscription user data", "{'protocol':'cooperative-sticky'}",
            cooperative.subscriptionUserData(Set.of("orders")), "{'generation':5}");
    }

    private void streamsSubscriptions() throws IOException {
        Uuid uuid = new Uuid(0x1122334455667788L, 0x99aabbccddeeff00L);
        ProcessId process = new ProcessId(new java.util.UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits()));
        for (int version = 1; version <= 11; version++) {
            Map<TaskId, Long> sums = new LinkedHashMap<>();
            sums.put(new TaskId(1, 2), -2L);  // a running active task
            sums.put(new TaskId(1, 3), 77L);
            SubscriptionInfo info = new SubscriptionInfo(
                version, 11, process, "app:8080", sums, (byte) 9, 4, Map.of("zone", "eu"));
            StringBuilder value = new StringBuilder("{'version':" + version);
            if (version >= 3) {
                value.append(",'latest_supported_version':11");
            }
            value.append(",'process_id':'" + uuid + "'");
            if (version <= 6) {
                value.append(",'prev_tasks':[{'topic_group_id':1,'partition':2}]");
                value.append(",'standby_tasks':[{'topic_group_id':1,'partition':3}]");
            }
            if (version >= 2) {
                value.append(",'user_end_point':'6170703a38303830'");
            }
            if (version >= 8) {
                value.append(",'unique_field':9");
            }
            if (version >= 9) {
                value.append(",'error_code':4");
            }
            if (version >= 11) {
                value.append(",'client_tags':[{'key':'7a6f6e65','value':'6575'}]");
            }
            vectors.add("subscription user data", "{'protocol':'stream'}", info.encode(), value + "}");
        }
    }

    private void streamsAssignments() throws IOException {
        HostInfo here = new HostInfo("hôst-a", 8080);
        HostInfo there = new HostInfo("host-b", 8081);
        TopicPartition one = new TopicPartition("orders", 0);
        String host = "'host':'hôst-a','port':8080";
        for (int version = 1; version <= 11; version++) {
            AssignmentInfo info = new AssignmentInfo(version, 11, List.of(new TaskId(0, 1), new TaskId(2, 3)),
                Map.of(new TaskId(4, 5), Set.of(one)), Map.of(here, Set.of(one)), Map.of(there, Set.of(one)), 3);
            info.setNextRebalanceTime(123456789L);
            String topology = version >= 10 ? ",'named_topology':''" : "";
            StringBuilder value = new StringBuilder("{'version':" + version);
            if (version >= 3) {
                value.append(",'commonly_supported_version':11");
            }
            value.append(",'active_tasks':[{'subtopology':0,'partition':1" + topology + "},"
                + "{'subtopology':2,'partition':3" + topology + "}]");
            value.append(",'standby_tasks':[{'task_id':{'subtopology':4,'partition':5" + topology + "},"
                + "'partitions':[{'topic':'orders','partition':0}]}]");
            if (version >= 2 && version <= 4) {
                value.append(",'partitions_by_host':[{" + host + ",'partitions':[{'topic':'orders','partition':0}]}]");
            }
            String indexed = ",'partitions':[{'topic_index':0,'partition':0}]}]";
            if (version >= 5) {
                value.append(",'topics':[{'index':0,'topic':'orders'}]");
                value.append(",'indexed_partitions_by_host':[{" + host + indexed);
            }
            if (version >= 6) {
                value.append(",'indexed_standby_partitions_by_host':[{'host':'host-b','port':8081" + indexed);
            }
            if (version >= 4) {
                value.append(",'error_code':3");
            }
            if (version >= 7) {
                value.append(",'next_rebalance_ms':123456789");
            }
            vectors.add("assignment user data", "{'protocol':'stream'}", info.encode(), value + "}");
        }
    }

    private void connect() throws IOException {
        String context = "{'protocol_type':'connect'}";
        List<String> connectors = List.of("sink");
        List<ConnectorTaskId> tasks = List.of(new ConnectorTaskId("sink", 0), new ConnectorTaskId("sink", 1));
        String eager = "'error':0,'leader':'m-1','leader_url':'http://w:8083/','config_offset':42,"
            + "'assignment':[{'connector':'sink','tasks':[-1,0,1]}]";
        vectors.add("group subscription", context,
            ConnectProtocol.serializeMetadata(new ConnectProtocol.WorkerState("http://w:8083/", 42)),
            "{'version':0,'url':'http://w:8083/','config_offset':42}");
        vectors.add("group assignment", context, ConnectProtocol.serializeAssignment(
            new ConnectProtocol.Assignment((short) 0, "m-1", "http://w:8083/", 42, connectors, tasks)),
            "{'version':0," + eager + "}");
        for (short version = 1; version <= 2; version++) {
            boolean sessioned = version == 2;
            ExtendedAssignment assignment = new ExtendedAssignment(version, (short) 0, "m-1", "http://w:8083/", 42,
                connectors, tasks, List.of(), List.of(new ConnectorTaskId("source", 7)), 300);
            ByteBuffer assigned = IncrementalCooperativeConnectProtocol.serializeAssignment(assignment, sessioned);
            vectors.add("group assignment", context, assigned, "{'version':" + version + "," + eager
                + ",'revoked':[{'connector':'source','tasks':[7]}],'delay':300}");
            vectors.add("group subscription", context, IncrementalCooperativeConnectProtocol.serializeMetadata(
                new ExtendedWorkerState("http://w:8083/", 42, assignment), sessioned),
                "{'version':" + version + ",'url':'http://w:8083/','config_offset':42,'allocation':'"
                    + Vectors.hex(assigned) + "'}");
            vectors.add("group subscription", context, IncrementalCooperativeConnectProtocol.serializeMetadata(
                new ExtendedWorkerState("http://w:8083/", 42, null), sessioned),
                "{'version':" + version + ",'url':'http://w:8083/','config_offset':42,'allocation':null}");
        }
    }
}
