"""Every library writes with every codec that it knows, and whoever knows them all reads them all."""

import shop
from brokers import ONE_NODE, Node, cluster
from stage import Scenario, Stage

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
LIBRARIES = ("java", "confluent", "kafka-python", "aiokafka", "kafkajs", "franz-go")
UNKNOWN_TO = {"kafkajs": ["lz4", "zstd"]}  # it brings none, and those around write what brokers refuse


def play(stage: Stage) -> None:
    """Give each library a partition of its own to write to, then let the others read all of them."""
    readers = {f"{library.replace('-', '_')}_reader": library for library in LIBRARIES if library not in UNKNOWN_TO}
    writers = {f"{library.replace('-', '_')}_writer": library for library in LIBRARIES}
    with cluster([Node(node_id=1, port=9092, controller_port=9093)], stage.work), stage.capture():
        total = 0
        with stage.cast(**writers) as cast:
            cast["java_writer"].do("create_topics", topics={"orders": len(LIBRARIES)})
            for partition, (name, library) in enumerate(writers.items()):
                for codec in CODECS:
                    if codec in UNKNOWN_TO.get(library, []):
                        continue
                    records = [{**record, "partition": partition} for record in shop.orders(4) + shop.oddities()]
                    cast[name].do("produce", topic="orders", records=records, compression=codec)
                    total += len(records)
        with stage.cast(**readers) as cast:
            for name, client in cast.items():
                client.do("consume", topics=["orders"], group=name, count=total)


SCENARIO = Scenario(
    name="codecs",
    shows="records as six libraries write them, with each codec, null and empty keys and values, odd headers",
    servers=ONE_NODE,
    ports=[9092],
    play=play,
    clients=LIBRARIES,
)
