"""A client on kafka-python."""

import time

from agent import Fields, encrypted, headers, log, now, options, raw, serve
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, __version__
from kafka.admin import NewTopic

OPTIONS = options()
COMMON = {
    "bootstrap_servers": OPTIONS["bootstrap"].split(","),
    "client_id": OPTIONS["client_id"],
    **OPTIONS.get("config", {}),
    **encrypted(OPTIONS),
}

if version := OPTIONS.get("api_version"):  # speak as this version of Kafka would
    COMMON["api_version"] = tuple(version)


def create_topics(topics: dict[str, int], replicas: int = 1) -> None:
    """Create topics with a number of partitions each."""
    admin = KafkaAdminClient(**COMMON)
    admin.create_topics([NewTopic(name, partitions, replicas) for name, partitions in topics.items()])
    admin.close()


def produce(
    topic: str,
    records: list[Fields],
    compression: str = "none",
    acks: int = -1,
    idempotent: bool = False,
    transaction: str | None = None,
    transactional_id: str | None = None,
) -> None:
    """Produce records, in a transaction if one is named by how it shall end: commit or abort."""
    config = {
        **COMMON,
        "compression_type": None if compression == "none" else compression,
        "acks": "all" if acks == -1 else acks,
        "linger_ms": 20,
    }
    if idempotent or transaction:  # unknown to old versions of the library
        config |= {"enable_idempotence": True, "transactional_id": transactional_id}
    producer = KafkaProducer(**config)
    if transaction:
        producer.init_transactions()
        producer.begin_transaction()
    sent = []
    for record in records:
        timestamp = now()
        key, value, extra = raw(record.get("key")), raw(record["value"]), headers(record)
        partition = record.get("partition")
        future = producer.send(topic, value, key, extra, partition=partition, timestamp_ms=timestamp)
        sent.append((future, timestamp, {"key": key, "value": value, "headers": extra}))
    producer.flush()
    for future, timestamp, noted in sent:
        placed = future.get(20)
        noted |= {"transaction": transaction} if transaction else {}
        when = timestamp if OPTIONS.get("timestamps", True) else None
        log("produced", topic, placed.partition, placed.offset if acks else None, when, **noted)
    if transaction == "commit":
        producer.commit_transaction()
    elif transaction == "abort":
        producer.abort_transaction()
    producer.close()


def consume(
    topics: list[str],
    count: int | None = None,
    group: str | None = None,
    seconds: float = 20,
    config: Fields | None = None,
) -> None:
    """Consume records in a group until ``count`` have come or the time is over, commit, and leave."""
    settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "group_id": group}
    consumer = KafkaConsumer(*topics, **{**COMMON, **settings, **(config or {})})
    limit = time.monotonic() + seconds
    seen = 0
    while (not count or seen < count) and time.monotonic() < limit:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                seen += 1
                noted = {
                    "key": record.key,
                    "value": record.value,
                    "headers": getattr(record, "headers", ()),
                    "group": group,
                }
                log("consumed", record.topic, record.partition, record.offset, record.timestamp, **noted)
    if group:
        consumer.commit()
    consumer.close()
    if count and seen < count:
        raise TimeoutError(f"{seen} of {count} records came")


def inspect(topics: list[str], groups: list[str]) -> None:
    """Ask for what an operator looks at: topics and groups."""
    admin = KafkaAdminClient(**COMMON)
    admin.describe_cluster()
    admin.describe_topics(topics)
    admin.list_groups()
    admin.describe_groups(groups)
    for group in groups:
        admin.list_group_offsets(group)
    admin.close()


def delete_topics(topics: list[str]) -> None:
    """Delete topics."""
    admin = KafkaAdminClient(**COMMON)
    admin.delete_topics(topics)
    admin.close()


if __name__ == "__main__":
    serve(
        f"kafka-python {__version__}",
        {
            "create_topics": create_topics,
            "produce": produce,
            "consume": consume,
            "inspect": inspect,
            "delete_topics": delete_topics,
        },
    )
