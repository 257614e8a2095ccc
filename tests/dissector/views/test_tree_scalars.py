"""Single values in a tree."""

from __future__ import annotations

import pytest

from dissector.views import style
from dissector.views.tree_scalars import content, scalar, scalars, withheld
from structs import wire

NUMBER = wire.Number("i")
TEXT = wire.String(compact=False, nullable=True)
BYTES = wire.Bytes(compact=False, nullable=True)
TOPIC_ID = "G6wOODv1SyO35W7HKelZgA"


@pytest.mark.parametrize(
    ("name", "node", "value", "shown"),
    [
        ("x", TEXT, None, "null"),
        ("x", TEXT, "a\x1b", r'"a\x1b"'),
        ("x", TEXT, b"\xff", "0xff"),
        ("x", BYTES, b"text", '"text"'),
        ("x", BYTES.marked(wire.Meaning("embedded", "group assignment")), b"\xff", "0xff [group assignment]"),
        ("x", NUMBER, 7, "7"),
        ("x", wire.Number("?"), True, "true"),
        ("api_key", NUMBER, 3, "3 (Metadata)"),
        ("x", NUMBER.marked(wire.Meaning("error_code")), 3, "3 UNKNOWN_TOPIC_OR_PARTITION"),
        ("x", NUMBER.marked(wire.Meaning("enumeration", "acks")), -1, "-1 (all)"),
        ("x", TEXT.marked(wire.Meaning("topic_id")), TOPIC_ID, f"{TOPIC_ID} (orders)"),
        ("client_host_address", BYTES, b"\x7f\0\0\1", "0x7f000001 (127.0.0.1)"),
        ("client_host_address", BYTES, b"\x7f", "0x7f"),
    ],
)
def test_values_say_what_they_stand_for(name: str, node: wire.Node, value: object, shown: str) -> None:
    assert style.paint(scalar(name, node, value, {TOPIC_ID: "orders"}), color=False) == shown


def test_long_lists_are_counted() -> None:
    shown = style.paint(scalars("x", NUMBER, list(range(30)), {}), color=False)
    assert shown.endswith("22, 23 +6 more]")


def test_content_is_text_or_hex_and_keeps_its_count() -> None:
    assert content(None) == "null"
    assert content(b"") == '""'
    assert content(b"\xff\x00") == "0xff00"
    assert content(b"\x00\x01") == "0x0001"
    assert content(b"a" * 500).endswith('aaa" (500 bytes)')
    assert content(bytes(500)) == "0x" + "00" * 24 + "… (500 bytes)"


def test_what_is_withheld_is_counted_in_bytes() -> None:
    assert withheld("é").text.startswith("withheld, 2 bytes (")
    assert withheld(b"").text == "empty"
