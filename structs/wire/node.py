"""What all of Kafka's encodings have in common: a construct that works on a Reader and a Writer."""

from __future__ import annotations

import copy
import gc
import io
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import construct

from structs.buffers import UNBOUNDED, UNREAD, Buffer, Path, Problem, Reader, Span, WireError, Writer

if TYPE_CHECKING:
    from typing import Self

LARGE: Final = 1 << 16  # bytes from which on the garbage collector waits until they are read
WARM: Final = 2000  # bytes that a grammar's interpreter may take before a decoder is made, which costs as much


class FaultyError(Exception):
    """What straight code raises (see `structs.compiler`) for bytes that the interpreter finds fault with."""


class SeldomError(Exception):
    """What straight code raises for bytes that may be faultless, but are too seldom for it."""


FAULTY: Final = (FaultyError, IndexError, struct.error, UnicodeDecodeError)
LEFT: Final = (*FAULTY, SeldomError)  # all that it raises
_make: Final = object.__new__

#: Gives the value of a `records` field, of the bytes around it and where it starts and stops in them.
Opener = Callable[[bytes, int, int], Any]


class Meaning(NamedTuple):
    """What a value stands for beyond its encoding; `detail` names the payload inside an embedded field."""

    name: str
    detail: str = ""


class Node(construct.Construct):
    """A piece of a grammar: what the construct library calls a construct, over a Reader and a Writer.

    `meaning` says what the value stands for, where the encoding alone does not (see `structs.grammar`).
    """

    meaning: Meaning | None = None
    minimum_size = 1  # no value of this type takes fewer bytes
    fixed_size: int | None = None  # every value takes so many bytes; None where that differs
    _decoder: Callable[..., tuple[Any, int]] | None = None  # straight code, see structs.compiler
    _spanner: Callable[..., tuple[Any, int]] | None = None  # the same, which takes note of spans
    _interpreted = 0

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes that this one is made of: an array's element, a struct's members; most have none."""
        return ()

    def read(self, reader: Reader) -> Any:
        """Return the value at the reader's position and step over it; raise WireError."""
        raise NotImplementedError

    def write(self, value: Any, writer: Writer) -> None:
        """Append the value's bytes; raise WireError if this type cannot carry it."""
        raise NotImplementedError

    def marked(self, meaning: Meaning | None) -> Self:
        """Return this node with a meaning attached."""
        node = copy.copy(self)
        node.meaning = meaning
        return node

    def compiled(self, size: int, *, spans: bool = False) -> Callable[..., tuple[Any, int]]:
        """Return the straight code for this grammar; until enough bytes were read, what leaves them to `read`."""
        from structs import compiler  # it writes code for the nodes, which it imports

        self._interpreted += size
        if self._interpreted < WARM:
            return compiler.leave
        if spans:
            self._spanner = self._spanner or compiler.decoder(self, spans=True)
            return self._spanner
        self._decoder = self._decoder or compiler.decoder(self)
        return self._decoder

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name not in ("_decoder", "_spanner")}  # made again

    def _parse(self, stream: Any, _context: Any, path: str) -> Any:
        start = stream.tell()
        in_memory = type(stream) is io.BytesIO  # no copy of all that follows; construct's subclass counts differently
        origin = 0 if in_memory else start
        data = stream.getvalue() if in_memory else bytes(stream.read())
        try:
            value, stop = (self._decoder or self.compiled(len(data)))(data, start - origin, UNBOUNDED)
        except LEFT:
            value, stop = self._interpret(Reader(data, start - origin), origin, path)
        stream.seek(origin + stop)
        return value

    def _interpret(self, reader: Reader, origin: int, path: str) -> tuple[Any, int]:
        try:
            return self.read(reader), reader.position
        except WireError as error:
            error.problem = error.problem._replace(offset=origin + error.problem.offset)
            error.path = path
            raise

    def _build(self, obj: Any, stream: Any, _context: Any, path: str) -> Any:
        writer = Writer()
        try:
            self.write(obj, writer)
        except WireError as error:
            error.path = path
            raise
        stream.write(bytes(writer.data))
        return obj

    def _sizeof(self, _context: Any, path: str) -> int:
        if self.fixed_size is None:
            raise construct.SizeofError(f"a {type(self).__name__} has no fixed size", path=path)
        return self.fixed_size


