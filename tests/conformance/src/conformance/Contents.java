package conformance;

import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.Type;

/**
 * Fills messages with contents that depend on nothing but the seed, the kind and the field's path: neighbouring
 * versions then hold much the same values, which keeps the compressed vectors small.
 */
final class Contents {

    /** What the vectors of one message and version differ in. */
    enum Kind {
        /** Nothing is set. */
        DEFAULTS,
        /** Every array has one element, every struct is there, and all else has its default. */
        SKELETON,
        /** Null where null can be, otherwise empty; the smallest numbers. */
        EMPTY,
        /** Two elements in every array: the first with null in what is no array and no struct, the second wherever it can be. */
        NULLS,
        /** Several elements, every tagged field, nothing null; long strings; the largest numbers. */
        FULL,
        /** Anything. */
        MIXED,
        /** Anything, and tags that nobody knows. Only in flexible versions. */
        UNKNOWN_TAGS
    }

    private static final String[] TEXTS = {
        "", "a", "orders", "consumer-1", "κόσμος", "日本語", "🦀 naïve", "tab\tquote\"\u0000", "𝔎𝔞𝔣𝔨𝔞"
    };
    private static final double[] FLOATS = {
        0.0, -0.0, 1.5, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE
    };
    /** Lengths on both sides of where an unsigned varint (of length + 1) takes a second byte. */
    private static final int[] LONG = {126, 127, 128, 300};

    /** Tags above those that Kafka will come to give out; around the lengths of their varints. */
    private static final int[] UNKNOWN = {100, 127, 128, 20_000, Integer.MAX_VALUE - 1};

    private final String seed;
    private final Kind kind;

    Contents(String seed, Kind kind) {
        this.seed = seed;
        this.kind = kind;
    }

    /** Sets the fields that the schema has, and only those. Returns the message. */
    Message fill(Message message, Type schema) throws ReflectiveOperationException {
        return kind == Kind.DEFAULTS ? message : fill(message, schema, "");
    }

    private Message fill(Message message, Type schema, String path) throws ReflectiveOperationException {
        Layout layout = Layout.of(schema);
        for (Layout.Slot slot : layout.slots()) {
            fill(message, slot, path + "." + slot.name());
        }
        if (kind == Kind.UNKNOWN_TAGS && layout.flexible()) {
            addUnknownTags(message, random(path));
        }
        return message;
    }

    private void fill(Message message, Layout.Slot slot, String path) throws ReflectiveOperationException {
        Random random = random(path);
        if (kind == Kind.SKELETON && !(slot.singleType() instanceof Schema) && !slot.unset(message)) {
            return;
        }
        boolean leaveOut = slot.tagged() && (kind == Kind.MIXED || kind == Kind.UNKNOWN_TAGS) && random.nextBoolean();
        if (leaveOut) {
            return;
        }
        Method setter = slot.setter(message.getClass());
        Object value = null;
        if (!(slot.nullable(message) && choosesNull(slot, path, random))) {
            value = slot.type().isArray()
                ? array(slot, setter, path, random)
                : single(slot.type(), setter.getParameterTypes()[0], path, random);
        }
        setter.invoke(message, value);
    }

    private boolean choosesNull(Layout.Slot slot, String path, Random random) {
        return switch (kind) {
            case EMPTY -> true;
            case NULLS -> path.contains("[1]") || !slot.type().isArray() && !(slot.type() instanceof Schema);
            case MIXED, UNKNOWN_TAGS -> random.nextInt(3) == 0;
            default -> false;
        };
    }

    private Object array(Layout.Slot slot, Method setter, String path, Random random) throws ReflectiveOperationException {
        Type element = slot.singleType();
        Class<?> elementClass = slot.singleClass(setter.getDeclaringClass());
        Class<?> container = setter.getParameterTypes()[0];
        @SuppressWarnings("unchecked")
        Collection<Object> elements =
            container == List.class ? new ArrayList<>() : (Collection<Object>) container.getConstructor().newInstance();
        int size = arraySize(element, path, random);
        for (int i = 0; i < size; i++) {
            String elementPath = path + "[" + i + "]";
            elements.add(single(element, elementClass, elementPath, random(elementPath)));
        }
        return elements;
    }

    private int arraySize(Type element, String path, Random random) {
        boolean outermost = path.indexOf('[') < 0;
        boolean small = Set.of("INT8", "INT16", "INT32").contains(element.toString());
        return switch (kind) {
            case DEFAULTS, EMPTY -> 0;
            case SKELETON -> 1;
            case NULLS -> path.contains("[1]") ? 0 : 2;
            case FULL -> outermost && small ? LONG[random.nextInt(3)] : outermost ? 2 : 1;
            case MIXED, UNKNOWN_TAGS -> random.nextInt(outermost ? 4 : 3);
        };
    }

