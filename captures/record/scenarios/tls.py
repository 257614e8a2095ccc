"""TLS, with a key log from the clients: 1.3 with the secrets embedded in the capture, 1.2 with a file beside it."""

import shop
from brokers import ONE_NODE, Node, cluster
from certificates import PASSWORD, Identity
from stage import Scenario, Stage
from toolchain import broker_classpath, key_log_agent

PORT, CONTROLLER_PORT = 9093, 9094
LISTENERS = {
    "listeners": f"SSL://127.0.0.1:{PORT},PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:{CONTROLLER_PORT}",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL",
    "inter.broker.listener.name": "PLAINTEXT",
    "ssl.keystore.type": "PKCS12",
    "ssl.truststore.type": "PKCS12",
}


def play_1_3(stage: Stage) -> None:
    """Sell and bill with four libraries, each of which logs the secrets of its connections."""
    broker = Identity("broker", stage.work)
    with (
        cluster([Node(1, PORT, CONTROLLER_PORT, settings(broker, broker, "TLSv1.3"))], stage.work),
        stage.capture(),
        stage.client("java", "operator", environment=java(stage), config=java_trust(broker)) as operator,
        stage.client("franz-go", "orders-service", environment=openssl(stage), authority=str(broker.certificate)) as go,
        stage.client("aiokafka", "fraud-check", environment=openssl(stage), **aiokafka(broker)) as fraud_check,
        stage.client("kafka-python", "audit-consumer", environment=openssl(stage), **kafka_python(broker)) as audit,
    ):
        operator.do("create_topics", topics={"orders": 2})
        operator.do("produce", topic="orders", records=shop.orders(6), compression="zstd")
        go.do("produce", topic="orders", records=shop.orders(40, 1007))  # more than one packet, in one record
        fraud_check.do("produce", topic="orders", records=shop.oddities(), compression="gzip")
        audit.do("consume", topics=["orders"], group="audit", count=51)
        operator.do("consume", topics=["orders"], group="shipping", count=51)


def play_1_2(stage: Stage) -> None:
    """Sell and bill over connections on which both ends show certificates."""
    broker, client = Identity("broker", stage.work), Identity("client", stage.work)
    mutual = settings(broker, client, "TLSv1.2") | {"ssl.client.auth": "required"}
    with (
        cluster([Node(1, PORT, CONTROLLER_PORT, mutual)], stage.work),
        stage.capture(),
        stage.client(
            "java", "operator", environment=java(stage), config=java_trust(broker) | java_identity(client)
        ) as operator,
        stage.client(
            "kafka-python", "audit-consumer", environment=openssl(stage), **kafka_python(broker, client)
        ) as audit,
    ):
        operator.do("create_topics", topics={"payments": 1})
        operator.do("produce", topic="payments", records=shop.payments(5), compression="snappy")
        audit.do("produce", topic="payments", records=shop.payments(3, 1006))
        audit.do("consume", topics=["payments"], group="audit", count=8)


def settings(broker: Identity, trusted: Identity, version: str) -> dict[str, str]:
    """Return what makes a broker speak one version of TLS to clients that it trusts."""
    return LISTENERS | {
        "ssl.keystore.location": str(broker.store),
        "ssl.keystore.password": PASSWORD,
        "ssl.truststore.location": str(trusted.trust),
        "ssl.truststore.password": PASSWORD,
        "ssl.enabled.protocols": version,
        "ssl.protocol": version,
    }


def java(stage: Stage) -> dict[str, str]:
    """Return the environment in which a Java client logs the secrets of its connections."""
    return {"JAVA_TOOL_OPTIONS": f"-javaagent:{key_log_agent()}={stage.keylog}"}


def openssl(stage: Stage) -> dict[str, str]:
    """Return the environment in which a client that asks for it logs the secrets of its connections."""
    return {"SSLKEYLOGFILE": str(stage.keylog)}


def java_trust(broker: Identity) -> dict[str, str]:
    """Return the settings with which a Java client speaks TLS."""
    return {
        "security.protocol": "SSL",
        "ssl.truststore.type": "PKCS12",
        "ssl.truststore.location": str(broker.trust),
        "ssl.truststore.password": PASSWORD,
    }


def java_identity(client: Identity) -> dict[str, str]:
    """Return the settings with which a Java client shows a certificate."""
    where = {"ssl.keystore.location": str(client.store), "ssl.keystore.password": PASSWORD}
    return where | {"ssl.keystore.type": "PKCS12"}


def kafka_python(broker: Identity, client: Identity | None = None) -> dict[str, object]:
    """Return the options with which kafka-python speaks TLS; its program makes the context."""
    own = {} if client is None else {"identity": str(client.pem)}
    return {"config": {"security_protocol": "SSL"}, "authority": str(broker.certificate), **own}


aiokafka = kafka_python

TLS_1_3 = Scenario(
    name="tls-1.3",
    shows="TLS 1.3, the secrets embedded: Java, Go and Python clients, records of several packets",
    servers=ONE_NODE,
    ports=[PORT],
    play=play_1_3,
    clients=("java", "franz-go", "kafka-python", "aiokafka"),
    classpaths=(broker_classpath, lambda: str(key_log_agent())),
    suffix=".pcapng",
    mtu=1500,
    bootstrap=f"127.0.0.1:{PORT}",
)
TLS_1_2 = Scenario(
    name="tls-1.2",
    shows="TLS 1.2 with client certificates, the key log in a file of its own: Java and Python clients",
    servers=ONE_NODE,
    ports=[PORT],
    play=play_1_2,
    clients=("java", "kafka-python"),
    classpaths=(broker_classpath, lambda: str(key_log_agent())),
    bootstrap=f"127.0.0.1:{PORT}",
)
