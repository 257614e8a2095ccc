"""The coverage table: which APIs are known, in which versions, and which releases of Kafka speak them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dissector.views.style import Piece, paint
from dissector.views.wording import plural, ranges
from structs import headers, history
from structs.messages.releases import FORMER_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from structs.grammar import Api

_GAP: Final = "  "


class _Row(NamedTuple):
    key: str
    name: str
    versions: str
    flexible: str
    headers: str
    first: str
    last: str


_HEADING: Final = _Row("KEY", "NAME", "VERSIONS", "FLEX", "HEADERS", "FIRST", "LAST")


def lines(apis: Sequence[Api], *, color: bool, columns: int | None) -> Iterator[str]:
    """Yield a heading and a line for each API; former names follow at its end, or below it where the terminal ends."""
    rows = [_row(api) for api in apis]
    widths = [max(len(cells[index]) for cells in (_HEADING, *rows)) for index in range(len(_HEADING))]
    yield paint([Piece(_line(_HEADING, widths), "dim")], color=color)
    for api, row in zip(apis, rows, strict=True):
        text, former = _line(row, widths), former_names(api)
        if former and columns is not None and len(text + _GAP + former) > columns:
            yield text.rstrip()
            text = " " * (widths[0] + 1)
        elif former:
            text += _GAP
        yield paint([Piece(text), Piece(former, "dim")], color=color).rstrip()


def totals(apis: Iterable[Api]) -> str:
    """Return how much the table covers."""
    counts = [sum(1 for _ in api.versions.each()) for api in apis]
    return f"{plural(len(counts), 'API')}, {plural(sum(counts), 'version')}, {plural(2 * sum(counts), 'message')}"


def to_json(apis: Iterable[Api]) -> str:
    """Return the table as a JSON array, an object for each API (a line each).

    Keys: `key`, `name`, `former_names`, `flexible_from` (null: never), `first_release`, `last_release` (null: it is
    still there) and `versions`, an object for each: `version`, `flexible`, `request_header`, `response_header` (their
    versions), `first_release`, `last_release`.
    """
    objects = (json.dumps(_object(api), ensure_ascii=False) for api in apis)
    return "[\n" + ",\n".join(objects) + "\n]"


def former_names(api: Api) -> str:
    """Return what an API was called in earlier releases, empty if it has kept its name."""
    names = FORMER_NAMES.get(api.key, ())
    return f"formerly {', '.join(names)}" if names else ""


def flexible_from(api: Api) -> int | None:
    """Return the first flexible version, None if there is none."""
    return next((version for version in api.versions.each() if version in api.flexible), None)


def version_object(api: Api, version: int) -> dict[str, Any]:
    """Return what JSON says of a version."""
    return {
        "version": version,
        "flexible": version in api.flexible,
        "request_header": headers.request_header_version(api, version),
        "response_header": headers.response_header_version(api, version),
        "first_release": history.first_release(api.key, version),
        "last_release": history.last_release(api.key, version),
    }


def _object(api: Api) -> dict[str, Any]:
    return {
        "key": api.key,
        "name": api.name,
        "former_names": list(FORMER_NAMES.get(api.key, ())),
        "flexible_from": flexible_from(api),
        "first_release": history.first_release(api.key),
        "last_release": history.last_release(api.key),
        "versions": [version_object(api, version) for version in api.versions.each()],
    }


def _row(api: Api) -> _Row:
    flexible = flexible_from(api)
    requests = {headers.request_header_version(api, version) for version in api.versions.each()}
    responses = {headers.response_header_version(api, version) for version in api.versions.each()}
    return _Row(
        str(api.key),
        api.name,
        str(api.versions),
        "-" if flexible is None else f"{flexible}+",
        f"{ranges(requests)}/{ranges(responses)}",
        history.first_release(api.key),
        history.last_release(api.key) or "",
    )


def _line(row: _Row, widths: Sequence[int]) -> str:
    key, *cells = row
    padded = [cell.ljust(width) for cell, width in zip(cells, widths[1:], strict=True)]
    return f"{key.rjust(widths[0])} {_GAP.join(padded)}"
