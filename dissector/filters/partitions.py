"""Partitions as Kafka's logs name them, `orders-3`, or by their number, whatever the topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.filters import literals
from dissector.filters.errors import FilterError
from dissector.filters.kinds import Kind

if TYPE_CHECKING:
    from dissector.filters.kinds import Predicate
    from dissector.filters.tree import Word


class Partition(Kind):
    """A topic's name and the number of one of its partitions."""

    name = "partition"

    def equal(self, word: Word) -> Predicate:
        """Return whether a partition has this number, and belongs to this topic if one is given."""
        topic, dash, digits = word.text.rpartition("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= literals.DIGITS) or (dash and not topic):
            raise FilterError(f"{word.text} is not a partition: write 3 or orders-3", word.column)
        number = int(digits)
        if not topic:
            return lambda partition: partition[1] == number
        return lambda partition: partition == (topic, number)

    def text(self, value: tuple[str, int]) -> str:
        """Return a partition as Kafka's logs name it."""
        return f"{value[0]}-{value[1]}"
