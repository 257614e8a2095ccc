"""Slices of KRaft snapshots (KIP-630): record batches, cut where the slice begins and ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from structs import wire
from structs.embedded.payload import Context, Payload, failed
from structs.records import Limits, parse

if TYPE_CHECKING:
    from structs.buffers import Buffer


def snapshot_slice(data: Buffer, context: Context) -> Payload:
    """Read the batches of a slice; only the start of a snapshot says where they begin."""
    if context.position:
        text = f"bytes 0 to {context.position - 1} of the snapshot are needed to tell where its batches begin"
        return failed("unaligned", text)
    batches = parse(data, limits=Limits(decompressed=context.decompressed))
    grammar = wire.Records(compact=True, nullable=False)
    return Payload(batches, len(data) - batches.undecoded_bytes - batches.truncated_bytes, grammar=grammar)
