package conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** The lines of the vector file: a label, what the reader has to know, the bytes, and what they say. */
final class Vectors {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final List<String> lines = new ArrayList<>();

    /** Adds a payload; context and value are JSON, with apostrophes for quotation marks. */
    void add(String label, String context, ByteBuffer data, String value) throws JsonProcessingException {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("label", label);
        line.set("context", json(context));
        line.put("hex", hex(data));
        line.set("value", json(value));
        lines.add(MAPPER.writeValueAsString(line));
    }

    /** Adds a record of an internal topic; the values are Kafka's own JSON renderings. */
    void addRecord(String topic, byte[] key, JsonNode keyValue, byte[] data, String name, int version, JsonNode value)
        throws JsonProcessingException {
        ObjectNode line = MAPPER.createObjectNode();
        line.put("label", "record");
        line.put("topic", topic);
        line.put("name", name);
        line.put("version", version);
        line.put("key_hex", key == null ? null : HexFormat.of().formatHex(key));
        line.set("key_value", keyValue);
        line.put("hex", data == null ? null : HexFormat.of().formatHex(data));
        line.set("value", value);
        lines.add(MAPPER.writeValueAsString(line));
    }

    int write(Path path) throws IOException {
        Files.createDirectories(path.getParent());
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(path))) {
            for (String line : lines) {
                out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return lines.size();
    }

    static String hex(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return MAPPER.readTree(text.replace('\'', '"'));
    }
}
