"""What reads a message: the grammars of one side of an API's version, and what a header says but for its id."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dissector.recordsets import ways_to_records
from structs import headers, registry, wire
from structs.buffers import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dissector.ledger import Books
    from dissector.recordsets import Ways
    from structs.grammar import Api, Side
    from structs.records import Limits

_REQUEST_START: Final = struct.Struct(">hh")
ID_SIZE: Final = 4  # bytes of the correlation id, with which a response begins
ID_STOP: Final = 8  # where that of a request ends, behind API key and version


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """What reads one side of an API's version; messages share it.

    `api` is None where the API key is unknown, `grammar` where the version is, `header` for bare SASL tokens.
    `inferred` says that the grammar was guessed, `remark` what there is to say about that (see `dissector.inference`).
    `records` says how the `records` fields of the body are reached; it is empty for nearly all APIs.
    """

    api: Api | None
    api_key: int | None
    api_version: int | None
    side: Side
    header: wire.Struct | None
    grammar: wire.Struct | None
    inferred: bool = False
    remark: Problem | None = None
    records: Ways = field(init=False)

    def __post_init__(self) -> None:
        records = () if self.grammar is None else ways_to_records(self.grammar)
        object.__setattr__(self, "records", records)  # as frozen ones are set

    def unreadable(self, offset: int) -> Problem:
        """Say why there is no grammar for the body that begins at an offset."""
        if self.remark is not None:
            return self.remark
        if self.api_key is None:
            return Problem("request_not_captured", "the request that this answers is not known", offset, "")
        if self.api is None:
            return Problem("unknown_api", f"API key {self.api_key} is not known", offset, "")
        text = f"{self.api.name} version {self.api_version} is not known, only {self.api.versions}"
        return Problem("unknown_version", text, offset, "")


class Head:
    """What a message's header says but for the correlation id; the messages of a connection share it.

    `start` is where the body starts, None where the header is not whole; `warnings` say what is wrong with the header.
    Messages enter their bytes in `books`; their record batches may cost what `limits` say. Of the heads that a
    correlator keeps, `tail` is what follows the correlation id, `answer` the head of usual responses (None where there
    are none), and `teaches` says whether such exchanges may tell something of the cluster.
    """

    __slots__ = ("answer", "books", "client_id", "layout", "limits", "start", "tail", "teaches", "warnings")

    def __init__(
        self,
        layout: Layout,
        client_id: str | bytes | None,
        start: int | None,
        books: Books,
        limits: Limits,
        warnings: Sequence[Problem] = (),
    ) -> None:
        self.layout = layout
        self.client_id = client_id
        self.start = start
        self.books = books
        self.limits = limits
        self.warnings = warnings
        self.tail = b""
        self.answer: Head | None = None
        self.teaches = False


@lru_cache(maxsize=4096)
def layout_of(key: int, version: int, side: Side) -> Layout:
    """Return what reads a side of an API's version, as far as they are known."""
    api = registry.api(key)
    if api is None:
        header = headers.RequestHeader.at(1) if side == "request" else headers.ResponseHeader.at(0)
        return Layout(None, key, version, side, header, None)
    grammar = registry.grammar(key, version, side) if version in api.versions else None
    return Layout(api, key, version, side, registry.header(key, version, side), grammar)


def request_layout(data: bytes) -> Layout:
    """Return what reads the request that begins with these bytes."""
    if len(data) < _REQUEST_START.size:
        return Layout(None, None, None, "request", headers.RequestHeader.at(1), None)
    key, version = _REQUEST_START.unpack_from(data)
    return layout_of(key, version, "request")


def response_layout(request: Layout, data: bytes) -> Layout:
    """Return what reads the response to a request that begins with these bytes.

    A broker that lacks the requested version of ApiVersions says so with error 35 in a body of version 0 (KIP-511).
    """
    key, version = request.api_key, request.api_version
    if key is None or version is None:
        return UNKNOWN_RESPONSE
    if key == headers.API_VERSIONS and len(data) >= 6:
        (error_code,) = struct.unpack_from(">h", data, 4)
        if error_code == headers.UNSUPPORTED_VERSION:
            version = 0
    return layout_of(key, version, "response")


#: What reads a response of which nothing is known.
UNKNOWN_RESPONSE: Final = Layout(None, None, None, "response", headers.ResponseHeader.at(0), None)
#: The layouts of bare SASL tokens.
TOKENS: Final[dict[Side, Layout]] = {
    "request": Layout(None, None, None, "request", None, None),
    "response": Layout(None, None, None, "response", None, None),
}
