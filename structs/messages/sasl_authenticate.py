"""SaslAuthenticate (API key 36)."""

from structs.grammar import Api, Embedded, ErrorCode, Int64, Secret, String

SASL_AUTHENTICATE = Api("SaslAuthenticate", key=36, versions="0-2", flexible="2+")

SaslAuthenticateRequest = SASL_AUTHENTICATE.request(
    "auth_bytes" / Secret(Embedded("sasl token")),
)

SaslAuthenticateResponse = SASL_AUTHENTICATE.response(
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "auth_bytes" / Secret(Embedded("sasl token")),
    "session_lifetime_ms" / Int64("1+"),
)
