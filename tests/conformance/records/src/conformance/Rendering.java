package conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.message.KRaftVersionRecordJsonConverter;
import org.apache.kafka.common.message.LeaderChangeMessageJsonConverter;
import org.apache.kafka.common.message.SnapshotFooterRecordJsonConverter;
import org.apache.kafka.common.message.SnapshotHeaderRecordJsonConverter;
import org.apache.kafka.common.message.VotersRecordJsonConverter;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.ControlRecordUtils;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.utils.Utils;

/** What Kafka's reader makes of record data, as JSON; bytes are hex. */
final class Rendering {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private Rendering() {}

    static String hex(ByteBuffer buffer) {
        return buffer == null ? null : HexFormat.of().formatHex(Utils.toArray(buffer));
    }

    static ArrayNode batches(MemoryRecords records) {
        ArrayNode batches = JSON.arrayNode();
        for (RecordBatch batch : records.batches()) {
            batch.ensureValid();
            ObjectNode node = batches.addObject();
            node.put("magic", batch.magic());
            node.put("compression", batch.compressionType().name);
            node.put("timestamp_type", batch.timestampType().name);
            node.put("size", batch.sizeInBytes());
            node.put("crc", batch.checksum());
            node.put("base_offset", batch.baseOffset());
            node.put("last_offset", batch.lastOffset());
            node.put("max_timestamp", batch.maxTimestamp());
            if (batch.magic() == RecordBatch.MAGIC_VALUE_V2) {
                node.put("partition_leader_epoch", batch.partitionLeaderEpoch());
                node.put("producer_id", batch.producerId());
                node.put("producer_epoch", batch.producerEpoch());
                node.put("base_sequence", batch.baseSequence());
                node.put("records_count", batch.countOrNull());
                node.put("is_transactional", batch.isTransactional());
                node.put("is_control", batch.isControlBatch());
                node.put("delete_horizon", batch.deleteHorizonMs().isPresent() ? batch.deleteHorizonMs().getAsLong() : null);
            }
            ArrayNode list = node.putArray("records");
            for (Record record : batch) {
                list.add(record(batch, record));
            }
        }
        return batches;
    }

    private static ObjectNode record(RecordBatch batch, Record record) {
        ObjectNode node = JSON.objectNode();
        node.put("offset", record.offset());
        node.put("timestamp", record.timestamp());
        node.put("key", hex(record.key()));
        node.put("value", hex(record.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            byte[] value = header.value();
            headers.addArray().add(header.key()).add(value == null ? null : HexFormat.of().formatHex(value));
        }
        if (batch.isControlBatch()) {
            ControlRecordType type = ControlRecordType.parse(record.key());
            node.put("control", type.name());
            node.set("control_value", controlValue(type, record));
        }
        return node;
    }

    private static JsonNode controlValue(ControlRecordType type, Record record) {
        return switch (type) {
            case ABORT, COMMIT ->
                JSON.objectNode().put("coordinatorEpoch", EndTransactionMarker.deserialize(record).coordinatorEpoch());
            case LEADER_CHANGE ->
                LeaderChangeMessageJsonConverter.write(
                        ControlRecordUtils.deserializeLeaderChangeMessage(record), (short) 0);
            case SNAPSHOT_HEADER ->
                SnapshotHeaderRecordJsonConverter.write(
                        ControlRecordUtils.deserializeSnapshotHeaderRecord(record), (short) 0);
            case SNAPSHOT_FOOTER ->
                SnapshotFooterRecordJsonConverter.write(
                        ControlRecordUtils.deserializeSnapshotFooterRecord(record), (short) 0);
            case KRAFT_VERSION ->
                KRaftVersionRecordJsonConverter.write(
                        ControlRecordUtils.deserializeKRaftVersionRecord(record), (short) 0);
            case KRAFT_VOTERS ->
                VotersRecordJsonConverter.write(ControlRecordUtils.deserializeVotersRecord(record), (short) 0);
            default -> throw new IllegalArgumentException("no control record: " + type);
        };
    }
}
