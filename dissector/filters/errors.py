"""What is wrong with a filter, and where."""

from __future__ import annotations


class FilterError(ValueError):
    """A filter that says nothing sensible; `column` counts its characters from 1.

    As text it is the message, the filter, and a caret below the column.
    """

    def __init__(self, message: str, column: int, text: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.column = column
        self.text = text

    def __str__(self) -> str:
        if not self.text.strip():
            return f"{self.message} (column {self.column})"
        line = "".join(" " if character.isspace() else character for character in self.text)
        return f"{self.message}\n  {line}\n  {' ' * (self.column - 1)}^"

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows: who mistyped a filter needs none of our frames."""
        return [f"{type(self).__name__}: {self}"]
