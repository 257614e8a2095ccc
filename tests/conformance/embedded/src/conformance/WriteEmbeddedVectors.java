package conformance;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.apache.kafka.common.message.AlterUserScramCredentialsRequestData;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.requests.RequestUtils;
import org.apache.kafka.common.security.auth.KafkaPrincipal;
import org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder;

/** Writes what Kafka's own classes make of payloads that travel inside messages. Argument: the file to write. */
public final class WriteEmbeddedVectors {

    private WriteEmbeddedVectors() {
    }

    public static void main(String[] arguments) throws Exception {
        Vectors vectors = new Vectors();
        new Groups(vectors).write();
        new InternalTopics(vectors).write();
        forwarding(vectors);
        System.out.println(vectors.write(Path.of(arguments[0])) + " vectors");
    }

    private static void forwarding(Vectors vectors) throws Exception {
        DefaultKafkaPrincipalBuilder builder = new DefaultKafkaPrincipalBuilder(null, null);
        vectors.add("principal", "{}", ByteBuffer.wrap(builder.serialize(new KafkaPrincipal("User", "alice", true))),
            "{'version':0,'type':'User','name':'alice','token_authenticated':true}");
        RequestHeaderData header = new RequestHeaderData()
            .setRequestApiKey((short) 51).setRequestApiVersion((short) 0).setCorrelationId(7).setClientId("admin");
        AlterUserScramCredentialsRequestData request = new AlterUserScramCredentialsRequestData();
        request.deletions().add(new AlterUserScramCredentialsRequestData.ScramCredentialDeletion()
            .setName("bob").setMechanism((byte) 1));
        vectors.add("request", "{}", RequestUtils.serialize(header, (short) 2, request, (short) 0),
            "{'header':{'request_api_key':51,'request_api_version':0,'correlation_id':7,'client_id':'admin'},"
                + "'body':{'deletions':[{'name':'bob','mechanism':1}],'upsertions':[]}}");
    }
}
