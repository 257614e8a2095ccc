"""Envelope (API key 58)."""

from structs.grammar import Api, Bytes, Embedded, ErrorCode

ENVELOPE = Api("Envelope", key=58, versions="0", flexible="0+")

EnvelopeRequest = ENVELOPE.request(
    "request_data" / Embedded("request"),
    "request_principal" / Embedded("principal")(nullable=True),
    "client_host_address" / Bytes,
)

EnvelopeResponse = ENVELOPE.response(
    "response_data" / Embedded("response")(nullable=True, default=None),
    "error_code" / ErrorCode,
)
