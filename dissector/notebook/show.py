"""What there is to see of a value, in a notebook and on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from rich.text import Text

from dissector.exchanges import Exchange, Outcome
from dissector.loaded import Exchanges, LoadedCapture, Summary
from dissector.messages import Message
from dissector.notebook.capture import capture_lines, capture_page, summary_lines, summary_page
from dissector.notebook.exchange import REVEAL, Bounds, exchange_page, message_page
from dissector.notebook.exchanges import exchanges_page
from dissector.notebook.table import table_lines, table_page
from dissector.tables.tabular import Tabular
from dissector.views.text import TextView
from dissector.views.tree import TreeView

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from dissector.reassembly import Connection

_COUNT: Final = 50
_LINES: Final = 1000  # of text


class View:
    """A value as HTML and as lines of text; each is made when it is asked for, and the HTML only once."""

    def __init__(self, html: Callable[[], str], lines: Callable[[bool, int | None], Iterator[str]]) -> None:
        self._make_html = html
        self._make_lines = lines
        self._html: str | None = None

    @property
    def html(self) -> str:
        """One element of HTML, with its own style and script."""
        if self._html is None:
            self._html = self._make_html()
        return self._html

    @property
    def text(self) -> str:
        """The same as text, without colours."""
        return "\n".join(_bounded(self._make_lines(False, None)))

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """Return the representations for a notebook, by MIME type (IPython's protocol)."""
        del include, exclude  # IPython drops what it does not want
        return {"text/plain": self.text, "text/html": self.html}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Text]:
        """Yield lines for a console (rich's protocol)."""
        del console
        for line in _bounded(self._make_lines(True, options.max_width)):
            yield Text.from_ansi(line)


def show(
    value: Exchange | Message | Tabular | Summary | Iterable[Exchange],
    *,
    show_secrets: bool = False,
    count: int = _COUNT,
    elements: int = Bounds().elements,
    lines: int = Bounds().lines,
    rows: int = Bounds().rows,
) -> View:
    """Return what there is to see of an exchange, a message, several exchanges, a table, or a whole capture.

    Shown are at most `count` exchanges, or rows of a table; of each message `lines` lines, `elements` structs of a
    list, and `rows` rows of bytes (none for 0). What is left out is said, and how to get it. Secrets are withheld
    unless asked for, and their bytes as well. Raises TypeError for other values.
    """
    bounds = Bounds(elements, lines, rows)

    def tree(color: bool, columns: int | None) -> TreeView:
        return TreeView(color=color, show_secrets=show_secrets, columns=columns, reveal=REVEAL)

    if isinstance(value, Exchange):
        exchange = value
        return View(
            lambda: exchange_page(exchange, bounds, show_secrets=show_secrets),
            lambda color, columns: tree(color, columns).lines(exchange),
        )
    if isinstance(value, Message):
        message, alone = value, _alone(value)
        return View(
            lambda: message_page(message, alone, bounds, show_secrets=show_secrets),
            lambda color, columns: tree(color, columns).message(message, alone),
        )
    if isinstance(value, LoadedCapture):
        capture = value
        return View(lambda: capture_page(capture), lambda _, columns: capture_lines(capture, columns))
    if isinstance(value, Summary):
        found = value
        return View(lambda: summary_page(found), lambda _, columns: summary_lines(found, columns))
    if isinstance(value, Tabular) and not isinstance(value, Exchanges):
        table = value
        return View(lambda: table_page(table, count), lambda *_: table_lines(table, count))
    if isinstance(value, Iterable):
        several = list(islice(value, count + 1))
        return View(
            lambda: exchanges_page(several, count, show_secrets=show_secrets),
            lambda color, columns: _exchange_lines(several[:count], color=color, columns=columns),
        )
    raise TypeError(f"{type(value).__name__} is neither an exchange, a message, nor a number of exchanges")


def _exchange_lines(exchanges: list[Exchange], *, color: bool, columns: int | None) -> Iterator[str]:
    view = TextView(color=color, columns=columns)
    for exchange in exchanges:
        for lines in view.lines(exchange):
            yield from lines.split("\n")


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    """Yield the first lines, and a word if there are more."""
    yield from islice(lines, _LINES)
    if next(lines, None) is not None:
        yield f"... more than {_LINES} lines"


def _alone(message: Message) -> Exchange:
    """Return an exchange of which one message is all that is known."""
    nowhere = cast("Connection", None)  # only titles of exchanges say where they took place
    request, response = (message, None) if message.side == "request" else (None, message)
    return Exchange(nowhere, request, response, Outcome.UNANSWERED, None, {})
