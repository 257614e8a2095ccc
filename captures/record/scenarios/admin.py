"""An operator who uses nearly everything that there is to use."""

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage
from toolchain import VERSIONS

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
}


def play(stage: Stage) -> None:
    """Leave some traces of producers and groups, then administer them, and see what other libraries ask for."""
    version = VERSIONS["kafka"]["broker"]
    with (
        cluster([Node(1, 9092, 9093, AUTHORIZER)], stage.work),
        stage.capture(),
        stage.cast(web_shop="java", billing_consumer="confluent", dashboard="kafkajs", report="kafka-python") as cast,
        stage.client("java-admin", "operator", library=version) as operator,
    ):
        cast["web_shop"].do("create_topics", topics={"orders": 1})
        till = {"transactional_id": "till-1", "transaction": "commit"}
        cast["web_shop"].do("produce", topic="orders", records=shop.orders(6), **till)
        cast["billing_consumer"].do("consume", topics=["orders"], group="billing", count=6)
        for name in ("billing_consumer", "dashboard", "report"):
            cast[name].do("inspect", topics=["orders"], groups=["billing"])
        operator.do("administer")
        cast["dashboard"].do("delete_topics", topics=["orders"])


SCENARIO = Scenario(
    name="admin",
    shows="administration: topics, configurations, quotas, ACLs, credentials, groups, transactions, features, quorum",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "java-admin", "confluent", "kafkajs", "kafka-python"),
)
