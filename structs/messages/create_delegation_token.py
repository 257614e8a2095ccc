"""CreateDelegationToken (API key 38)."""

from structs.grammar import Api, Array, Bytes, ErrorCode, Int32, Int64, Secret, String, Struct

CREATE_DELEGATION_TOKEN = Api("CreateDelegationToken", key=38, versions="0-3", flexible="2+")

CreatableRenewers = Struct(
    "principal_type" / String,
    "principal_name" / String,
)

CreateDelegationTokenRequest = CREATE_DELEGATION_TOKEN.request(
    "owner_principal_type" / String("3+", nullable=True),
    "owner_principal_name" / String("3+", nullable=True),
    "renewers" / Array(CreatableRenewers),
    "max_lifetime_ms" / Int64,
)

CreateDelegationTokenResponse = CREATE_DELEGATION_TOKEN.response(
    "error_code" / ErrorCode,
    "principal_type" / String,
    "principal_name" / String,
    "token_requester_principal_type" / String("3+"),
    "token_requester_principal_name" / String("3+"),
    "issue_timestamp_ms" / Int64,
    "expiry_timestamp_ms" / Int64,
    "max_timestamp_ms" / Int64,
    "token_id" / String,
    "hmac" / Secret(Bytes),
    "throttle_time_ms" / Int32,
)
