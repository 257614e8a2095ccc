"""ExpireDelegationToken (API key 40)."""

from structs.grammar import Api, Bytes, ErrorCode, Int32, Int64, Secret

EXPIRE_DELEGATION_TOKEN = Api("ExpireDelegationToken", key=40, versions="0-2", flexible="2+")

ExpireDelegationTokenRequest = EXPIRE_DELEGATION_TOKEN.request(
    "hmac" / Secret(Bytes),
    "expiry_time_period_ms" / Int64,
)

ExpireDelegationTokenResponse = EXPIRE_DELEGATION_TOKEN.response(
    "error_code" / ErrorCode,
    "expiry_timestamp_ms" / Int64,
    "throttle_time_ms" / Int32,
)
