"""Topics and partitions are found by their shape in the grammar."""

from dissector.views import partitions, style
from dissector.views.partitions import Item
from structs import records, registry, wire


def element(api_key: int, version: int, side: str, field: str) -> wire.Struct:
    """Return the struct that a field of a message lists."""
    (member,) = (member for member in registry.grammar(api_key, version, side).members if member.name == field)
    return member.node.element


def test_a_verdict_holds_errors_and_whose_they_are() -> None:
    assert partitions.is_verdict(element(8, 9, "response", "topics"))
    assert not partitions.is_verdict(element(9, 6, "response", "topics"))
    assert not partitions.is_verdict(element(8, 9, "request", "topics"))


def test_runs_are_drawn_together_by_topic() -> None:
    found = [
        Item("a", 0, "", (), 0, 0),
        Item("a", 1, "", (), 0, 0),
        Item("b", 7, "", (), 0, 0),
        Item("c", None, "", (), 0, 0),
    ]
    assert style.paint(partitions.describe(found), color=False) == "a[0-1], b[7], c"


def test_nothing_is_described_as_nothing() -> None:
    assert not partitions.describe([])


def test_old_messages_count_one_each() -> None:
    """Only a compressed one holds more, which its header does not tell."""
    data = records.build_messages([records.Record(number, 5, b"k", b"v") for number in range(3)], magic=1)
    assert partitions.count_records(records.parse(data)) == (3, "record")


def test_a_compressed_message_of_old_is_not_called_a_record() -> None:
    """It may hold any number of them."""
    written = [records.Record(number, 5, b"k", b"v") for number in range(3)]
    plain = records.parse(records.build_messages(written, magic=1))
    wrapped = records.parse(records.build_messages(written, magic=1, codec="gzip"))
    batch = records.parse(records.build_batch(written, codec="gzip"))
    counted = [partitions.count_records(found) for found in (plain, wrapped, batch)]
    assert counted == [(3, "record"), (1, "message"), (3, "record")]
    found = [Item("a", number, "", (), 1, 10, noun) for number, noun in enumerate(("record", "message", "record"))]
    assert style.paint(partitions.describe(found, limit=1), color=False).startswith("3 messages 30 B in 3 partitions: ")