    /** A value of the type, and of the Java class that the setter, or the list, wants. */
    private Object single(Type type, Class<?> wanted, String path, Random random) throws ReflectiveOperationException {
        if (type instanceof Schema) {
            return fill((Message) wanted.getConstructor().newInstance(), type, path);
        } else if (wanted == String.class) {
            return text(random);
        } else if (wanted == byte[].class) {
            return bytes(random);
        } else if (wanted == ByteBuffer.class) {
            return ByteBuffer.wrap(bytes(random));
        } else if (Layout.isUuid(wanted)) {
            long[] halves = kind == Kind.EMPTY ? new long[2] : new long[] {random.nextLong(), random.nextLong()};
            return wanted.getConstructor(long.class, long.class).newInstance(halves[0], halves[1]);
        } else if (wanted == boolean.class || wanted == Boolean.class) {
            return kind == Kind.FULL || kind != Kind.EMPTY && random.nextBoolean();
        } else if (wanted == double.class || wanted == Double.class) {
            return FLOATS[random.nextInt(FLOATS.length)];
        } else if (wanted.getSimpleName().equals("BaseRecords")) {
            // The package of the record classes moved between 3.9 and 4.4.
            return Class.forName(wanted.getPackageName() + ".MemoryRecords")
                .getMethod("readableRecords", ByteBuffer.class)
                .invoke(null, ByteBuffer.wrap(bytes(random)));
        }
        return integer(type, wanted, random);
    }

    private Object integer(Type type, Class<?> wanted, Random random) {
        boolean signed = !type.toString().startsWith("U");
        int bits = switch (type.toString()) {
            case "INT8" -> 8;
            case "INT16", "UINT16" -> 16;
            case "INT32", "UINT32" -> 32;
            case "INT64" -> 64;
            default -> throw new IllegalStateException("no contents for " + type);
        };
        long highest = signed ? Long.MAX_VALUE >> (64 - bits) : (1L << bits) - 1;
        long lowest = signed ? -highest - 1 : 0;
        long value = switch (kind) {
            case EMPTY -> lowest;
            case FULL -> random.nextInt(4) > 0 ? highest : highest / 3;
            default -> switch (random.nextInt(5)) {
                case 0 -> lowest;
                case 1 -> highest;
                case 2 -> Math.max(lowest, -1);
                case 3 -> random.nextInt(120);
                default -> lowest + (random.nextLong() & highest);
            };
        };
        if (wanted == byte.class || wanted == Byte.class) {
            return (byte) value;
        } else if (wanted == short.class || wanted == Short.class) {
            return (short) value;
        } else if (wanted == int.class || wanted == Integer.class) {
            return (int) value;
        } else if (wanted == long.class || wanted == Long.class) {
            return value;
        }
        throw new IllegalStateException("no contents for " + type + " as " + wanted);
    }

    private String text(Random random) {
        if (kind == Kind.EMPTY) {
            return "";
        } else if (random.nextInt(kind == Kind.FULL ? 4 : 16) == 0) {
            return "long-".repeat(100).substring(0, LONG[random.nextInt(LONG.length)] - 1) + "é";
        }
        return TEXTS[random.nextInt(TEXTS.length)];
    }

    private byte[] bytes(Random random) {
        boolean none = kind == Kind.EMPTY || kind == Kind.SKELETON;
        byte[] bytes = new byte[none ? 0 : random.nextInt(8) == 0 ? LONG[random.nextInt(3)] : random.nextInt(12)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void addUnknownTags(Message message, Random random) throws ReflectiveOperationException {
        SortedSet<Integer> known = Layout.tagsOfAnyVersion(message.getClass());
        SortedSet<Integer> unknown = new TreeSet<>();
        for (int tag : UNKNOWN) {
            if (!known.contains(tag) && (unknown.isEmpty() || random.nextInt(3) == 0)) {
                unknown.add(tag);
            }
        }
        for (int tag : unknown) {
            byte[] data = new byte[random.nextInt(10) == 0 ? 130 : random.nextInt(6)];
            random.nextBytes(data);
            message.unknownTaggedFields().add(new RawTaggedField(tag, data));
        }
    }

    private Random random(String path) {
        // String.hashCode is specified, so this is the same everywhere; multiplied, because near seeds begin alike.
        return new Random((seed + kind + path).hashCode() * 0x9E3779B97F4A7C15L);
    }
}
