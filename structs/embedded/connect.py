"""What the workers of a Connect cluster tell each other (protocol type "connect").

Versions are those of the group protocols "default" (eager, 0), "compatible" (1, KIP-415) and "sessioned" (2, KIP-507).
Source: Kafka's ConnectProtocol and IncrementalCooperativeConnectProtocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs.embedded.payload import Payload, read_versioned
from structs.grammar import Array, Data, Embedded, Int16, Int32, Int64, String, Struct

if TYPE_CHECKING:
    from structs.buffers import Buffer

ConnectMetadata = Data(
    "ConnectMetadata",
    "url" / String,
    "config_offset" / Int64,
    "allocation" / Embedded("connect assignment")("1+", nullable=True, default=None),
    versions="0-2",
)

# The task -1 stands for the connector itself.
ConnectorAssignment = Struct(
    "connector" / String,
    "tasks" / Array(Int32),
)

ConnectAssignment = Data(
    "ConnectAssignment",
    "error" / Int16,
    "leader" / String,
    "leader_url" / String,
    "config_offset" / Int64,
    "assignment" / Array(ConnectorAssignment, nullable="1+"),
    "revoked" / Array(ConnectorAssignment, "1+", nullable=True, default=None),
    "delay" / Int32("1+"),
    versions="0-2",
)

_METADATA_NEEDED: Final = 2
_ASSIGNMENT_NEEDED: Final = 4


def metadata(data: Buffer, *, spans: bool = False) -> Payload:
    """Read what a worker says of itself when it joins."""
    return read_versioned(ConnectMetadata, data, needed=_METADATA_NEEDED, spans=spans)


def assignment(data: Buffer, *, spans: bool = False) -> Payload:
    """Read which connectors and tasks a worker gets, and which it has to give up."""
    return read_versioned(ConnectAssignment, data, needed=_ASSIGNMENT_NEEDED, spans=spans)
