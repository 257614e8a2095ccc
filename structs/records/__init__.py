"""Record data: what stands in the `records` fields of Produce and Fetch.

`parse` tells the batches of a field apart and reads their headers; records are decompressed and read when a batch
is asked for them. No input raises: what is wrong is a `Problem` of the field or of the batch.
"""

from structs.records.batch import Batch, Contents, RecordBatch
from structs.records.build import build_batch, build_messages
from structs.records.control import ControlRecord, read_control
from structs.records.limits import DEFAULT, Limits
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
    "Record",
    "RecordBatch",
    "RecordSet",
    "build_batch",
    "build_messages",
    "parse",
    "read_control",
]
