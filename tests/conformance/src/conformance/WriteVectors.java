package conformance;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.Schema;

/**
 * Writes what Kafka's own serializers make of every message at every version, one JSON object a line.
 *
 * <p>Arguments: Kafka's version; the folder to write to; the names of the messages, or "everything", which also writes
 * which fields can be null, and which header versions Kafka picks. Two runs write the same bytes.
 */
public final class WriteVectors {

    private static final String EVERYTHING = "everything";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String source;
    private final Path folder;

    private WriteVectors(String source, Path folder) {
        this.source = source;
        this.folder = folder;
    }

    public static void main(String[] arguments) throws Exception {
        WriteVectors writer = new WriteVectors(arguments[0], Path.of(arguments[1]));
        Files.createDirectories(writer.folder);
        if (arguments[2].equals(EVERYTHING)) {
            writer.writeMessages(entry -> true);
            writer.writeNullable();
            writer.writeHeaderVersions();
        } else {
            Set<String> names = Set.of(arguments[2].strip().split("\\s+"));
            writer.writeMessages(entry -> names.contains(entry.name()));
        }
    }

    private void writeMessages(Predicate<Messages.Entry> wanted) throws IOException, ReflectiveOperationException {
        try (Writer lines = open(source + ".jsonl.gz")) {
            for (Messages.Entry entry : Messages.all().stream().filter(wanted).toList()) {
                Message message = entry.create();
                for (short version = message.lowestSupportedVersion(); version <= message.highestSupportedVersion(); version++) {
                    writeVersion(lines, entry, version);
                }
            }
        }
    }

    private void writeVersion(Writer lines, Messages.Entry entry, short version)
        throws IOException, ReflectiveOperationException {
        Set<String> written = new HashSet<>();
        for (Contents.Kind kind : Contents.Kind.values()) {
            Message message = new Contents(source + entry.name(), kind).fill(entry.create(), entry.schema(version));
            String hex = HexFormat.of().formatHex(serialize(message, version, entry));
            if (written.add(hex)) {
                ObjectNode vector = describe(entry, version).put("kind", kind.name().toLowerCase(Locale.ROOT));
                vector.put("hex", hex).set("json", new Rendering(version).render(message, entry.schema(version)));
                lines.write(vector + "\n");
            }
        }
    }

    /** The message's bytes; that Kafka reads them back to the same message is checked on the way. */
    private static byte[] serialize(Message message, short version, Messages.Entry entry) throws ReflectiveOperationException {
        byte[] bytes = bytes(message, version);
        Message again = entry.create();
        again.read(new ByteBufferAccessor(ByteBuffer.wrap(bytes)), version);
        if (!Arrays.equals(bytes, bytes(again, version))) {
            throw new IllegalStateException(entry.name() + " " + version + " is read otherwise than written: " + message);
        }
        return bytes;
    }

    private static byte[] bytes(Message message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        if (buffer.hasRemaining()) {
            throw new IllegalStateException("wrote less than announced: " + message);
        }
        return buffer.array();
    }

    /** Which fields can be null: no message can show of the others that they cannot. */
    private void writeNullable() throws IOException, ReflectiveOperationException {
        try (Writer lines = open(source + "-nullable.jsonl.gz")) {
            for (Messages.Entry entry : Messages.all()) {
                Message message = entry.create();
                for (short version = message.lowestSupportedVersion(); version <= message.highestSupportedVersion(); version++) {
                    List<String> paths = new ArrayList<>();
                    Layout.of(entry.schema(version)).addNullable(message, "", paths);
                    ObjectNode row = describe(entry, version);
                    paths.forEach(row.putArray("nullable")::add);
                    lines.write(row + "\n");
                }
            }
        }
    }

    private ObjectNode describe(Messages.Entry entry, short version) {
        ObjectNode line = JSON.createObjectNode();
        line.put("source", source).put("api_key", entry.apiKey()).put("name", entry.name());
        return line.put("version", version).put("side", entry.side());
    }

    private void writeHeaderVersions() throws IOException {
        try (Writer lines = open(source + "-header-versions.jsonl.gz")) {
            for (ApiMessageType type : ApiMessageType.values()) {
                Schema[] versions = type.requestSchemas();
                for (short version = 0; version < versions.length; version++) {
                    if (versions[version] != null) {
                        ObjectNode row = JSON.createObjectNode();
                        row.put("source", source).put("api_key", type.apiKey()).put("version", version);
                        row.put("request", type.requestHeaderVersion(version));
                        row.put("response", type.responseHeaderVersion(version));
                        lines.write(row + "\n");
                    }
                }
            }
        }
    }

    private Writer open(String name) throws IOException {
        OutputStream file = Files.newOutputStream(folder.resolve(name));
        return new BufferedWriter(new OutputStreamWriter(new BestGzip(file), StandardCharsets.UTF_8));
    }

    /** The JDK leaves the modification time in the header at zero, so the same lines give the same file. */
    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(9);
        }
    }
}
