"""Records in, the bytes out that Kafka's own writer makes of them (compressed ones: to the same records).

Source: Kafka's MemoryRecordsBuilder.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from structs.records import batch, compression, layout, lz4, message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structs.records.record import Record

_NO_TIMESTAMP: Final = -1


def build_batch(
    records: Sequence[Record],
    *,
    codec: str = "none",
    append_time: int | None = None,
    delete_horizon: int | None = None,
    is_transactional: bool = False,
    is_control: bool = False,
    **header: int,
) -> bytes:
    """Return a record batch (magic 2) of records that have their offsets and timestamps.

    `append_time` makes it a batch of LogAppendTime. Fields of the header that are given, under their names there,
    stand as they are: where the batch was in a log (`base_offset`, `partition_leader_epoch`, `last_offset_delta`),
    who wrote it (`producer_id`, ...), and everything else for those who need a batch that is wrong.
    """
    times = [_NO_TIMESTAMP if record.timestamp is None else record.timestamp for record in records]
    base_time = delete_horizon if delete_horizon is not None else times[0] if times else _NO_TIMESTAMP
    base_offset = header.get("base_offset", records[0].offset if records else 0)
    payload = bytearray()
    for record, time in zip(records, times, strict=True):
        payload += layout.RECORD.build(
            {
                "attributes": record.attributes,
                "timestamp_delta": time - base_time,
                "offset_delta": record.offset - base_offset,
                "key": record.key,
                "value": record.value,
                "headers": [{"key": key, "value": value} for key, value in record.headers],
            }
        )
    data = compression.compress(codec, bytes(payload)) if payload else b""
    attributes = compression.NAMES.index(codec)
    flags = {
        batch.TIMESTAMP_TYPE: append_time is not None,
        batch.TRANSACTIONAL: is_transactional,
        batch.CONTROL: is_control,
        batch.DELETE_HORIZON: delete_horizon is not None,
    }
    fields = {
        "base_offset": base_offset,
        "batch_length": batch.HEADER.size - batch.PREFIX + len(data),
        "attributes": attributes | sum(flag for flag, is_set in flags.items() if is_set),
        "last_offset_delta": records[-1].offset - base_offset if records else 0,
        "base_timestamp": base_time,
        "max_timestamp": append_time if append_time is not None else max(times, default=_NO_TIMESTAMP),
        "records_count": len(records),
        **header,
    }
    built = layout.RECORD_BATCH_HEADER.build(fields) + data
    if "crc" not in header:
        import crc32c  # takes its time, which nobody who reads should wait for

        fields["crc"] = crc32c.crc32c(built[batch.CHECKED_FROM :])
        built = layout.RECORD_BATCH_HEADER.build(fields) + data
    return bytes(built)


def build_messages(
    records: Sequence[Record],
    *,
    magic: int,
    codec: str = "none",
    append_time: int | None = None,
    base_offset: int | None = None,
) -> bytes:
    """Return a message set (magic 0 or 1); compressed, it is wrapped in one message.

    Magic 0 drops timestamps. `append_time` makes messages of LogAppendTime (magic 1). The offsets inside a wrapper
    of magic 1 are relative to `base_offset`, or else to the first record's.
    """
    flag = batch.TIMESTAMP_TYPE if append_time is not None and magic else 0
    number = compression.NAMES.index(codec)
    base = 0
    if number and magic and records:
        base = records[0].offset if base_offset is None else base_offset
    messages = b"".join(
        _build_message(
            magic,
            offset=record.offset - base,
            attributes=flag,
            timestamp=record.timestamp if number or append_time is None else append_time,
            key=record.key,
            value=record.value,
        )
        for record in records
    )
    if not number or not records:
        return messages
    value = compression.compress(codec, messages)
    if codec == "lz4" and magic == 0:
        value = lz4.spoil(value)
    times = [_NO_TIMESTAMP if record.timestamp is None else record.timestamp for record in records]
    return _build_message(
        magic,
        offset=records[-1].offset,
        attributes=flag | number,
        timestamp=max(times) if append_time is None else append_time,
        key=None,
        value=value,
    )


def _build_message(magic: int, *, timestamp: int | None, **fields: Any) -> bytes:
    grammar = layout.MESSAGES[magic]
    fields["magic"] = magic
    if magic:
        fields["timestamp"] = _NO_TIMESTAMP if timestamp is None else timestamp
    size = len(grammar.build(fields)) - batch.PREFIX
    built = grammar.build({**fields, "message_size": size})
    crc = zlib.crc32(built[message.CHECKED_FROM :])
    return bytes(grammar.build({**fields, "message_size": size, "crc": crc}))
