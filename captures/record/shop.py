"""The records of the sample captures: a small shop that takes orders and payments."""

import json
from collections.abc import Iterator
from itertools import count, cycle, islice
from typing import Any

Record = dict[str, Any]

CUSTOMERS = ["ada", "björn", "chiara", "dmitri", "élodie"]
GOODS = [("espresso beans 1 kg", 1890), ("hand grinder", 7450), ("paper filters", 390), ("kettle", 5900)]


def orders(number: int, first: int = 1001) -> list[Record]:
    """Return orders, keyed by customer, with tracing headers on some."""
    return list(islice(_orders(first), number))


def payments(number: int, first: int = 1001) -> list[Record]:
    """Return payments for the orders of the same numbers, keyed by order."""
    return [
        {
            "key": f"order-{order['number']}",
            "value": json.dumps({"order": order["number"], "cents": order["cents"], "method": "card"}),
            "headers": [["content-type", "application/json"]],
        }
        for order in (json.loads(record["value"]) for record in orders(number, first))
    ]


def oddities() -> list[Record]:
    """Return records as parsers trip over them: null and empty keys and values, odd headers, binary."""
    return [
        {"key": None, "value": '{"note":"no key"}'},
        {"key": "customer-ada", "value": None},  # a tombstone
        {"key": "", "value": ""},
        {"key": {"hex": "00ff00fe"}, "value": {"hex": "cafebabe80"}},
        {
            "key": "headers",
            "value": "x",
            "headers": [["again", "1"], ["again", "2"], ["empty", ""], ["bin", {"hex": "ff"}]],
        },
    ]


def _orders(first: int) -> Iterator[Record]:
    for number, customer, (article, cents) in zip(count(first), cycle(CUSTOMERS), cycle(GOODS), strict=False):
        body = {"number": number, "customer": customer, "article": article, "cents": cents}
        record: Record = {"key": customer, "value": json.dumps(body, ensure_ascii=False)}
        if number % 2:
            record["headers"] = [["trace-id", f"{number * 7919:08x}"], ["content-type", "application/json"]]
        yield record
