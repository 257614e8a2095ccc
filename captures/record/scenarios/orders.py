"""A shop on one broker: every kind of client at once, an operator who looks around, and some errors."""

import time

import shop
from agents import Client, ClientFailedError
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage


def play(stage: Stage) -> None:
    """Sell, bill, audit, look, and run into two errors."""
    with (
        cluster([Node(node_id=1, port=9092, controller_port=9093)], stage.work),
        stage.capture(),
        stage.cast(
            operator="java",
            orders_service="franz-go",
            till="java",
            web_shop="kafkajs",
            billing_consumer="confluent",
            audit_consumer="kafka-python",
            fraud_check="aiokafka",
            shipping_1="java",
            shipping_2="franz-go",
        ) as cast,
    ):
        cast["operator"].do("create_topics", topics={"orders": 2, "payments": 1})
        sell(cast)
        bill(cast)
        ship(cast)
        cast["operator"].do("inspect", topics=["orders", "payments"], groups=["billing", "audit", "shipping"])
        go_wrong(cast)


def sell(cast: dict[str, Client]) -> None:
    """Take orders with several libraries and codecs, and payments in transactions."""
    cast["orders_service"].do("produce", topic="orders", records=shop.orders(6), compression="zstd", idempotent=True)
    by_hand = [{**record, "partition": 1} for record in shop.orders(3, 1007)]
    cast["web_shop"].do("produce", topic="orders", records=by_hand, compression="gzip")
    cast["fraud_check"].do("produce", topic="orders", records=shop.oddities(), compression="lz4")
    cast["web_shop"].do("produce", topic="orders", records=shop.orders(1, 1010), acks=0)
    with_id = {"topic": "payments", "transactional_id": "till-1", "compression": "snappy"}
    cast["till"].do("produce", records=shop.payments(4), transaction="commit", **with_id)
    cast["till"].do("produce", records=shop.payments(2, 1005), transaction="abort", **with_id)


def bill(cast: dict[str, Client]) -> None:
    """Consume in three groups: of the new protocol, of the classic one, and within a transaction."""
    cast["billing_consumer"].do(
        "consume", topics=["orders"], group="billing", count=15, config={"group.protocol": "consumer"}
    )
    audit = {"topics": ["orders", "payments"], "group": "audit", "count": 19}
    cast["audit_consumer"].do("consume", **audit, config={"isolation_level": "read_committed"})
    alerts = [{"key": "order-1004", "value": '{"order": 1004, "suspicious": true}'}]
    checked = {"topics": ["payments"], "group": "fraud", "count": 4, "transactional_id": "fraud-1"}
    cast["fraud_check"].do("transform", **checked, to="orders", records=alerts)


def ship(cast: dict[str, Client]) -> None:
    """Rebalance a classic group: a second member joins the first, and leaves it again."""
    quick = {"heartbeat.interval.ms": "500"}
    cast["shipping_1"].start("consume", topics=["orders"], group="shipping", seconds=5, config=quick)
    time.sleep(1.5)
    cast["shipping_2"].do("consume", topics=["orders"], group="shipping", seconds=2)
    cast["shipping_1"].wait()


def go_wrong(cast: dict[str, Client]) -> None:
    """Create a topic that exists, and produce to one that does not."""
    for name, command in (
        ("operator", {"do": "create_topics", "topics": {"orders": 1}}),
        ("orders_service", {"do": "produce", "topic": "ordres", "records": shop.orders(1)}),
    ):
        try:
            cast[name].do(**command)
        except ClientFailedError:
            continue
        raise AssertionError(f"{name} should have failed")


SCENARIO = Scenario(
    name="orders",
    shows="a shop on one broker: six client libraries, codecs, a transaction, both group protocols, errors",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "franz-go", "kafkajs", "confluent", "kafka-python", "aiokafka"),
    suffix=".pcapng",
)
