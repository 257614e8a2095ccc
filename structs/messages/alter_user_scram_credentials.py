"""AlterUserScramCredentials (API key 51)."""

from structs.grammar import Api, Array, Bytes, Enumeration, ErrorCode, Int8, Int32, Secret, String, Struct

ALTER_USER_SCRAM_CREDENTIALS = Api("AlterUserScramCredentials", key=51, versions="0", flexible="0+")

ScramCredentialDeletion = Struct(
    "name" / String,
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
)

ScramCredentialUpsertion = Struct(
    "name" / String,
    "mechanism" / Enumeration(Int8, "scram_mechanism"),
    "iterations" / Int32,
    "salt" / Secret(Bytes),
    "salted_password" / Secret(Bytes),
)

AlterUserScramCredentialsRequest = ALTER_USER_SCRAM_CREDENTIALS.request(
    "deletions" / Array(ScramCredentialDeletion),
    "upsertions" / Array(ScramCredentialUpsertion),
)

AlterUserScramCredentialsResult = Struct(
    "user" / String,
    "error_code" / ErrorCode,
    "error_message" / String(nullable=True),
)

AlterUserScramCredentialsResponse = ALTER_USER_SCRAM_CREDENTIALS.response(
    "throttle_time_ms" / Int32,
    "results" / Array(AlterUserScramCredentialsResult),
)
