"""A real browser without a window, for what only a browser can say of a page."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def open_browser(width: int = 1400, height: int = 900) -> Iterator[Chrome]:
    """Start Chromium by its driver; skip where either is not installed."""
    selenium = pytest.importorskip("selenium.webdriver")
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("needs chromium and chromedriver on the path")
    options = selenium.ChromeOptions()
    options.binary_location = browser
    # Offline: what a page asks the network for is an error in its log.
    flags = ["headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage", "disable-background-networking"]
    for flag in [*flags, f"window-size={width},{height}", "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"]:
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    running = selenium.Chrome(options=options, service=selenium.ChromeService(driver))
    try:
        yield running
    finally:
        running.quit()
