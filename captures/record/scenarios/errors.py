"""What brokers say, or do not say, when something is wrong."""

import struct
import time

import shop
from agents import Client, ClientFailedError
from brokers import ONE_NODE, Node, cluster
from probe import Probe, string
from stage import Scenario, Stage

PRODUCE, FETCH, HEARTBEAT, API_VERSIONS = 0, 1, 12, 18
NULL = struct.pack(">h", -1)
SETTINGS = {"message.max.bytes": "2000", "group.max.size": "1"}


def play(stage: Stage) -> None:
    """Let clients of three libraries fail, then a probe that says what no library would."""
    with (
        cluster([Node(1, 9092, 9093, SETTINGS)], stage.work),
        stage.capture(),
        stage.cast(orders_service="java", web_shop="kafkajs", till="franz-go", billing="confluent") as cast,
    ):
        orders, billing = cast["orders_service"], cast["billing"]
        orders.do("create_topics", topics={"orders": 1})
        orders.do("produce", topic="orders", records=shop.orders(3))
        fails(orders, "create_topics", topics={"orders": 1})  # TOPIC_ALREADY_EXISTS
        fails(orders, "create_topics", topics={"payments": 1}, replicas=3)  # INVALID_REPLICATION_FACTOR
        fails(orders, "create_topics", topics={"no spaces": 1})  # INVALID_TOPIC_EXCEPTION
        fails(orders, "delete_topics", topics=["ordres"])  # UNKNOWN_TOPIC_OR_PARTITION
        fails(cast["till"], "produce", topic="ordres", records=shop.orders(1))
        large = [{"key": "large", "value": "x" * 4000}]
        fails(cast["web_shop"], "produce", topic="orders", records=large)  # MESSAGE_TOO_LARGE
        fails(orders, "inspect", topics=["orders"], groups=["nobody"])  # GROUP_ID_NOT_FOUND
        billing.start("consume", topics=["orders"], group="billing", seconds=3)
        time.sleep(1.5)
        fails(orders, "consume", topics=["orders"], group="billing", count=1)  # GROUP_MAX_SIZE_REACHED
        billing.wait()
        probe()


def fails(client: Client, do: str, **arguments: object) -> None:
    """Let a client do what must fail."""
    try:
        client.do(do, **arguments)
    except ClientFailedError:
        return
    raise AssertionError(f"{client.client_id} should have failed to {do}")


def probe() -> None:
    """Ask for versions that do not exist, by members that do not exist, and hang up in the middle."""
    with Probe("probe") as curious:
        curious.ask(API_VERSIONS, 20, b"\0" * 8, flexible=True)  # UNSUPPORTED_VERSION, in version 0's layout
        curious.ask(API_VERSIONS, 0, b"")
        curious.ask(HEARTBEAT, 0, string("nobody") + struct.pack(">i", 1) + string("ghost"))  # UNKNOWN_MEMBER_ID
        nothing = struct.pack(">iiiii", -1, 100, 1, 1 << 20, 0)  # replica, wait, at least, at most, topics
        curious.ask(FETCH, 3, nothing)  # gone since 4.0: of any other API, the broker hangs up over the version
    with Probe("probe") as silent:
        no_acks = NULL + struct.pack(">hi", 0, 1000)
        missing = struct.pack(">i", 1) + string("ordres") + struct.pack(">iii", 1, 0, -1)
        silent.tell(PRODUCE, 3, no_acks + missing)  # nobody answers acks=0: the broker hangs up
        silent.receive()
    with Probe("probe") as hasty:
        replica, wait, at_least, at_most, isolation = -1, 2000, 1, 1 << 20, 0
        limits = struct.pack(">iiiib", replica, wait, at_least, at_most, isolation)
        beyond = struct.pack(">i", 1) + string("orders") + struct.pack(">iiqi", 1, 0, 999, 1 << 20)
        hasty.ask(FETCH, 4, limits + beyond)  # OFFSET_OUT_OF_RANGE
        at_end = struct.pack(">i", 1) + string("orders") + struct.pack(">iiqi", 1, 0, 3, 1 << 20)
        hasty.tell(FETCH, 4, limits + at_end)  # nothing to read yet: the response comes late, and nobody waits


SCENARIO = Scenario(
    name="errors",
    shows="requests that fail: topics, groups, sizes, offsets, versions that no broker has, answers that never come",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "kafkajs", "franz-go", "confluent"),
)
