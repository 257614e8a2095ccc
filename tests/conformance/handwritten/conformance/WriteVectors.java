package conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.types.ArrayOf;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Struct;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.MemoryRecords;

/**
 * Writes requests and responses through the schemas that Kafka's authors wrote by hand, before 2.2 began to generate them:
 * evidence for the old versions that owes nothing to the message definitions of today.
 *
 * <p>Arguments: Kafka's version; the folder to write to. The JSON is the flat list of values in wire order, with its count
 * before each array's: fields had other names then, and were grouped otherwise. Two runs write the same bytes.
 */
public final class WriteVectors {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] KINDS = {"empty", "full", "mixed"};
    private static final String[] TEXTS = {"", "orders", "κόσμος", "🦀 naïve", "long-".repeat(30)};

    private final String kind;
    private final Random random;

    private WriteVectors(String kind, long seed) {
        this.kind = kind;
        this.random = new Random(seed);
    }

    public static void main(String[] arguments) throws IOException {
        String source = arguments[0];
        Path file = Path.of(arguments[1], source + ".jsonl.gz");
        GZIPOutputStream compressed = new GZIPOutputStream(Files.newOutputStream(file));
        try (Writer lines = new BufferedWriter(new OutputStreamWriter(compressed, StandardCharsets.UTF_8))) {
            for (ApiKeys api : ApiKeys.values()) {
                for (int version = 0; version < api.requestSchemas.length; version++) {
                    for (String kind : KINDS) {
                        for (String side : new String[] {"Request", "Response"}) {
                            Schema schema = (side.equals("Request") ? api.requestSchemas : api.responseSchemas)[version];
                            Struct message = (Struct) new WriteVectors(kind, api.id * 1009L + version).value(schema);
                            ByteBuffer bytes = ByteBuffer.allocate(message.sizeOf());
                            message.writeTo(bytes);
                            ObjectNode vector = JSON.createObjectNode();
                            vector.put("source", source).put("api_key", api.id).put("name", api.name + side);
                            vector.put("version", version).put("side", side.toLowerCase(Locale.ROOT)).put("kind", kind);
                            vector.put("hex", HexFormat.of().formatHex(bytes.array()));
                            render(message, vector.putArray("json"));
                            lines.write(vector + "\n");
                        }
                    }
                }
            }
        }
    }

    private Object value(Type type) {
        boolean nullable = type.isNullable() && type != Type.RECORDS;  // these it reads as null, but does not write
        if (nullable && (kind.equals("empty") || kind.equals("mixed") && random.nextInt(3) == 0)) {
            return null;
        } else if (type instanceof Schema schema) {
            Struct struct = new Struct(schema);
            for (BoundField field : schema.fields()) {
                struct.set(field, value(field.def.type));
            }
            return struct;
        } else if (type instanceof ArrayOf array) {
            Object[] items = new Object[kind.equals("empty") ? 0 : kind.equals("full") ? 2 : random.nextInt(3)];
            for (int i = 0; i < items.length; i++) {
                items[i] = value(array.type());
            }
            return items;
        }
        return switch (type.toString()) {
            case "BOOLEAN" -> random.nextBoolean();
            case "INT8" -> (byte) integer(8);
            case "INT16" -> (short) integer(16);
            case "INT32" -> (int) integer(32);
            case "INT64" -> integer(64);
            case "STRING", "NULLABLE_STRING" -> kind.equals("empty") ? "" : TEXTS[random.nextInt(TEXTS.length)];
            case "BYTES", "NULLABLE_BYTES" -> ByteBuffer.wrap(bytes());
            case "RECORDS" -> MemoryRecords.readableRecords(ByteBuffer.wrap(bytes()));
            default -> throw new IllegalStateException("no contents for " + type);
        };
    }

    private long integer(int bits) {
        long highest = Long.MAX_VALUE >> (64 - bits);
        return switch (kind) {
            case "empty" -> -highest - 1;
            case "full" -> highest;
            default -> random.nextLong() >> (64 - bits);
        };
    }

    private byte[] bytes() {
        byte[] bytes = new byte[kind.equals("empty") ? 0 : 1 + random.nextInt(8)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void render(Object value, ArrayNode values) {
        if (value instanceof Struct struct) {
            for (BoundField field : struct.schema().fields()) {
                render(struct.get(field), values);
            }
        } else if (value instanceof Object[] items) {
            values.add(items.length);
            for (Object item : items) {
                render(item, values);
            }
        } else if (value instanceof MemoryRecords records) {
            values.add(records.buffer().array());
        } else if (value instanceof ByteBuffer buffer) {
            values.add(buffer.array());
        } else {
            values.addPOJO(value);
        }
    }
}
