"""Where the rows of tables go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from dissector.tables.files import NewFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dissector.tables.columns import Table


class Sink(ABC):
    """Writes tables; nothing is there under its name before `finish`. `errors` is what writing may raise.

    `paths` are the files, each by the name of its table, or the only one. Making a sink raises `OSError` where nothing
    can be written, and leaves nothing behind then.
    """

    errors: ClassVar[tuple[type[Exception], ...]] = (OSError,)

    def __init__(self, paths: Mapping[str, Path], tables: Sequence[Table]) -> None:
        self._files = {name: NewFile(path) for name, path in paths.items()}
        self._closing: list[Callable[[], object]] = []
        try:
            for file in self._files.values():
                file.create()
            self._begin(tables)
        except self.errors as error:
            self.discard()
            if isinstance(error, OSError):
                raise
            raise OSError(str(error)) from error

    @property
    def _file(self) -> NewFile:
        """The file that has all tables."""
        (file,) = self._files.values()
        return file

    @abstractmethod
    def _begin(self, tables: Sequence[Table]) -> None:
        """Open the files, with tables that are empty; what closes them goes to `_closing`."""

    @abstractmethod
    def write(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows to a table."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the files."""

    def discard(self) -> None:
        """Leave nothing behind; may be called at any time, also after `finish`."""
        for close in self._closing:
            with suppress(*self.errors):  # what is left to write need not be written
                close()
        for file in self._files.values():
            file.discard()
