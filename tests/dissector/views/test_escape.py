"""Text from the wire is harmless on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissector.views.escape import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("orders", "orders"),
        ("käse", "käse"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\u202etxt", r"\u202etxt"),
        ("\x9b1m", r"\x9b1m"),
        ("back\\slash", r"back\\slash"),
        (b"\xff\x00", "0xff00"),
        (None, "null"),
    ],
)
def test_what_is_shown(text: str | bytes | None, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_comes_is_printable_and_can_be_told_apart(text: str) -> None:
    """No control, format or separator character is left, and unescaping gives the text back."""
    shown = printable(text)
    assert shown.isprintable()
    assert shown.encode("ascii", "backslashreplace").decode("unicode_escape") == text
