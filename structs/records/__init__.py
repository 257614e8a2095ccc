"""Record data: what stands in the `records` fields of Produce and Fetch.

`parse` tells the batches of a field apart and reads their headers; records are decompressed and read when a batch
is asked for them. No input raises: what is wrong is a `Problem` of the field or of the batch. Its kinds: "truncated",
"malformed", "limit", "unknown_magic" and "unknown_compression" end the reading; "checksum", "trailing_bytes",
"relative_offsets" (they cannot be made absolute), "unexpected_key" and "more_warnings" do not. Offsets count from the
first byte of the field; inside compressed data they are those of its batch, and the message says the rest.

    for batch in parse(data):
        for record in batch:
            print(record.offset, record.key, record.value)
        print(batch.error, batch.warnings)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from structs.records.batch import Batch, Contents, RecordBatch
    from structs.records.build import build_batch, build_messages
    from structs.records.control import ControlRecord, read_control
    from structs.records.limits import DEFAULT, Limits, Meter
    from structs.records.message import LegacyMessage
    from structs.records.record import Header, Record
    from structs.records.record_set import Account, RecordSet, parse

__all__ = [
    "DEFAULT",
    "Account",
    "Batch",
    "Contents",
    "ControlRecord",
    "Header",
    "LegacyMessage",
    "Limits",
    "Meter",
    "Record",
    "RecordBatch",
    "RecordSet",
    "build_batch",
    "build_messages",
    "parse",
    "read_control",
]

# Where it is: imported when it is asked for, since the headers of messages are read without any of it.
_PLACES: Final = {
    "DEFAULT": "structs.records.limits",
    "Account": "structs.records.record_set",
    "Batch": "structs.records.batch",
    "Contents": "structs.records.batch",
    "ControlRecord": "structs.records.control",
    "Header": "structs.records.record",
    "LegacyMessage": "structs.records.message",
    "Limits": "structs.records.limits",
    "Meter": "structs.records.limits",
    "Record": "structs.records.record",
    "RecordBatch": "structs.records.batch",
    "RecordSet": "structs.records.record_set",
    "build_batch": "structs.records.build",
    "build_messages": "structs.records.build",
    "parse": "structs.records.record_set",
    "read_control": "structs.records.control",
}


if not TYPE_CHECKING:  # to a type checker, any name at all would be there

    def __getattr__(name: str) -> Any:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_PLACES[name]), name)
        return found


def __dir__() -> list[str]:
    return __all__
