"""What there is to see, by MIME type and on a terminal."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

import dissector
from dissector.notebook import show
from dissector.views.tree import TreeView

if TYPE_CHECKING:
    from pathlib import Path

METADATA = 3


def test_an_exchange_shows_itself(make_exchange: Any) -> None:
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, {}, client_id="shop")
    bundle = exchange._repr_mimebundle_()
    assert bundle["text/html"] == show(exchange).html
    assert bundle["text/plain"].split("\n") == list(TreeView().lines(exchange))


def test_a_message_shows_itself(make_exchange: Any) -> None:
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "orders"}]}, {}, client_id="shop")
    bundle = exchange.request._repr_mimebundle_()
    assert "request, packet 1" in bundle["text/plain"]
    assert bundle["text/html"].count("kd-message") - bundle["text/html"].count(".kd-message") == 1


def test_several_exchanges_are_a_list(make_exchange: Any) -> None:
    several = [make_exchange(METADATA, 1, {"topics": [{"name": f"topic-{number}"}]}, {}) for number in range(5)]
    view = show(iter(several), count=3)
    assert view.html.count('<summary><span class="kd-dim">') == 3
    assert "more than 3" in view.html
    assert "topic-2" in str(view)
    assert "topic-3" not in view.html + str(view)
    assert "no exchanges" in show([]).html


def test_a_console_gets_colours_and_its_width(make_exchange: Any) -> None:
    exchange = make_exchange(METADATA, 1, {"topics": [{"name": "[bold]orders[/bold]"}]}, {}, client_id="shop")
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system="standard")
    console.print(exchange)
    written = console.file.getvalue()
    assert "\x1b[1m" in written
    assert "[bold]orders[/bold]" in written, "text from the wire is no markup"


def test_a_console_breaks_a_capture_between_words(captures: Path) -> None:
    console = Console(file=io.StringIO(), width=80)
    with dissector.load(captures / "orders.pcapng") as capture:
        console.print(capture)
        text = str(show(capture))
    lines = console.file.getvalue().splitlines()
    assert "  ConsumerGroupHeartbeat   4  v1            median 4.438 ms  longest 90.035 ms" in lines
    assert "  220 exchanges: 218 answered, 1 no response expected (acks=0), 1 unanswered" in lines
    assert "    (connection reset)" in lines
    assert " ".join(lines).split() == text.split()


def test_text_is_bounded(make_exchange: Any) -> None:
    topics = [{"name": f"topic-{number}", "partitions": [{"partition_index": 0}]} for number in range(2000)]
    text = str(show(make_exchange(METADATA, 1, {}, {"topics": topics})))
    assert text.endswith("... more than 1000 lines")


def test_what_is_no_exchange_is_refused() -> None:
    with pytest.raises(TypeError, match="int is neither an exchange"):
        show(5)  # type: ignore[arg-type]


def test_the_front_end_is_imported_when_something_is_shown() -> None:
    """Who decodes needs nothing of it, nor of what draws pictures."""
    code = "import dissector, sys; print([m for m in sys.modules if 'notebook' in m or 'matplotlib' in m])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
