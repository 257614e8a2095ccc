"""Groups of each protocol, with a second member that comes and goes."""

import time

import shop
from agents import Client
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage

QUICK = {
    f"group.{protocol}.{limit}heartbeat.interval.ms": "500"
    for protocol in ("consumer", "share", "streams")
    for limit in ("", "min.")
}
ASSIGNOR = "partition.assignment.strategy"
JAVA_ASSIGNORS = "org.apache.kafka.clients.consumer."


def play(stage: Stage) -> None:
    """Let two members meet in a group of each kind, then look at the groups and at where their state is kept."""
    with (
        cluster([Node(1, 9092, 9093, QUICK)], stage.work),
        stage.capture(),
        stage.cast(operator="java", packer_1="java", packer_2="java", packer_3="confluent") as cast,
    ):
        operator = cast["operator"]
        operator.do("create_topics", topics={"orders": 4})
        operator.do("produce", topic="orders", records=shop.orders(8) + shop.oddities())
        first, second, third = cast["packer_1"], cast["packer_2"], cast["packer_3"]
        meet("range", first, second)
        for name in ("StickyAssignor", "CooperativeStickyAssignor"):
            both = {ASSIGNOR: JAVA_ASSIGNORS + name}
            meet(name.removesuffix("Assignor").lower(), first, second, both, both)
        meet("static", first, second, {"group.instance.id": "rack-1"}, {"group.instance.id": "rack-2"})
        meet("mixed", first, third)
        both = {"group.protocol": "consumer"}
        meet("kip-848", first, third, both, both)
        share(operator, first, second)
        operator.do("inspect", topics=["orders"], groups=["range", "static", "kip-848"])
        for topic in ("__consumer_offsets", "__share_group_state"):
            operator.do("consume", topics=[topic], group="operator", seconds=2, commit=False)


def meet(
    group: str,
    first: Client,
    second: Client,
    first_config: dict[str, str] | None = None,
    second_config: dict[str, str] | None = None,
) -> None:
    """Let one member consume, another join and leave it, then the first leave as well."""
    pace = {} if "group.protocol" in (first_config or {}) else {"heartbeat.interval.ms": "500"}
    together = {"topics": ["orders"], "group": group}
    first.start("consume", **together, seconds=5, config=pace | (first_config or {}))
    time.sleep(1.5)
    second.do("consume", **together, seconds=2, config=pace | (second_config or {}))
    first.wait()


def share(operator: Client, first: Client, second: Client) -> None:
    """Let two members share the records that are produced while they wait (KIP-932)."""
    for member in (first, second):
        member.start("share", topics=["orders"], group="share", seconds=4)
    time.sleep(1.5)
    operator.do("produce", topic="orders", records=shop.orders(6, 1009))
    for member in (first, second):
        member.wait()


SCENARIO = Scenario(
    name="groups",
    shows="rebalances: range, sticky, cooperative, static members, KIP-848, share group; internal topics read back",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=("java", "confluent"),
)
