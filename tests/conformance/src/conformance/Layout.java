package conformance;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;

/** What one version of a message or of a struct in it consists of, from the generated SCHEMA_n constants. */
record Layout(List<Slot> slots, boolean flexible) {

    /** A field on the wire. {@code tag} is null for a field with a fixed place. */
    record Slot(String name, Type type, Integer tag) {

        boolean tagged() {
            return tag != null;
        }

        /** Kafka's accessor of this field, whose name is also the field's key in Kafka's JSON. */
        Method getter(Class<?> owner) {
            for (Method method : owner.getMethods()) {
                if (method.getParameterCount() == 0 && snakeCase(method.getName()).equals(name)) {
                    return method;
                }
            }
            throw new IllegalStateException(owner + " has no getter for " + name);
        }

        Method setter(Class<?> owner) {
            for (Method method : owner.getMethods()) {
                if (method.getParameterCount() == 1 && method.getName().equals("set" + capitalized(getter(owner).getName()))) {
                    return method;
                }
            }
            throw new IllegalStateException(owner + " has no setter for " + name);
        }

        /** The type of an array's elements, of any other field its own. */
        Type singleType() {
            return type.arrayElementType().orElse(type);
        }

        /** The class of an array's elements (List&lt;X&gt;, or XCollection extends ...&lt;X&gt;), of any other field its own. */
        Class<?> singleClass(Class<?> owner) {
            var generic = setter(owner).getGenericParameterTypes()[0];
            if (type.isArray() && !(generic instanceof ParameterizedType)) {
                generic = setter(owner).getParameterTypes()[0].getGenericSuperclass();
            }
            return (Class<?>) (generic instanceof ParameterizedType array ? array.getActualTypeArguments()[0] : generic);
        }

        /** Whether null can be sent. Kafka's types know, but for structs and compact records before 4.0: those are tried. */
        boolean nullable(Message owner) throws ReflectiveOperationException {
            boolean unsure = type instanceof Schema || type.toString().equals("COMPACT_RECORDS");
            return unsure ? writesNull(owner.getClass()) : type.isNullable();
        }

        private boolean writesNull(Class<? extends Message> owner) throws ReflectiveOperationException {
            Message message = owner.getConstructor().newInstance();
            setter(owner).invoke(message, new Object[] {null});
            try {
                message.size(new ObjectSerializationCache(), message.highestSupportedVersion());
                return true;
            } catch (NullPointerException refused) {
                return false;
            }
        }

        /** Whether nothing stands where something must: records have no default. */
        boolean unset(Message owner) throws ReflectiveOperationException {
            return getter(owner.getClass()).invoke(owner) == null && !nullable(owner);
        }
    }

    static Layout of(Type schema) throws ReflectiveOperationException {
        List<Slot> slots = new ArrayList<>();
        boolean flexible = false;
        for (BoundField field : ((Schema) schema).fields()) {
            if (field.def.type instanceof TaggedFields tagged) {
                flexible = true;
                for (Map.Entry<?, ?> entry : fields(tagged).entrySet()) {
                    var definition = (org.apache.kafka.common.protocol.types.Field) entry.getValue();
                    slots.add(new Slot(definition.name, definition.type, (Integer) entry.getKey()));
                }
            } else {
                slots.add(new Slot(field.def.name, field.def.type, null));
            }
        }
        return new Layout(slots, flexible);
    }

    /** Adds the paths of the fields that can be null: "topics", "topics.name". */
    void addNullable(Message owner, String prefix, Collection<String> paths) throws ReflectiveOperationException {
        for (Slot slot : slots) {
            String path = prefix + slot.name();
            if (slot.nullable(owner)) {
                paths.add(path);
            }
            if (slot.singleType() instanceof Schema struct) {
                Message within = (Message) slot.singleClass(owner.getClass()).getConstructor().newInstance();
                of(struct).addNullable(within, path + ".", paths);
            }
        }
    }

    /** Kafka refuses a tag that another version of the struct has: it is no unknown one. */
    static SortedSet<Integer> tagsOfAnyVersion(Class<?> owner) throws ReflectiveOperationException {
        SortedSet<Integer> tags = new TreeSet<>();
        for (Schema schema : (Schema[]) owner.getField("SCHEMAS").get(null)) {
            if (schema != null) {
                of(schema).slots().stream().filter(Slot::tagged).map(Slot::tag).forEach(tags::add);
            }
        }
        return tags;
    }

    /** Kafka 2.7 spelled the class UUID. */
    static boolean isUuid(Class<?> type) {
        return type.getName().equalsIgnoreCase("org.apache.kafka.common.Uuid");
    }

    private static Map<?, ?> fields(TaggedFields section) throws ReflectiveOperationException {
        Field fields = TaggedFields.class.getDeclaredField("fields");
        fields.setAccessible(true);
        return (Map<?, ?>) fields.get(section);
    }

    /** Kafka's own rule, by which schemas name fields: "isKRaftController" is "is_kraft_controller". */
    private static String snakeCase(String camelCase) {
        StringBuilder snake = new StringBuilder();
        boolean capital = true;
        for (char letter : capitalized(camelCase).toCharArray()) {
            if (Character.isUpperCase(letter) && !capital) {
                snake.append('_');
            }
            capital = Character.isUpperCase(letter);
            snake.append(Character.toLowerCase(letter));
        }
        return snake.toString();
    }

    private static String capitalized(String name) {
        return Character.toUpperCase(name.charAt(0)) + name.substring(1);
    }
}
