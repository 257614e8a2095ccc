"""What is fuzzed: one module for each layer of the software."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES: Final = (
    *("files", "packets", "streams", "dissection", "encryption"),
    *("bodies", "record_data", "embedded", "building", "filters"),
)


class Layer(Protocol):
    """A module of this package."""

    def seeds(self) -> Iterator[bytes]:
        """Yield inputs to begin with."""
        ...

    def check(self, data: bytes) -> None:
        """Give the layer an input and raise where an invariant does not hold."""
        ...


def layer(name: str) -> Layer:
    """Return a layer by its name."""
    return cast("Layer", import_module(f"fuzz.layers.{name}"))
