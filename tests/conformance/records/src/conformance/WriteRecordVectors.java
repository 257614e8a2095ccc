package conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.ControlRecordType;
import org.apache.kafka.common.record.DefaultRecordBatch;
import org.apache.kafka.common.record.EndTransactionMarker;
import org.apache.kafka.common.record.LegacyRecord;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.SimpleRecord;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.ByteBufferOutputStream;

/**
 * Writes record data with Kafka's own writer and, beside the bytes, what Kafka's own reader makes of them.
 *
 * <p>One line of JSON for each records field: its name, its bytes, its batches (see {@link Rendering}).
 */
public final class WriteRecordVectors {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long NOW = 1_700_000_000_123L;
    private static final long NO_TIME = RecordBatch.NO_TIMESTAMP;
    private static final byte[] NULL = null;
    private static final List<TimestampType> TIMESTAMP_TYPES =
            List.of(TimestampType.CREATE_TIME, TimestampType.LOG_APPEND_TIME);

    private final OutputStream output;

    private WriteRecordVectors(OutputStream output) {
        this.output = output;
    }

    public static void main(String[] arguments) throws Exception {
        try (OutputStream file = Files.newOutputStream(Path.of(arguments[0]));
                OutputStream output = new GZIPOutputStream(file) {
                    {
                        def.setLevel(Deflater.BEST_COMPRESSION);
                    }
                }) {
            WriteRecordVectors vectors = new WriteRecordVectors(output);
            vectors.formats();
            vectors.producers();
            vectors.shapes();
            vectors.markers();
            vectors.cleaned();
            vectors.mixed();
        }
    }

    private void write(String name, MemoryRecords records) throws Exception {
        ObjectNode line = JSON.createObjectNode();
        line.put("name", name);
        line.put("hex", Rendering.hex(records.buffer()));
        line.set("batches", Rendering.batches(records));
        output.write(JSON.writeValueAsBytes(line));
        output.write('\n');
    }

