"""A browser for all tests of a run, and pages in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.browser import open_browser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window."""
    with open_browser() as running:
        yield running


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Return what opens HTML as a page, and afterwards holds that nothing went wrong on it."""

    def open_page(*parts: str, style: str = "") -> Any:
        page = tmp_path / "page.html"
        body = "".join(f"<section>{part}</section>" for part in parts)
        page.write_text(f'<!doctype html><meta charset="utf-8"><body style="{style}">{body}', encoding="utf-8")
        browser.get(page.as_uri())
        return browser

    browser.get_log("browser")
    yield open_page
    assert browser.get_log("browser") == []
