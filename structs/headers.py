"""The headers in front of every body, and the rule that picks their version.

Source: Kafka's RequestHeader and ResponseHeader definitions; ApiKeys.requestHeaderVersion and responseHeaderVersion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structs.grammar import Data, Int16, Int32, String

if TYPE_CHECKING:
    from structs.grammar import Api

PRODUCE: Final = 0
CONTROLLED_SHUTDOWN: Final = 7
SASL_HANDSHAKE: Final = 17
API_VERSIONS: Final = 18
SASL_AUTHENTICATE: Final = 36
UNSUPPORTED_VERSION: Final = 35  # the error code

RequestHeader: Final = Data(
    "RequestHeader",
    "request_api_key" / Int16,
    "request_api_version" / Int16,
    "correlation_id" / Int32,
    "client_id" / String("1+", nullable=True, flexible="none"),
    versions="0-2",
    flexible="2+",
)

ResponseHeader: Final = Data(
    "ResponseHeader",
    "correlation_id" / Int32,
    versions="0-1",
    flexible="1+",
)


def request_header_version(api: Api, version: int) -> int:
    """Return which RequestHeader stands before a request, also for versions that are not known yet."""
    if api.key == CONTROLLED_SHUTDOWN and version == 0:
        return 0  # the only one without a client id
    return 2 if version in api.flexible else 1


def response_header_version(api: Api, version: int) -> int:
    """Return which ResponseHeader stands before a response, also for versions that are not known yet."""
    if api.key == API_VERSIONS:
        return 0  # a client must be able to read it before it knows which versions the broker has (KIP-511)
    return 1 if version in api.flexible else 0
