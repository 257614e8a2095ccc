"""Pictures of exchanges, one call each, drawn with matplotlib.

Each takes any iterable of exchanges (a capture, a selection, a list) and returns matplotlib's `Axes`, to be restyled,
put beside others (`ax=`), or saved:

    from dissector import pictures

    with dissector.open_capture("orders.pcapng") as capture:
        exchanges = list(capture)
    pictures.latency(exchanges)
    pictures.group(exchanges, "billing").figure.savefig("rebalance.svg")

Times are those of the capture, in UTC. Needs matplotlib: `pip install "kafka-dissector[notebook]"`.
"""

from dissector.pictures.errors import errors
from dissector.pictures.flight import in_flight
from dissector.pictures.groups import group
from dissector.pictures.latency import latency
from dissector.pictures.sequence import sequence
from dissector.pictures.throughput import throughput

__all__ = ["errors", "group", "in_flight", "latency", "sequence", "throughput"]
