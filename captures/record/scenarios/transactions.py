"""Transactions of every library: committed, aborted, with offsets in them, and what readers make of them."""

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage

LIBRARIES = ("java", "confluent", "kafka-python", "aiokafka", "kafkajs", "franz-go")


def play(stage: Stage) -> None:
    """Commit and abort with each library, then read with both isolation levels, then look into the topics behind."""
    tills = {f"till_{library.replace('-', '_')}": library for library in LIBRARIES}
    with (
        cluster([Node(node_id=1, port=9092, controller_port=9093)], stage.work),
        stage.capture(),
        stage.cast(**tills, ledger="java", dashboard="confluent", fraud_check="java", bonus="aiokafka") as cast,
    ):
        cast["ledger"].do("create_topics", topics={"payments": 1, "alerts": 1})
        for number, name in enumerate(tills):
            arguments = {"topic": "payments", "transactional_id": name, "compression": "gzip"}
            cast[name].do("produce", records=shop.payments(2, 1001 + 10 * number), transaction="commit", **arguments)
            cast[name].do("produce", records=shop.payments(2, 1005 + 10 * number), transaction="abort", **arguments)
        sold = 2 * len(tills)
        committed = {"isolation.level": "read_committed"}
        cast["ledger"].do("consume", topics=["payments"], group="ledger", count=sold, config=committed)
        uncommitted = {"isolation.level": "read_uncommitted"}
        cast["dashboard"].do("consume", topics=["payments"], group="dashboard", count=2 * sold, config=uncommitted)
        for name in ("fraud_check", "bonus"):
            alert = {"key": "order-1021", "value": f'{{"order": 1021, "from": "{name}"}}'}
            checked = {"topics": ["payments"], "group": name, "count": sold, "transactional_id": name}
            checked |= {"config": committed} if name == "fraud_check" else {}
            cast[name].do("transform", **checked, to="alerts", records=[alert])
        for topic in ("__consumer_offsets", "__transaction_state"):
            cast["ledger"].do("consume", topics=[topic], group="ledger-internal", seconds=2, commit=False)


SCENARIO = Scenario(
    name="transactions",
    shows="transactions of six libraries, committed and aborted, offsets in them, internal topics read back",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=LIBRARIES,
    interface="any",
)
