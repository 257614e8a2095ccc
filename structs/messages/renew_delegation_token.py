"""RenewDelegationToken (API key 39)."""

from structs.grammar import Api, Bytes, ErrorCode, Int32, Int64, Secret

RENEW_DELEGATION_TOKEN = Api("RenewDelegationToken", key=39, versions="0-2", flexible="2+")

RenewDelegationTokenRequest = RENEW_DELEGATION_TOKEN.request(
    "hmac" / Secret(Bytes),
    "renew_period_ms" / Int64,
)

RenewDelegationTokenResponse = RENEW_DELEGATION_TOKEN.response(
    "error_code" / ErrorCode,
    "expiry_timestamp_ms" / Int64,
    "throttle_time_ms" / Int32,
)
