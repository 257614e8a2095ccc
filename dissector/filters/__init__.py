"""Filters: which exchanges to show, written as people say it.

    wanted = filters.parse("api == Produce and latency > 50ms and not topic in (orders, payments)")
    wanted(exchange)       # True or False
    wanted.needs_bodies    # True: topics stand in bodies

`dissector.filters.fields` has the fields that all exchanges have; `request.` and `response.` before Kafka's names lead
into bodies. `dissector.filters.compiler` says what comparisons mean for fields with several values, or none; a filter
and its negation split any capture. `FilterError` says what is wrong with a text, and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dissector.filters.errors import FilterError

if TYPE_CHECKING:
    from dissector.exchanges import Exchange

__all__ = ["Filter", "FilterError", "parse"]


class Filter:
    """A filter: call it with an exchange. Make it with `parse`.

    `text` is what it was made of. `needs_bodies` says whether it looks at anything behind the headers: where it does
    not, no body is decoded for it. `ahead` is what it says of the headers alone, None for nothing: only exchanges for
    which that is true may be picked.
    """

    def __init__(self, text: str) -> None:
        from dissector.filters import compiler, syntax  # with them comes the parser

        self.text = text
        try:
            compiled = compiler.compile_node(syntax.parse(text))
        except FilterError as error:
            raise FilterError(error.message, error.column, text) from None
        self.needs_bodies = compiled.cost > 0
        self.ahead = compiled.on_headers
        self._test = compiled.test

    def __call__(self, exchange: Exchange) -> bool:
        """Say whether an exchange is picked."""
        return self._test(exchange)

    def __repr__(self) -> str:
        return f"<Filter {self.text!r}>"

    def __reduce__(self) -> tuple[type[Filter], tuple[str]]:
        return Filter, (self.text,)


def parse(text: str) -> Filter:
    """Return the filter that a text says; raise `FilterError` if it says none."""
    return Filter(text)
