"""What is withheld from every view unless it is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structs import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

# Configurations that Kafka and its clients declare with the type PASSWORD, whatever prefix stands before them.
_PASSWORDS: Final = re.compile(
    r"(?:password|passphrase|secret|secret\.key|master\.key|jaas\.config|keystore\.key|keystore\.certificate\.chain"
    r"|truststore\.certificates|user\.info|credentials|token)$",
    re.IGNORECASE,
)


def is_secret(member: wire.Member, values: Mapping[str, Any]) -> bool:
    """Say whether a field of a struct is a secret: by its type, or as the value of a configuration, by its name."""
    meaning = member.node.meaning
    if meaning is None:
        return False
    if meaning.name == "config_value":
        name = values.get("name")
        return not isinstance(name, str) or _PASSWORDS.search(name) is not None
    return meaning.name == "secret"


def holds_secrets(node: wire.Node, value: Any) -> bool:
    """Say whether there is a secret in a value, at any depth."""
    struct = wire.struct_in(node)
    return struct is not None and any(_has_secrets(struct, values) for values in wire.structs_in(value))


def _has_secrets(struct: wire.Struct, values: Mapping[str, Any]) -> bool:
    present = [member for member in struct.each_member() if values.get(member.name) is not None]
    return any(is_secret(member, values) or holds_secrets(member.node, values[member.name]) for member in present)
