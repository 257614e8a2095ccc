"""Java's own encodings of text, and values that take no bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structs import wire
from structs.embedded.encodings import Constant, JavaChars, JavaText, UnsignedVarint


@given(st.text(max_size=40))
def test_text_comes_back(text: str) -> None:
    """Also the character 0 and those beyond the basic plane, which Java writes in its own way."""
    for node in (JavaText(), JavaChars()):
        assert node.parse(node.build(text)) == text


def test_modified_utf_8_to_the_byte() -> None:
    assert JavaText().build("a\0\u00e9") == b"\0\5a\xc0\x80\xc3\xa9"
    assert JavaText().build("\U0001f600") == b"\0\6\xed\xa0\xbd\xed\xb8\x80"


def test_utf_16_to_the_byte() -> None:
    assert JavaChars().build("a\u00e9") == b"\0\0\0\2\0a\0\xe9"


@pytest.mark.parametrize(
    ("node", "data", "value"), [(JavaText(), b"\0\1\xff", b"\xff"), (JavaChars(), b"\0\0\0\1\xd8\0", b"\xd8\0")]
)
def test_what_is_no_text_stays_bytes(node: wire.Node, data: bytes, value: bytes) -> None:
    decoded = wire.decode(node, data)
    assert (decoded.value, [warning.kind for warning in decoded.warnings]) == (value, ["malformed"])
    assert node.build(value) == data


@pytest.mark.parametrize(
    ("node", "data"), [(JavaText(), b"\0\2a"), (JavaChars(), b"\xff\xff\xff\xff"), (UnsignedVarint(), b"\x80")]
)
def test_lengths_are_held_against_the_bytes(node: wire.Node, data: bytes) -> None:
    assert wire.decode(node, data).error is not None


@pytest.mark.parametrize(
    ("node", "value"),
    [(JavaText(), 1), (JavaText(), "x" * 70_000), (JavaChars(), None), (UnsignedVarint(), -1), (Constant("a"), "b")],
)
def test_what_does_not_fit_is_refused(node: wire.Node, value: object) -> None:
    with pytest.raises(wire.WireError):
        node.build(value)


def test_a_constant_takes_no_bytes() -> None:
    assert wire.decode(Constant("COMMIT"), b"") == wire.Decoded("COMMIT", 0)
    assert Constant("COMMIT").build("COMMIT") == b""
