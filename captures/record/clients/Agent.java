import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.StreamSupport;

/** What the Java clients have in common: commands in, log lines out. */
final class Agent {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    /** Does what a command asks for. */
    interface Commands {
        void carryOut(JsonNode command) throws Exception;
    }

    private Agent() {}

    /** What the scenario started this client with. */
    static JsonNode options(String[] arguments) throws IOException {
        return JSON.readTree(arguments[0]);
    }

    /** Say which library this is, then carry out commands from standard input until it ends. */
    static void serve(String library, Commands commands) throws IOException {
        answer(object().put("library", library));
        answer(object().put("done", true));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            try {
                commands.carryOut(JSON.readTree(line));
                answer(object().put("done", true));
            } catch (Exception error) {
                answer(object().put("failed", error.toString()));
            }
        }
    }

    static void answer(JsonNode line) {
        OUT.println(line);
    }

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** The start of a log line: what was done to which record. */
    static ObjectNode line(String action, String topic, int partition, Long offset) {
        return object().put("action", action).put("topic", topic).put("partition", partition).put("offset", offset);
    }

    /** The rest of a log line; timestamp -1 stands for none. */
    static void describe(ObjectNode line, long timestamp, byte[] key, byte[] value) {
        line.put("timestamp", timestamp < 0 ? null : timestamp);
        line.set("key", text(key));
        line.set("value", text(value));
        line.putArray("headers");
    }

    /** Bytes as text where they are UTF-8, as hex where they are not. */
    static JsonNode text(byte[] data) {
        if (data == null) {
            return JSON.nullNode();
        }
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(data)).toString();
            return JSON.getNodeFactory().textNode(text);
        } catch (CharacterCodingException error) {
            return object().put("hex", HexFormat.of().formatHex(data));
        }
    }

    /** The bytes that text stands for. */
    static byte[] bytes(JsonNode content) {
        if (content.isMissingNode() || content.isNull()) {
            return null;
        }
        return content.isObject()
            ? HexFormat.of().parseHex(content.get("hex").asText())
            : content.asText().getBytes(StandardCharsets.UTF_8);
    }

    static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
    }
}
