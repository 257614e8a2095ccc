"""SASL on plain TCP: PLAIN, SCRAM, the old handshake, wrong passwords, and authentication again and again."""

import time

import shop
from agents import ClientFailedError
from brokers import ONE_NODE, Node, cluster
from probe import Probe, string
from stage import Scenario, Stage

LOGIN = "org.apache.kafka.common.security.{}LoginModule required"
USERS = {"billing": "espresso", "audit": "ristretto", "operator": "lungo"}  # made up for the recording
PLAIN_USERS = "".join(f' user_{name}="{password}"' for name, password in USERS.items())
MECHANISMS = {"PLAIN": "plain.Plain", "SCRAM-SHA-256": "scram.Scram", "SCRAM-SHA-512": "scram.Scram"}
LISTENER = "listener.name.sasl_plaintext."
SETTINGS = {
    "listeners": "SASL_PLAINTEXT://127.0.0.1:9092,PLAINTEXT://127.0.0.1:9192,CONTROLLER://127.0.0.1:9093",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "inter.broker.listener.name": "PLAINTEXT",
    "sasl.enabled.mechanisms": ",".join(MECHANISMS),
    f"{LISTENER}plain.sasl.jaas.config": f"{LOGIN.format('plain.Plain')}{PLAIN_USERS};",
    f"{LISTENER}scram-sha-256.sasl.jaas.config": f"{LOGIN.format('scram.Scram')};",
    f"{LISTENER}scram-sha-512.sasl.jaas.config": f"{LOGIN.format('scram.Scram')};",
    "connections.max.reauth.ms": "2000",
    "delegation.token.secret.key": "made-up-for-the-recording",
}
SCRAM_USERS = [
    f"{mechanism}=[name={name},password={password}]"
    for mechanism in MECHANISMS
    if mechanism != "PLAIN"
    for name, password in USERS.items()
]
SASL_HANDSHAKE, API_VERSIONS, LIST_GROUPS = 17, 18, 16


def play(stage: Stage) -> None:
    """Authenticate in every way, right and wrong."""
    node = Node(1, 9092, 9093, SETTINGS, scram_users=SCRAM_USERS)
    with cluster([node], stage.work), stage.capture():
        with stage.client("java", "operator", config=java_login("SCRAM-SHA-512", "operator")) as operator:
            operator.do("create_topics", topics={"orders": 1})
            operator.do("delegate")
            operator.do("produce", topic="orders", records=shop.orders(3))
            operator.do("consume", topics=["orders"], group="operator", seconds=5)  # authenticates again
        plain = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "billing"}
        with stage.client("confluent", "billing-consumer", config=plain | {"sasl.password": "espresso"}) as client:
            client.do("consume", topics=["orders"], group="billing", count=3)
        plain_login = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}
        plain_login |= {"sasl_plain_username": "audit", "sasl_plain_password": "ristretto"}
        with stage.client("kafka-python", "audit-consumer", config=plain_login) as client:
            client.do("consume", topics=["orders"], group="audit", count=3)
        with stage.client(
            "aiokafka", "fraud-check", config=plain_login | {"sasl_mechanism": "SCRAM-SHA-256"}
        ) as client:
            client.do("produce", topic="orders", records=shop.orders(2, 1004))
        wrong(stage)
        old_handshake()


def java_login(mechanism: str, user: str, password: str | None = None) -> dict[str, str]:
    """Return the settings with which a Java client logs in."""
    who = f'username="{user}" password="{password or USERS[user]}"'
    jaas = f"{LOGIN.format(MECHANISMS[mechanism])} {who};"
    return {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism, "sasl.jaas.config": jaas}


def wrong(stage: Stage) -> None:
    """Log in with a wrong password, by SCRAM and by PLAIN, and ask for a mechanism that the broker lacks."""
    for mechanism in ("SCRAM-SHA-256", "PLAIN"):
        with stage.client("java", "intruder", config=java_login(mechanism, "audit", "doppio")) as intruder:
            try:
                intruder.do("inspect", topics=[], groups=[])
            except ClientFailedError:
                continue
            raise AssertionError("the intruder came in")
    with Probe("intruder") as probe:
        probe.ask(SASL_HANDSHAKE, 1, string("GSSAPI"))


def old_handshake() -> None:
    """Log in as clients before KIP-152 did: the token after SaslHandshake v0 comes in a bare frame."""
    with Probe("legacy-report") as probe:
        probe.ask(API_VERSIONS, 0, b"")
        probe.ask(SASL_HANDSHAKE, 0, string("PLAIN"))
        probe.send(b"\0audit\0ristretto")
        probe.receive()
        probe.ask(LIST_GROUPS, 0, b"")
        time.sleep(0.1)


SCENARIO = Scenario(
    name="sasl",
    shows="SASL PLAIN and SCRAM, bare tokens after SaslHandshake v0, re-authentication, delegation tokens, failures",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "confluent", "kafka-python", "aiokafka"),
    precision="nano",
)
