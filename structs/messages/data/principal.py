"""The principal that a broker sends along when it forwards a request."""

from structs.grammar import Boolean, Data, String

DefaultPrincipalData = Data(
    "DefaultPrincipalData",
    "type" / String,
    "name" / String,
    "token_authenticated" / Boolean,
    versions="0",
    flexible="0+",
)
