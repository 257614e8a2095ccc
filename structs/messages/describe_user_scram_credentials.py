"""DescribeUserScramCredentials (API key 50)."""

from structs.grammar import Api, Array, Enumeration, ErrorCode, Int8, Int32, String, Struct

DESCRIBE_USER_SCRAM_CREDENTIALS = Api("DescribeUserScramCredentials", key=50, versions="0", flexible="0+")

UserName = Struct(
    "name" / String,
)

DescribeUserScramCredentialsRequest = DESCRIBE_USER_SCRAM_CREDENTIALS.request(
    "users" / Array(UserName, nullable=True),
)

CredentialInfo = Struct(
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
    "iterations" / Int32,
)

DescribeUserScramCredentialsResult = Struct(
    "user" / String,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "credential_infos" / Array(CredentialInfo),
)

DescribeUserScramCredentialsResponse = DESCRIBE_USER_SCRAM_CREDENTIALS.response(
    "throttle_time_ms" / Int32,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
    "results" / Array(DescribeUserScramCredentialsResult),
)
