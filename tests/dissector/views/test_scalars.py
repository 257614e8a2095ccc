"""Numbers, text and bytes as JSON has them."""

from __future__ import annotations

from typing import Any

import pytest

from dissector.views.scalars import content, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (0.5, 0.5),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        ("text", "text"),
        (b"\xff", "ff"),
        (None, None),
    ],
)
def test_what_json_lacks_is_text(value: Any, expected: Any) -> None:
    assert plain(value, text=False) == expected


def test_bytes_where_text_should_be_say_so() -> None:
    assert plain(b"\xff", text=True) == {"hex": "ff"}


@pytest.mark.parametrize(("raw", "expected"), [(None, None), (b"", ""), (b"a\xc3\xa9", "aé"), (b"\xff", {"hex": "ff"})])
def test_what_records_carry_is_text_if_it_is_utf_8(raw: bytes | None, expected: Any) -> None:
    assert content(raw) == expected
