"""Why a body is not read to its last byte."""

from __future__ import annotations

import pytest
from support.frames import make_frame, make_request

from dissector import bodies
from dissector.framing import Hole
from dissector.layouts import layout_of

METADATA, START = 3, 14  # where the body starts behind the header that `make_request` makes

LAYOUT = layout_of(METADATA, 1, "request")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [("snap length", "lost_in_capture"), ("not captured", "lost_in_capture"), ("connection reset", "incomplete")],
)
def test_what_is_missing_is_told_from_what_is_wrong(cause: str, kind: str) -> None:
    """Where the stream itself ended, nothing was lost in capture."""
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}]})
    frame = make_frame(data[:-3], size=len(data))._replace(missing=(Hole(len(data) - 3, 3, cause),))
    decoded = bodies.read(LAYOUT.grammar, frame.data, START)
    explained, layout = bodies.explain(frame, LAYOUT, START, decoded)
    assert layout is LAYOUT
    assert (explained.error.kind, explained.error.field) == (kind, "topics[0].name")
    assert explained.error.message == f"3 of {len(data)} bytes are missing: {cause}"


def test_a_header_with_a_hole() -> None:
    frame = make_frame(b"\0\3\0\1\0", size=40)._replace(missing=(Hole(5, 35, "snap length"),))
    assert bodies.read_header(frame, LAYOUT.header).error.kind == "lost_in_capture"
    assert bodies.read_header(make_frame(b"\0\3\0\1\0"), LAYOUT.header).error.kind == "truncated"


def test_bytes_behind_the_body() -> None:
    """They begin where the body ends."""
    data = make_request(METADATA, 1, {"topics": []})
    frame = make_frame(data + b"xyz")
    decoded, _ = bodies.explain(frame, LAYOUT, START, bodies.read(LAYOUT.grammar, frame.data, START))
    assert decoded.error is None
    assert [(warning.kind, warning.offset) for warning in decoded.warnings] == [("trailing_bytes", len(data))]
