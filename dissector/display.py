"""How a value shows itself in notebooks and in rich's consoles: through the front end, which is imported then.

The core knows of its front ends no more than this name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_FRONT_END: Final = "dissector.notebook"


class Shown:
    """Gives a class the representations that `dissector.notebook.show` makes of its objects."""

    __slots__ = ()

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, str]:
        """Return the representations for a notebook, by MIME type (IPython's protocol)."""
        bundle: dict[str, str] = self._view()._repr_mimebundle_(include, exclude)
        return bundle

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        """Yield lines for a console (rich's protocol)."""
        yield from self._view().__rich_console__(console, options)

    def _view(self) -> Any:
        return import_module(_FRONT_END).show(self)
