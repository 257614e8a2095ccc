"""Pictures without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib
import pytest

matplotlib.use("Agg")

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Let go of the pictures of a test."""
    yield
    from matplotlib import pyplot

    pyplot.close("all")