    /** Every magic with every codec and every timestamp type that it knows. */
    private void formats() throws Exception {
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType codec : CompressionType.values()) {
                if (magic < 2 && codec == CompressionType.ZSTD) {
                    continue;
                }
                List<TimestampType> types =
                        magic == 0 ? List.of(TimestampType.NO_TIMESTAMP_TYPE) : TIMESTAMP_TYPES;
                for (TimestampType type : types) {
                    Batch batch = new Batch(magic, codec, type, 4_000_000_000L);
                    write("magic " + magic + ", " + codec.name + ", " + type.name, ordinary(batch));
                }
            }
        }
    }

    private static MemoryRecords ordinary(Batch batch) {
        MemoryRecordsBuilder builder = batch.builder();
        boolean headers = batch.magic == 2;
        append(builder, headers, NOW, "key", "value");
        append(builder, headers, NOW + 5, null, "no key");
        append(builder, headers, NOW - 70_000, "a tombstone, older than the first", null);
        append(builder, headers, NOW + 5, null, null);
        append(builder, headers, NOW + 1_000_000_000L, "", "");
        append(builder, headers, NOW + 6, "long", "0123456789abcdef".repeat(1_000));
        return builder.build();
    }

    private static void append(
            MemoryRecordsBuilder builder, boolean withHeaders, long timestamp, String key, String value) {
        Header[] headers = {
            new RecordHeader("trace", bytes("7f")),
            new RecordHeader("null", null),
            new RecordHeader("trace", new byte[0]),
            new RecordHeader("", bytes("empty key")),
            new RecordHeader("schlüssel", new byte[] {0, (byte) 0xff}),
        };
        if (withHeaders && value != null) {
            builder.append(timestamp, bytes(key), bytes(value), headers);
        } else {
            builder.append(timestamp, bytes(key), bytes(value));
        }
    }

    /** Idempotent and transactional batches, with sequences at their end. */
    private void producers() throws Exception {
        for (boolean transactional : new boolean[] {false, true}) {
            Batch batch = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 17);
            batch.producerId = 9_000_000_001L;
            batch.producerEpoch = 32767;
            batch.baseSequence = Integer.MAX_VALUE - 1;
            batch.transactional = transactional;
            batch.leaderEpoch = 11;
            write(transactional ? "transactional" : "idempotent", ordinary(batch));
        }
    }

    /** Sizes and numbers at the edges of their varints. */
    private void shapes() throws Exception {
        Random random = new Random(2);
        MemoryRecordsBuilder sizes = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 0).builder();
        for (int size : new int[] {0, 1, 62, 63, 64, 65, 127, 128, 8190, 8191, 8192, 8193, 16384}) {
            byte[] value = new byte[size];
            random.nextBytes(value);
            sizes.append(NOW, size < 200 ? value : NULL, value);
        }
        write("sizes around the steps of varints", sizes.build());

        MemoryRecordsBuilder times = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 0).builder();
        times.append(1L << 40, NULL, NULL);
        for (int bits = 0; bits < 62; bits++) {
            times.append(1L << bits, NULL, NULL);
        }
        times.append(Long.MAX_VALUE, NULL, NULL);
        times.append(NO_TIME, NULL, NULL);
        write("timestamps of every width", times.build());

        MemoryRecordsBuilder many = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 0).builder();
        Header[] headers = new Header[200];
        for (int number = 0; number < headers.length; number++) {
            headers[number] = new RecordHeader("h" + number, new byte[number]);
        }
        many.append(NOW, NULL, NULL, headers);
        write("two hundred headers", many.build());

        MemoryRecordsBuilder gaps = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 100).builder();
        for (long offset : new long[] {100, 163, 164, 300, 100L + Integer.MAX_VALUE}) {
            gaps.appendWithOffset(offset, NOW, bytes("k"), bytes("offset " + offset));
        }
        write("offset deltas of every width", gaps.build());

        for (CompressionType codec : CompressionType.values()) {
            MemoryRecordsBuilder large = new Batch(2, codec, TimestampType.CREATE_TIME, 0).builder();
            byte[] noise = new byte[300];
            for (int number = 0; number < 1_000; number++) {
                if (number % 50 == 0) {
                    random.nextBytes(noise);
                }
                large.append(NOW + number, bytes("key " + number), noise);
            }
            if (codec != CompressionType.NONE) {
                write("300 kB in several blocks, " + codec.name, large.build());
            }
        }
    }

    /** Control records: the ends of transactions and those of KRaft. */
    private void markers() throws Exception {
        for (ControlRecordType type : List.of(ControlRecordType.ABORT, ControlRecordType.COMMIT)) {
            EndTransactionMarker marker = new EndTransactionMarker(type, 42);
            write("marker " + type, MemoryRecords.withEndTransactionMarker(99, NOW, 3, 4000, (short) 5, marker));
        }
        LeaderChangeMessage change = new LeaderChangeMessage()
                .setLeaderId(1)
                .setVoters(List.of(voter(1), voter(2), voter(3)))
                .setGrantingVoters(List.of(voter(1), voter(3)));
        write("marker LEADER_CHANGE", MemoryRecords.withLeaderChangeMessage(7, NOW, 2, buffer(), change));
        SnapshotHeaderRecord header = new SnapshotHeaderRecord().setLastContainedLogTimestamp(NOW - 1);
        write("marker SNAPSHOT_HEADER", MemoryRecords.withSnapshotHeaderRecord(0, NOW, 2, buffer(), header));
        SnapshotFooterRecord footer = new SnapshotFooterRecord();
        write("marker SNAPSHOT_FOOTER", MemoryRecords.withSnapshotFooterRecord(9, NOW, 2, buffer(), footer));
        KRaftVersionRecord version = new KRaftVersionRecord().setKRaftVersion((short) 1);
        write("marker KRAFT_VERSION", MemoryRecords.withKRaftVersionRecord(1, NOW, 2, buffer(), version));
        VotersRecord.Endpoint endpoint =
                new VotersRecord.Endpoint().setName("CONTROLLER").setHost("controller.example").setPort(65_535);
        VotersRecord.Voter voter = new VotersRecord.Voter()
                .setVoterId(3_000)
                .setVoterDirectoryId(new Uuid(0x0123456789abcdefL, 0x0fedcba987654321L))
                .setEndpoints(new VotersRecord.EndpointCollection(List.of(endpoint).iterator()))
                .setKRaftVersionFeature(new VotersRecord.KRaftVersionFeature().setMaxSupportedVersion((short) 1));
        VotersRecord voters = new VotersRecord().setVoters(List.of(voter));
        write("marker KRAFT_VOTERS", MemoryRecords.withVotersRecord(2, NOW, 2, buffer(), voters));

        Batch batch = new Batch(2, CompressionType.NONE, TimestampType.CREATE_TIME, 0);
        batch.control = true;
        MemoryRecordsBuilder snapshot = batch.builder();
        snapshot.appendSnapshotHeaderMessage(NOW, header);
        snapshot.appendKRaftVersionMessage(NOW, version);
        snapshot.appendVotersMessage(NOW, voters);
        write("markers of a snapshot in one batch", snapshot.build());
    }

    private static LeaderChangeMessage.Voter voter(int id) {
        return new LeaderChangeMessage.Voter().setVoterId(id);
    }

    /** What the log cleaner leaves behind: holes, empty batches, delete horizons. */
    private void cleaned() throws Exception {
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType codec : List.of(CompressionType.NONE, CompressionType.GZIP)) {
                TimestampType type = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
                MemoryRecordsBuilder builder = new Batch(magic, codec, type, 500).builder();
                for (int number : new int[] {3, 4, 9}) {
                    long time = magic == 0 ? NO_TIME : NOW + number;
                    builder.appendWithOffset(500 + number, time, bytes("k" + number), bytes("v"));
                }
                if (magic == 2) {
                    builder.overrideLastOffset(520);
                }
                write("holes in magic " + magic + ", " + codec.name, builder.build());
            }
        }

        ByteBuffer empty = buffer();
        DefaultRecordBatch.writeEmptyHeader(
                empty, (byte) 2, 77, (short) 1, 30, 600, 609, 4, TimestampType.CREATE_TIME, NOW, true, false);
        empty.flip();
        write("no records left", MemoryRecords.readableRecords(empty));

        for (CompressionType codec : List.of(CompressionType.NONE, CompressionType.LZ4)) {
            MemoryRecordsBuilder builder = new MemoryRecordsBuilder(
                    new ByteBufferOutputStream(1024), (byte) 2, Compression.of(codec).build(),
                    TimestampType.CREATE_TIME, 700, NO_TIME, -1, (short) -1, -1, false, false, 8, 1 << 20,
                    NOW + 86_400_000L);
            builder.appendWithOffset(700, new SimpleRecord(NOW, bytes("gone"), null));
            builder.appendWithOffset(705, new SimpleRecord(NOW + 1, bytes("gone too"), null));
            write("delete horizon, " + codec.name, builder.build());
        }
    }

    /** Fields with several batches, of several magics; odd wrappers that Kafka reads all the same. */
    private void mixed() throws Exception {
        ByteBuffer field = ByteBuffer.allocate(1 << 16);
        long offset = 1_000;
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType codec : List.of(CompressionType.SNAPPY, CompressionType.NONE)) {
                TimestampType type = magic == 0 ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
                MemoryRecordsBuilder builder = new Batch(magic, codec, type, offset).builder();
                for (int number = 0; number < 3; number++) {
                    builder.append(magic == 0 ? NO_TIME : NOW, bytes("k" + number), bytes("v" + offset++));
                }
                field.put(builder.build().buffer());
            }
        }
        field.flip();
        write("magics 0, 1 and 2 in one field", MemoryRecords.readableRecords(field));

        Batch batch = new Batch(1, CompressionType.GZIP, TimestampType.CREATE_TIME, 0);
        ByteBuffer wrapper = ordinary(batch).buffer();
        wrapper.putLong(0, 0); // some producers leave the wrapper's offset at 0
        write("wrapper offset 0", MemoryRecords.readableRecords(wrapper));

        ByteBuffer raw = ByteBuffer.allocate(1 << 12);
        for (int number = 0; number < 3; number++) {
            LegacyRecord record = LegacyRecord.create((byte) 1, NO_TIME, bytes("k"), bytes("no time"));
            raw.putLong(number).putInt(record.sizeInBytes()).put(record.buffer());
        }
        raw.flip();
        write("magic 1 without timestamps", MemoryRecords.readableRecords(raw));
        write("empty", MemoryRecords.EMPTY);
    }

    private static byte[] bytes(String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(1024);
    }

    /** The arguments of Kafka's builder, most of them with the values that a simple producer has. */
    private static final class Batch {
        private final byte magic;
        private final CompressionType codec;
        private final TimestampType timestampType;
        private final long baseOffset;
        private long producerId = RecordBatch.NO_PRODUCER_ID;
        private int producerEpoch = RecordBatch.NO_PRODUCER_EPOCH;
        private int baseSequence = RecordBatch.NO_SEQUENCE;
        private boolean transactional;
        private boolean control;
        private int leaderEpoch = RecordBatch.NO_PARTITION_LEADER_EPOCH;

        private Batch(int magic, CompressionType codec, TimestampType timestampType, long baseOffset) {
            this.magic = (byte) magic;
            this.codec = codec;
            this.timestampType = timestampType;
            this.baseOffset = baseOffset;
        }

        private MemoryRecordsBuilder builder() {
            long appendTime = timestampType == TimestampType.LOG_APPEND_TIME ? NOW + 777 : NO_TIME;
            return MemoryRecords.builder(
                    ByteBuffer.allocate(1 << 12), magic, Compression.of(codec).build(), timestampType, baseOffset,
                    appendTime, producerId, (short) producerEpoch, baseSequence, transactional, control, leaderEpoch);
        }
    }
}
