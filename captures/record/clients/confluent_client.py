"""A client on librdkafka, through confluent-kafka."""

import time
from typing import Any

from agent import Fields, headers, log, now, options, raw, serve
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, libversion, version
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, OffsetSpec, ResourceType

OPTIONS = options()
COMMON = {"bootstrap.servers": OPTIONS["bootstrap"], "client.id": OPTIONS["client_id"], **OPTIONS.get("config", {})}


def create_topics(topics: dict[str, int], replicas: int = 1) -> None:
    """Create topics with a number of partitions each."""
    admin = AdminClient(COMMON)
    wanted = [NewTopic(name, partitions, replicas) for name, partitions in topics.items()]
    for created in admin.create_topics(wanted).values():
        created.result(20)


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
    config: Fields = {"compression.type": compression, "acks": acks, "linger.ms": 20}
    if transaction:
        config |= {"transactional.id": transactional_id}
    elif idempotent:
        config |= {"enable.idempotence": True}
    producer = Producer({**COMMON, **config})
    errors = []

    def delivered(error: object, message: Any, sent: Fields) -> None:
        if error:
            errors.append(error)
            return
        offset = message.offset() if acks else None
        noted = {"key": raw(sent.get("key")), "value": raw(sent["value"]), "headers": headers(sent)}
        noted |= {"transaction": transaction} if transaction else {}
        log("produced", topic, message.partition(), offset, sent["timestamp"], **noted)

    if transaction:
        producer.init_transactions(20)
        producer.begin_transaction()
    for record in records:
        record["timestamp"] = now()
        producer.produce(
            topic,
            key=raw(record.get("key")),
            value=raw(record["value"]),
            headers=headers(record),
            partition=record.get("partition", -1),
            timestamp=record["timestamp"],
            on_delivery=lambda error, message, sent=record: delivered(error, message, sent),
        )
    producer.flush(20)
    if transaction == "commit":
        producer.commit_transaction(20)
    elif transaction == "abort":
        producer.abort_transaction(20)
    if errors:
        raise KafkaException(errors[0])


def consume(
    topics: list[str],
    count: int | None = None,
    group: str = "none",
    seconds: float = 20,
    commit: bool = True,
    config: Fields | None = None,
) -> None:
    """Consume records in a group until ``count`` have come or the time is over, commit, and leave."""
    settings = {"auto.offset.reset": "earliest", "enable.auto.commit": False, "group.id": group}
    consumer = Consumer({**COMMON, **settings, **(config or {})})
    consumer.subscribe(topics)
    limit = time.monotonic() + seconds
    seen = 0
    while seen != count and time.monotonic() < limit:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        seen += 1
        log(
            "consumed",
            message.topic(),
            message.partition(),
            message.offset(),
            message.timestamp()[1],
            key=message.key(),
            value=message.value(),
            headers=message.headers(),
            group=group,
        )
    if seen and commit:
        consumer.commit(asynchronous=False)
    consumer.close()
    if count and seen < count:
        raise TimeoutError(f"{seen} of {count} records came")


def inspect(topics: list[str], groups: list[str]) -> None:
    """Ask for what an operator looks at: topics, offsets, groups, configuration."""
    admin = AdminClient(COMMON)
    admin.list_topics(timeout=10)
    admin.describe_cluster().result(10)
    admin.list_consumer_groups().result(10)
    for group in admin.describe_consumer_groups(groups).values():
        group.result(10)
    newest = {TopicPartition(topic, 0): OffsetSpec.latest() for topic in topics}
    for offset in admin.list_offsets(newest).values():
        offset.result(10)
    resources = [ConfigResource(ResourceType.TOPIC, topic) for topic in topics]
    for config in admin.describe_configs(resources).values():
        config.result(10)


def delete_topics(topics: list[str]) -> None:
    """Delete topics."""
    for deleted in AdminClient(COMMON).delete_topics(topics).values():
        deleted.result(20)


if __name__ == "__main__":
    if "mock_brokers" in OPTIONS:  # it runs as long as the instance that asked for it
        mock_cluster = Producer({**COMMON, "test.mock.num.brokers": OPTIONS["mock_brokers"]})
    serve(
        f"confluent-kafka {version()} (librdkafka {libversion()[0]})",
        {
            "create_topics": create_topics,
            "produce": produce,
            "consume": consume,
            "inspect": inspect,
            "delete_topics": delete_topics,
        },
    )