@dataclass(slots=True)
class Decoded:
    """What a grammar made of a buffer: the value (partial beside an error), where reading stopped, what was wrong."""

    value: Any
    stop: int
    error: Problem | None = None
    warnings: list[Problem] = field(default_factory=list)
    spans: dict[Path, Span] | None = None


def decode(grammar: Node, data: Buffer, start: int = 0, elements: int = UNBOUNDED, *, spans: bool = False) -> Decoded:
    """Read `data` from `start` through a grammar and never raise for bad bytes.

    Offsets in errors, warnings and spans count from the first byte of `data`. Trailing bytes are left to the caller,
    who knows whether anything follows (`stop` says where they begin). Beside an error the value holds what was read
    before it. More than `elements` elements of arrays and unknown tags, all together, end in an error of the kind
    "limit".
    """
    if len(data) > LARGE and gc.isenabled():
        # The collector would walk again and again over what is read, which has no cycles: it costs more than reading.
        gc.disable()
        try:
            return decode(grammar, data, start, spans=spans, elements=elements)
        finally:
            gc.enable()
    if type(data) is not bytes:
        return interpret(grammar, data, start, spans=spans, elements=elements)
    found: dict[Path, Span] | None = None
    try:
        if spans:
            found = {}
            read = grammar._spanner or grammar.compiled(len(data) - start, spans=True)
            value, stop = read(data, start, elements, found)
        else:
            value, stop = (grammar._decoder or grammar.compiled(len(data) - start))(data, start, elements)
    except LEFT:
        return interpret(grammar, data, start, spans=spans, elements=elements)
    decoded = _make(Decoded)  # its own constructor takes twice as long
    decoded.value = value
    decoded.stop = stop
    decoded.error = None
    decoded.warnings = []
    decoded.spans = found
    return decoded


def decode_straight(
    grammar: Node, data: bytes, start: int, elements: int, opened: Opener | None = None
) -> tuple[Any, int] | None:
    """Do what `decode` does, as far as straight code can: return the value and where it ends; nothing is wrong with it.

    None is for `decode` to look into. `opened` gives the values of `records` fields, whose bytes are not copied; what
    it gave is forgotten where straight code meets with something further on that it leaves alone.
    """
    if len(data) > LARGE and gc.isenabled():
        gc.disable()
        try:
            return decode_straight(grammar, data, start, elements, opened)
        finally:
            gc.enable()
    try:
        return (grammar._decoder or grammar.compiled(len(data) - start))(data, start, elements, opened)
    except LEFT:
        return None


def decode_faultless(grammar: Node, data: Buffer, start: int = 0, *, elements: int = UNBOUNDED) -> Decoded | None:
    """Do what `decode` does, but return None where there would be an error or a warning: that is much cheaper."""
    if type(data) is bytes:
        try:
            value, stop = (grammar._decoder or grammar.compiled(len(data) - start))(data, start, elements)
            return Decoded(value, stop, None, [], None)
        except FAULTY:
            return None
        except SeldomError:
            pass
    decoded = interpret(grammar, data, start, elements=elements)
    return decoded if decoded.error is None and not decoded.warnings else None


def interpret(
    grammar: Node, data: Buffer, start: int = 0, *, spans: bool = False, elements: int = UNBOUNDED
) -> Decoded:
    """Do what `decode` does, without the straight code that it prefers."""
    reader = Reader(data, start, spans=spans)
    reader.elements = elements
    try:
        value = grammar.read(reader)
    except WireError as error:
        partial = None if error.partial is UNREAD else error.partial
        return Decoded(partial, reader.position, error.problem, reader.warnings, reader.spans)
    return Decoded(value, reader.position, None, reader.warnings, reader.spans)
