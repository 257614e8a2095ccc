"""SaslHandshake (API key 17)."""

from structs.grammar import Api, Array, ErrorCode, String

SASL_HANDSHAKE = Api("SaslHandshake", key=17, versions="0-1", flexible="none")

SaslHandshakeRequest = SASL_HANDSHAKE.request(
    "mechanism" / String,
)

SaslHandshakeResponse = SASL_HANDSHAKE.response(
    "error_code" / ErrorCode,
    "mechanisms" / Array(String),
)
