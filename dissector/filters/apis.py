"""APIs as filters name them: `Produce`, `list_offsets`, `ListOffset` (as it once was), `2`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dissector.filters import literals
from dissector.filters.errors import FilterError
from dissector.filters.kinds import Kind
from structs import lookup, registry
from structs.grammar import Message
from structs.messages import MODULES

if TYPE_CHECKING:
    from dissector.filters.tree import Word


class Api(Kind):
    """The key of an API; case and underscores do not count in its name."""

    name = "API"
    flags = re.IGNORECASE

    def literal(self, word: Word) -> int:
        """Return the API's key; a number need not be one that is known."""
        return key_of(word)

    def text(self, value: int) -> str | None:
        """Return the API's name."""
        return _name(value)

    def is_true(self, _: int) -> bool:
        """Say that every API is something: 0 is Produce."""
        return True


def key_of(word: Word) -> int:
    """Return the key of the API that a word names; raise FilterError for none."""
    if word.text.removeprefix("-").isdecimal():
        return int(literals.number(word))
    found = lookup.find(word.text)
    if len(found) == 2 and isinstance(found[0], Message):  # one message alone is no API
        return found[0].api.key
    near = [name for name in lookup.similar(word.text) if len(lookup.find(name)) == 2]
    hint = f"did you mean {' or '.join(near)}?" if near else "kafka-dissect apis lists them"
    raise FilterError(f"unknown API {word.text}: {hint}", word.column)


@cache
def _name(key: int) -> str | None:
    api = registry.api(key) if key in MODULES else None
    return None if api is None else api.name
