"""What straight code that writes JSON calls: see `straight`."""

from __future__ import annotations

from binascii import hexlify
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from dissector.views.scalars import plain
from structs import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dissector.views.besides import Beside

_KEPT: Final = 1024  # values of a field of which it is remembered what stands beside them
_dumps: Final = orjson.dumps


class Entries(dict[Any, bytes]):
    """What follows a field, by the field's value: what stands beside it."""

    def __init__(self, beside: Beside) -> None:
        self._beside = beside

    def __missing__(self, value: Any) -> bytes:
        text = self.of(value)
        if len(self) < _KEPT:
            self[value] = text
        return text

    def of(self, value: Any) -> bytes:
        """Return what follows the field, of a value that is not remembered."""
        name, make, is_optional = self._beside
        assert make is not None  # noqa: S101 (names of topics are asked for elsewhere)
        made = None if value is None else make(value)
        is_left_out = value is None or (made is None and is_optional)
        return b"" if is_left_out else b",%b:%b" % (_dumps(name), _dumps(made))


@cache
def entries(beside: Beside) -> Entries:
    """Return what follows the fields that have this beside them."""
    return Entries(beside)


def _first(*names: str | None) -> str | None:
    return next((name for name in names if name is not None), None)


def _hexed(value: bytes | None) -> bytes:
    return b"null" if value is None else b'"%b"' % hexlify(value)


#: Beside what decoders call, by its names.
NAMES: Final[Mapping[str, Any]] = {
    "LEFT": wire.LEFT,
    "dumps": _dumps,
    "empty": {None: b"null", "": b'""'},  # texts that are often so: what writes others takes longer to call
    "first": _first,
    "hexed": _hexed,
    "kept": lru_cache(maxsize=256)(_dumps),  # of text that many bodies have; each may be long
    "plain": plain,
}
