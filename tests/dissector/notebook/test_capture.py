"""A capture at a glance."""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any

from dissector.loaded import load
from dissector.notebook import show
from dissector.views import ledger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_it_says_what_is_in_there(captures: Path) -> None:
    with load(captures / "orders.pcapng") as capture:
        page = re.sub(r"<[^>]*>", " ", show(capture).html.split("</style>")[1])
        text = str(show(capture))
    for each in (
        "220 exchanges",
        "11 client ids",
        "2026-11-20 21:05:17.982 to 21:05:28.386 UTC",
        "shipping",
        "billing",
    ):
        assert each in page
    for each in ("220 exchanges", "UNKNOWN_TOPIC_OR_PARTITION 5", "median 1.038 ms", "shipping 53"):
        assert each in text
    assert all(" ".join(line.split()) in " ".join(page.split()) for line in ledger.lines(capture.ledger))


def test_it_says_when_it_did_not_look_into_all(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts of topics, groups and errors are no totals then, and rare ones may be missing."""
    with load(captures / "orders.pcapng") as capture:
        assert ".summary(bodies" not in show(capture).html + str(show(capture))
        sample = capture.summary(110)
        said = f"those of {sample.looked_into} of 220 exchanges: .summary(bodies=None) looks into all"
        monkeypatch.setattr(capture, "summary", lambda: sample)
        assert said in show(capture).html
        assert said in str(show(capture))


def test_a_selection_has_a_glance_of_its_own(captures: Path) -> None:
    """Without the ledger: that is of the whole capture."""
    with load(captures / "orders.pcapng") as capture:
        found = capture.exchanges("client_id == shipping-1").summary()
        page = re.sub(r"<[^>]*>", " ", found._repr_mimebundle_()["text/html"].split("</style>")[1])
        text = str(show(found))
        nothing = capture.exchanges("api == 1000").summary()
    for each in ("58 exchanges", "1 client id", "Heartbeat", "shipping"):
        assert each in page
        assert each in text
    assert "TCP payload" not in page + text
    assert repr(found) == "<Summary: 58 exchanges, 3 connections, 5.148 s>"
    assert "0 exchanges" in show(nothing).html


def test_a_capture_without_kafka_says_why() -> None:
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)  # of a pcap file; no packet follows
    with load(io.BytesIO(header)) as capture:
        assert "no packets" in show(capture).html
        assert "no packets" in str(show(capture))


def test_exchanges_of_a_capture_are_a_list(captures: Path) -> None:
    with load(captures / "orders.pcapng") as capture:
        view = show(capture.exchanges("api == Produce"))
        assert view.html.count('<summary><span class="kd-dim">') == 8
        assert capture[3]._repr_mimebundle_()["text/html"] == show(capture[3]).html


def test_it_is_legible_and_whole_in_a_browser(visit: Callable[..., Any], captures: Path) -> None:
    with load(captures / "orders.pcapng") as capture:
        browser = visit(show(capture).html)
    assert len(browser.find_elements("css selector", "table.kd-apis tbody tr")) == 20
    assert browser.find_element("css selector", ".kd-overview svg").size["height"] == 44
    wide = browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
