"""Decoders made of grammars: a grammar says what the bytes are, and is slow; this writes straight code that reads them.

    decoder(registry.grammar(3, 9, "request"))(data, start, elements)   # (value, stop), or raises
    print(source(registry.grammar(3, 9, "request")))                    # the code, for those who debug it

Fields of fixed width side by side are read by one call of the struct module, also across a value that is often empty,
as if it were; strings and lengths without calls. A decoder reads what deserves neither an error nor a warning. All else
it leaves to the interpreter, the `read` of the nodes, which knows what to say: it raises one of `wire.FAULTY` where the
interpreter will find fault, and SeldomError where it may not, as with tagged fields that nobody declared. `wire.decode`
puts the two together.

Tracebacks and debuggers show the generated code.
"""

from __future__ import annotations

from functools import cache, partial
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from structs import generated
from structs.buffers import Span
from structs.compiler import runtime
from structs.compiler.emitter import Emitter, UnsupportedError
from structs.wire.node import FaultyError, SeldomError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from structs.wire import Node

    Decoder = Callable[..., tuple[Any, int]]

__all__ = ["NAMES", "Decoder", "UnsupportedError", "decoder", "leave", "source"]

#: What generated code calls, by its names.
NAMES: Final[Mapping[str, Any]] = {
    "Struct": Struct,
    "FaultyError": FaultyError,
    "SeldomError": SeldomError,
    "span": partial(tuple.__new__, Span),  # its own constructors take twice as long
    **{name: getattr(runtime, name) for name in ("few", "long_text", "many", "second", "uuid", "varint")},
}


def source(grammar: Node, *, spans: bool = False) -> str:
    """Return the source text of a grammar's decoder; raise UnsupportedError if it has a node without straight code."""
    return Emitter(spans=spans).function(grammar)


def decoder(grammar: Node, *, spans: bool = False) -> Decoder:
    """Return what reads bytes through a grammar: `decode(data, start, elements, opened=None)`.

    It takes bytes, where to start, how many elements arrays may have in all, and what is called with the bytes and
    where in them a `records` field starts and stops, to give its value (its bytes if None). With `spans` it takes a
    dict instead, for the spans by path. It gives the value and where it ends, or raises. Grammars of the same layout
    share their decoder.
    """
    try:
        return _load(source(grammar, spans=spans))
    except UnsupportedError:
        return leave


@cache
def _load(text: str) -> Decoder:
    namespace = dict(NAMES)
    generated.run(text, f"<decoder {_load.cache_info().currsize}>", namespace)
    made: Decoder = namespace["decode"]
    return made


def leave(*_: object) -> tuple[Any, int]:
    """Leave all bytes to the interpreter."""
    raise SeldomError
