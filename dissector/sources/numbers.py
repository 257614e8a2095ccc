"""The numbers of packets: from 1 on across all files of a capture."""


class Numbers:
    """Counts packets; `next` is the number of the next one."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 1

    def take(self) -> int:
        """Return the next number, and count on."""
        number = self.next
        self.next += 1
        return number
