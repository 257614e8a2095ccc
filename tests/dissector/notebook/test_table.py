"""Tables of a capture show their first rows."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

from dissector.loaded import load
from dissector.notebook import show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dissector.loaded import LoadedCapture


@pytest.fixture(scope="module")
def capture(captures: Path) -> Iterator[LoadedCapture]:
    with load(captures / "orders.pcapng") as loaded:
        yield loaded


def cells(page: str) -> list[list[str]]:
    """Return the text of all cells, the headings first."""
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", page)
    ]


@pytest.mark.parametrize("name", ["connections", "messages", "records"])
def test_rows_are_those_of_pandas(capture: LoadedCapture, name: str) -> None:
    table = getattr(capture, name)
    heads, *rows = cells(table._repr_mimebundle_()["text/html"])
    frame = table.to_pandas()
    assert len(rows) == min(len(frame), 50)
    for column in ("connection_id", "client_host", "client_port"):
        assert [row[heads.index(column)] for row in rows] == [str(value) for value in frame[column].head(50)]


def test_columns_without_values_are_left_out_and_counted(capture: LoadedCapture) -> None:
    page = show(capture.messages, count=5).html
    heads, *rows = cells(page)
    assert "error_kind" not in heads
    assert len(rows) == 5
    assert "more than 5 rows: .to_pandas() has them all" in page
    assert re.search(r"\d columns? without values left out", page)


def test_headers_of_records_are_names_with_values(capture: LoadedCapture) -> None:
    heads, *rows = cells(show(capture.records).html)
    shown = {row[heads.index("headers")] for row in rows}
    assert {"", "content-type=application/json", r"again=1, again=2, empty=, bin=\\xff"} < shown
    assert any(each.startswith("trace-id=") for each in shown)


def test_text_has_the_same(capture: LoadedCapture) -> None:
    lines = str(show(capture.connections, count=3)).split("\n")
    assert [line.split("\t")[0] for line in lines] == ["connection_id", "0", "1", "2", "... more than 3 rows"]
