"""How Kafka's names are spelled in the declarations."""

from __future__ import annotations

import re


def field_name(name: str) -> str:
    """Return a field's name in snake_case, by the rule by which Kafka spells it in its own schemas.

    An underscore stands before a capital that follows no capital: IsKRaftController is is_kraft_controller.
    """
    return re.sub(r"(?<=[^A-Z])(?=[A-Z])", "_", name).lower()


def module_name(name: str) -> str:
    """Return the name of the module in which an API or a part of Kafka is declared."""
    return field_name(name).replace("-", "_")


def constant_name(name: str) -> str:
    """Return the name under which a module exposes its API."""
    return module_name(name).upper()
