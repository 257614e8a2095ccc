package conformance;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.Schema;

/** Finds every message that the Kafka jars on the class path can serialize. */
final class Messages {

    /** Where Kafka's build puts the classes that it generates from the message definitions. */
    private static final Pattern GENERATED =
        Pattern.compile("(org/apache/kafka/(?:common/message|common/metadata|.+/generated)/[^/$]+)[.]class");

    /** A message: side is "request" or "response", "header", or "data" for all that is neither. */
    record Entry(Integer apiKey, String name, String side, Class<? extends Message> messageClass) {

        Message create() throws ReflectiveOperationException {
            return messageClass.getConstructor().newInstance();
        }

        Schema schema(short version) throws ReflectiveOperationException {
            return (Schema) messageClass.getField("SCHEMA_" + version).get(null);
        }
    }

    private Messages() {
    }

    /** All messages: requests and responses by key, then the others by name. */
    static List<Entry> all() throws IOException, ReflectiveOperationException {
        List<Entry> entries = new ArrayList<>();
        for (URL manifest : Collections.list(Messages.class.getClassLoader().getResources("META-INF/MANIFEST.MF"))) {
            if (manifest.getPath().contains("/kafka-") && manifest.openConnection() instanceof JarURLConnection jar) {
                for (var file : Collections.list(jar.getJarFile().entries())) {
                    Matcher generated = GENERATED.matcher(file.getName());
                    if (generated.matches()) {
                        entry(Class.forName(generated.group(1).replace('/', '.'))).ifPresent(entries::add);
                    }
                }
            }
        }
        Comparator<Integer> keysFirst = Comparator.nullsLast(Comparator.naturalOrder());
        entries.sort(Comparator.comparing(Entry::apiKey, keysFirst).thenComparing(Entry::name));
        return entries;
    }

    private static Optional<Entry> entry(Class<?> generated) throws ReflectiveOperationException {
        if (!Message.class.isAssignableFrom(generated)) {
            return Optional.empty();
        }
        Class<? extends Message> messageClass = generated.asSubclass(Message.class);
        String name = generated.getSimpleName();
        if (generated == RequestHeaderData.class || generated == ResponseHeaderData.class) {
            return Optional.of(new Entry(null, withoutData(name), "header", messageClass));
        }
        for (String side : List.of("Request", "Response")) {
            if (name.endsWith(side + "Data") && generated.getPackage() == ApiMessageType.class.getPackage()) {
                int key = ((ApiMessage) messageClass.getConstructor().newInstance()).apiKey();
                return Optional.of(new Entry(key, withoutData(name), side.toLowerCase(Locale.ROOT), messageClass));
            }
        }
        return Optional.of(new Entry(null, name, "data", messageClass));
    }

    private static String withoutData(String name) {
        return name.substring(0, name.length() - "Data".length());
    }
}
