"""Where the rows of tables go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.tables.columns import Table


class Sink(ABC):
    """Writes tables; nothing is there under its name before `finish`. `errors` is what writing may raise."""

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError,)

    @abstractmethod
    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the files."""

    @abstractmethod
    def discard(self) -> None:
        """Leave nothing behind; may be called at any time, also after `finish`."""
