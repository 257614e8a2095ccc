"""A load for benchmarks/live.py: librdkafka's mock cluster, a producer and a consumer in one process.

    python live_load.py RECORDS_PER_SECOND RECORD_SIZE RECORDS_PER_REQUEST SECONDS

Runs on confluent-kafka. Prints "ready" when producer and consumer have said hello to the cluster, waits for a line on
standard input, then produces, and ends when everything produced was acknowledged.
"""

from __future__ import annotations

import sys
import time
from threading import Event, Thread

from confluent_kafka import Consumer, Producer

TOPIC = "orders"


def consume(bootstrap: str, is_over: Event) -> None:
    """Read the topic until it is over."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "billing",
            "client.id": "billing",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": True,
        }
    )
    consumer.subscribe([TOPIC])
    while not is_over.is_set():
        consumer.consume(1000, 0.1)
    consumer.close()


def produce(producer: Producer, rate: float, size: int, seconds: float) -> None:
    """Produce at a rate, in steps of ten milliseconds."""
    order = b'{"id": "4711", "item": "teapot", "quantity": 2, "price": {"amount": "19.90", "currency": "EUR"}}, '
    value = (order * (size // len(order) + 1))[:size]
    began = time.monotonic()
    sent = 0
    while (passed := time.monotonic() - began) < seconds:
        while sent < passed * rate:
            try:
                producer.produce(TOPIC, value)
            except BufferError:
                producer.poll(0.01)
                break
            sent += 1
        producer.poll(0)
        time.sleep(0.01)
    producer.flush(30)


def main() -> None:
    """Run the cluster, and the clients against it."""
    rate, size, batch, seconds = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    cluster = Producer({"test.mock.num.brokers": 1, "bootstrap.servers": ""})
    bootstrap = ",".join(str(broker) for broker in cluster.list_topics(timeout=10).brokers.values()).split("/")[0]
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "client.id": "orders-service",
            "linger.ms": 5 if batch > 1 else 0,
            "batch.num.messages": batch,
            "acks": -1,
            "queue.buffering.max.kbytes": 262144,
        }
    )
    producer.list_topics(TOPIC, timeout=10)
    is_over = Event()
    consumer = Thread(target=consume, args=(bootstrap, is_over))
    print("ready", flush=True)
    sys.stdin.readline()
    consumer.start()
    produce(producer, rate, size, seconds)
    time.sleep(0.5)
    is_over.set()
    consumer.join()


if __name__ == "__main__":
    main()
