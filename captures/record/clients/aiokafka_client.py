"""A client on aiokafka."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from agent import Fields, encrypted, headers, log, now, options, raw, serve
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition, __version__
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

OPTIONS = options()
COMMON = {
    "bootstrap_servers": OPTIONS["bootstrap"],
    "client_id": OPTIONS["client_id"],
    **OPTIONS.get("config", {}),
    **encrypted(OPTIONS),
}


def command(carry_out: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a coroutine function to its end, as the command loop wants it."""
    return lambda **arguments: asyncio.run(carry_out(**arguments))


async def create_topics(topics: dict[str, int], replicas: int = 1) -> None:
    """Create topics with a number of partitions each."""
    admin = AIOKafkaAdminClient(**COMMON)
    await admin.start()
    await admin.create_topics([NewTopic(name, partitions, replicas) for name, partitions in topics.items()])
    await admin.close()


async def produce(
    topic: str,
    records: list[Fields],
    compression: str = "none",
    acks: int = -1,
    idempotent: bool = False,
    transaction: str | None = None,
    transactional_id: str | None = None,
) -> None:
    """Produce records, in a transaction if one is named by how it shall end: commit or abort."""
    async with AIOKafkaProducer(
        **COMMON,
        compression_type=None if compression == "none" else compression,
        acks="all" if acks == -1 else acks,
        enable_idempotence=idempotent,
        transactional_id=transactional_id,
        linger_ms=20,
    ) as producer:
        if transaction:
            await producer.begin_transaction()
        await send(producer, topic, records, acks, transaction)
        if transaction == "commit":
            await producer.commit_transaction()
        elif transaction == "abort":
            await producer.abort_transaction()


async def send(
    producer: AIOKafkaProducer, topic: str, records: list[Fields], acks: int, transaction: str | None
) -> None:
    """Send records and log where they went."""
    sent = []
    for record in records:
        timestamp = now()
        key, value, extra = raw(record.get("key")), raw(record["value"]), headers(record)
        future = await producer.send(topic, value, key, record.get("partition"), timestamp_ms=timestamp, headers=extra)
        sent.append((future, timestamp, {"key": key, "value": value, "headers": extra}))
    for future, timestamp, noted in sent:
        placed = await future
        noted |= {"transaction": transaction} if transaction else {}
        log("produced", topic, placed.partition, placed.offset if acks else None, timestamp, **noted)


async def consume(
    topics: list[str],
    count: int,
    group: str | None = None,
    seconds: float = 20,
    config: Fields | None = None,
) -> None:
    """Consume records in a group until ``count`` have come, commit, and leave."""
    settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "group_id": group}
    async with AIOKafkaConsumer(*topics, **{**COMMON, **settings, **(config or {})}) as consumer:
        async with asyncio.timeout(seconds):
            await read(consumer, count, group)
        if group:
            await consumer.commit()


async def read(consumer: AIOKafkaConsumer, count: int, group: str | None) -> dict[TopicPartition, int]:
    """Log records as they come; return the positions after them."""
    positions = {}
    for _ in range(count):
        record = await consumer.getone()
        positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
        noted = {"key": record.key, "value": record.value, "headers": record.headers, "group": group}
        log("consumed", record.topic, record.partition, record.offset, record.timestamp, **noted)
    return positions


async def transform(
    topics: list[str], to: str, records: list[Fields], count: int, group: str, transactional_id: str
) -> None:
    """Consume from topics and produce to another in one transaction, with the offsets in it."""
    settings = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "group_id": group}
    async with (
        AIOKafkaConsumer(*topics, **COMMON, **settings, isolation_level="read_committed") as consumer,
        AIOKafkaProducer(**COMMON, transactional_id=transactional_id) as producer,
    ):
        positions = await read(consumer, count, group)
        async with producer.transaction():
            await send(producer, to, records, -1, "commit")
            await producer.send_offsets_to_transaction(positions, group)


async def inspect(topics: list[str], groups: list[str]) -> None:
    """Ask for what an operator looks at: topics and groups."""
    admin = AIOKafkaAdminClient(**COMMON)
    await admin.start()
    await admin.describe_cluster()
    await admin.describe_topics(topics)
    await admin.list_consumer_groups()
    await admin.describe_consumer_groups(groups)
    for group in groups:
        await admin.list_consumer_group_offsets(group)
    await admin.close()


if __name__ == "__main__":
    serve(
        f"aiokafka {__version__}",
        {
            "create_topics": command(create_topics),
            "produce": command(produce),
            "consume": command(consume),
            "transform": command(transform),
            "inspect": command(inspect),
        },
    )
