"""Bodies of messages: read by what their layout says, or by what it said in an early release."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dissector.events import ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH
from structs import registry, wire
from structs.buffers import Problem

if TYPE_CHECKING:
    from dissector.framing import Frame
    from dissector.layouts import Layout

GAP_CAUSES: Final = frozenset({ACKNOWLEDGED, NOT_CAPTURED, SNAP_LENGTH})  # others: the stream itself ended
MAX_ELEMENTS: Final = 5_000_000  # of arrays in a message: a gigabyte of memory; a topic's partition has about seven


def read(grammar: wire.Struct, data: bytes, start: int = 0, *, spans: bool = False) -> wire.Decoded:
    """Return what a grammar makes of the bytes of a message from `start` on."""
    return wire.decode(grammar, data, start, spans=spans, elements=MAX_ELEMENTS)


def read_header(frame: Frame, grammar: wire.Struct) -> wire.Decoded:
    """Return what a grammar makes of the header of a message."""
    header = read(grammar, frame.data)
    if header.error is not None and frame.missing:
        header.error = _incomplete(frame, header.error)
    return header


def read_early(frame: Frame, layout: Layout, start: int) -> tuple[wire.Decoded, Layout] | None:
    """Read a body in the layout that its version had in an early release, if it is all and exactly that."""
    if layout.api_key is None or layout.api_version is None or frame.missing:
        return None
    for release, grammar in registry.variants(layout.api_key, layout.api_version, layout.side):
        decoded = read(grammar, frame.data, start)
        if decoded.error is None and decoded.stop == len(frame.data):
            text = f"not as this version is today, but as it was in Kafka {release}"
            decoded.warnings.append(Problem("variant", text, start, ""))
            return decoded, replace(layout, grammar=grammar)
    return None


def explain(frame: Frame, layout: Layout, start: int, decoded: wire.Decoded) -> tuple[wire.Decoded, Layout]:
    """Return the reading of a body that was not read to its last byte, with the layout that it is by, and say why."""
    end = len(frame.data)
    if decoded.error is not None and frame.missing:
        decoded.error = _incomplete(frame, decoded.error)
    else:
        decoded, layout = read_early(frame, layout, start) or (decoded, layout)
    if decoded.error is None and decoded.stop < end:
        text = f"{end - decoded.stop} bytes behind the body"
        decoded.warnings.append(Problem("trailing_bytes", text, decoded.stop, ""))
    return decoded, layout


def _incomplete(frame: Frame, error: Problem) -> Problem:
    """Say of a frame with holes that bytes are missing, rather than what the grammar makes of that."""
    lost = sum(hole.length for hole in frame.missing)
    cause = frame.missing[0].cause
    text = f"{lost} of {frame.size} bytes are missing: {cause}"
    return error._replace(kind="lost_in_capture" if cause in GAP_CAUSES else "incomplete", message=text)
