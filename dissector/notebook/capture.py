"""A loaded capture at a glance, as HTML: when, who, what, how long it took, what went wrong, and the ledger.

Of a part of its exchanges the same, but for the ledger, which is that of the capture.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.notebook.charts import bar, bars
from dissector.notebook.markup import page, text
from dissector.views import ledger, style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece
from dissector.views.timestamps import iso_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dissector.loaded import ApiSummary, LoadedCapture, Summary

_APIS: Final = 20  # rows
_NAMES: Final = 8  # in a list
_NAME, _COUNT = 28, 8  # columns of a line
_HEADINGS: Final = ("API", "versions", "exchanges", "over time", "median", "99 %", "longest", "unanswered")


def capture_page(capture: LoadedCapture) -> str:
    """Return what there is in a capture."""
    broken = "" if capture.error is None else f"broke off: {printable(str(capture.error))}"
    return page("capture", _overview(capture.summary(), broken) + _ledger(capture))


def capture_lines(capture: LoadedCapture, columns: int | None) -> Iterator[str]:
    """Yield the same as lines of text; what is longer than so many columns goes on in a further line."""
    yield from summary_lines(capture.summary(), columns)
    yield from ledger.lines(capture.ledger, columns=columns)


def summary_page(found: Summary) -> str:
    """Return what there is among exchanges."""
    return page("capture", _overview(found))


def summary_lines(found: Summary, columns: int | None) -> Iterator[str]:
    """Yield the same as lines of text; what is longer than so many columns goes on in a further line."""
    name, count = _NAME, _COUNT
    if columns is not None:
        name = max((len(api.name) for api in found.apis), default=0)
        count = max((len(str(api.exchanges)) for api in found.apis), default=0)
    for line in _summary_lines(found, name, count):
        yield style.plain(style.fold([Piece(line)], columns, 6))


def _summary_lines(found: Summary, name: int, count: int) -> Iterator[str]:
    yield from (line for line in (_title(found), _when(found)) if line)
    for api in found.apis:
        slow = f"  median {_milliseconds(api.median)}  longest {_milliseconds(api.longest)}" if api.median else ""
        yield f"  {api.name:<{name}} {api.exchanges:>{count}}  {_versions(api):<12}{slow}"
    for title, counts in (("topics", found.topics), ("groups", found.groups), ("errors", found.errors)):
        if counts:
            named = (f"{printable(name)} {count}" for name, count in counts.items())
            yield f"  {title}: {wording.listing(named, len(counts), _NAMES)}"
    if _sample(found):
        yield f"  ({_sample(found)})"


def _overview(found: Summary, broken: str = "") -> str:
    if found.start is None:
        return _head(found, broken)
    lists = [
        ("client id", {"none" if name is None else name: count for name, count in found.clients.items()}),
        ("broker", found.brokers),
        ("topic", found.topics),
        ("group", found.groups),
        ("error", found.errors),
    ]
    cards = "".join(_names(title, counts) for title, counts in lists if counts)
    sample = f'<div class="kd-note">{text(_sample(found))}</div>' if _sample(found) else ""
    return f'{_head(found, broken)}{_apis(found)}<div class="kd-cards">{cards}</div>{sample}'


def _title(found: Summary) -> str:
    return ", ".join(
        (
            wording.plural(found.exchanges, "exchange"),
            wording.plural(found.connections, "connection"),
            wording.plural(len(found.clients), "client id"),
            wording.plural(len(found.brokers), "broker"),
            f"{wording.size(found.bytes)} of messages",
        )
    )


def _sample(found: Summary) -> str:
    """Say of how many exchanges the bodies were looked into, if not of all."""
    if found.looked_into == found.exchanges:
        return ""
    part = f"{found.looked_into} of {found.exchanges} exchanges"
    return f"topics, groups and errors are those of {part}: .summary(bodies=None) looks into all"


def _when(found: Summary) -> str:
    if found.start is None or found.end is None:
        return ""
    start, end = (iso_timestamp(moment, 3).removesuffix("Z").replace("T", " ") for moment in (found.start, found.end))
    same_day = start[:10] == end[:10]
    return f"{start} to {end[11:] if same_day else end} UTC ({found.duration / 1e9:.3f} s)"


def _head(found: Summary, broken: str) -> str:
    lines = [f'<div><span class="kd-strong">{text(_title(found))}</span></div>']
    if broken:
        lines.append(f'<div class="kd-error">{text(broken)}</div>')
    if found.start is not None:
        answered = [count - lost for count, lost in zip(found.requests, found.unanswered, strict=True)]
        each = f"exchanges in {found.bucket / 1e9:.3g} s"
        lines.append(f'<div class="kd-dim">{text(_when(found))}</div>')
        lines.append(f"<div>{bars([answered, found.unanswered], width=600, height=44, unit=each)}</div>")
    return f'<div class="kd-overview">{"".join(lines)}</div>'


def _apis(found: Summary) -> str:
    headings = "".join(f"<th>{name}</th>" for name in _HEADINGS)
    most = max(api.exchanges for api in found.apis)
    rows = "".join(_api(api, most) for api in islice(found.apis, _APIS))
    more = len(found.apis) - _APIS
    note = f'<div class="kd-note">+{more} more: .summary().apis[{_APIS}:]</div>' if more > 0 else ""
    return f'<table class="kd-apis"><thead><tr>{headings}</tr></thead><tbody>{rows}</tbody></table>{note}'


def _api(api: ApiSummary, most: int) -> str:
    lost = f'<span class="kd-error">{api.unanswered}</span>' if api.unanswered else ""
    numbers = (_milliseconds(value) for value in (api.median, api.p99, api.longest))
    cells = (
        f'<td class="kd-strong">{text(api.name)}</td><td>{text(_versions(api))}</td>'
        f"<td>{bar(api.exchanges, most)} {api.exchanges}</td><td>{bars([api.per_bucket], width=120, height=14)}</td>"
    )
    return f"<tr>{cells}{''.join(f'<td>{number}</td>' for number in numbers)}<td>{lost}</td></tr>"


def _names(title: str, counts: Mapping[str, int]) -> str:
    most = max(counts.values())
    rows = "".join(
        f'<div class="kd-count"><span title="{text(printable(name))}">{text(wording.elide(printable(name)))}</span>'
        f"<span>{bar(count, most)} {count}</span></div>"
        for name, count in islice(counts.items(), _NAMES)
    )
    more = f'<div class="kd-note">+{len(counts) - _NAMES} more</div>' if len(counts) > _NAMES else ""
    return f'<div class="kd-card"><div class="kd-strong">{wording.plural(len(counts), title)}</div>{rows}{more}</div>'


def _ledger(capture: LoadedCapture) -> str:
    lines = "".join(f"<div>{text(line)}</div>" for line in islice(ledger.lines(capture.ledger), 1, None))
    return f'<details class="kd-ledger" open><summary>ledger</summary>{lines}</details>'


def _versions(api: ApiSummary) -> str:
    known = [version for version in api.versions if version is not None]
    return f"v{wording.ranges(known, 6)}" if known else ""


def _milliseconds(nanoseconds: int | None) -> str:
    return "" if nanoseconds is None else f"{nanoseconds / 1e6:.3f} ms"
