"""DescribeDelegationToken (API key 41)."""

from structs.grammar import Api, Array, Bytes, ErrorCode, Int32, Int64, Secret, String, Struct

DESCRIBE_DELEGATION_TOKEN = Api("DescribeDelegationToken", key=41, versions="0-3", flexible="2+")

DescribeDelegationTokenOwner = Struct(
    "principal_type" / String,
    "principal_name" / String,
)

DescribeDelegationTokenRequest = DESCRIBE_DELEGATION_TOKEN.request(
    "owners" / Array(DescribeDelegationTokenOwner, nullable=True),
)

DescribedDelegationTokenRenewer = Struct(
    "principal_type" / String,
    "principal_name" / String,
)

DescribedDelegationToken = Struct(
    "principal_type" / String,
    "principal_name" / String,
    "token_requester_principal_type" / String("3+"),
    "token_requester_principal_name" / String("3+"),
    "issue_timestamp" / Int64,
    "expiry_timestamp" / Int64,
    "max_timestamp" / Int64,
    "token_id" / String,
    "hmac" / Secret(Bytes),
    "renewers" / Array(DescribedDelegationTokenRenewer),
)

DescribeDelegationTokenResponse = DESCRIBE_DELEGATION_TOKEN.response(
    "error_code" / ErrorCode,
    "tokens" / Array(DescribedDelegationToken),
    "throttle_time_ms" / Int32,
)
