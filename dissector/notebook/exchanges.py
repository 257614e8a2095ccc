"""Several exchanges as HTML: a line for each, which opens to its fields."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from dissector.notebook.exchange import Bounds, section
from dissector.notebook.markup import page, pieces, text
from dissector.views.escape import printable
from dissector.views.text import api, facts, packets
from dissector.views.timestamps import iso_timestamp
from dissector.views.wording import endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dissector.exchanges import Exchange

_INSIDE: Final = Bounds(elements=10, lines=120, rows=0)  # a line opens to its fields; alone, an exchange has its bytes
_HEADING: Final = (
    '<div class="kd-heading"><span></span><span>{date} UTC</span><span class="kd-number">packets</span>'
    '<span class="kd-number">latency</span><span class="kd-wide">client -&gt; server</span><span>API</span>'
    "<span>client id</span><span>request =&gt; response</span></div>"
)


def exchanges_page(exchanges: Iterable[Exchange], count: int, *, show_secrets: bool) -> str:
    """Return the first exchanges of many; the number in front of each is its index."""
    several = list(islice(exchanges, count + 1))
    rows, date = [], ""
    for index, exchange in enumerate(several[:count]):
        first = exchange.request or exchange.response
        day, _, time = iso_timestamp(first.timestamp if first else 0, 6).removesuffix("Z").rpartition("T")
        if day != date:
            date = day
            rows.append(_HEADING.format(date=text(day)))
        rows.append(_row(index, time, exchange, show_secrets=show_secrets))
    if not several:
        rows.append('<div class="kd-note">no exchanges</div>')
    if len(several) > count:
        rows.append(f'<div class="kd-note">more than {count}: show(&hellip;, count={count * 10})</div>')
    return page("exchanges", f'<div class="kd-table">{"".join(rows)}</div>')


def _row(index: int, time: str, exchange: Exchange, *, show_secrets: bool) -> str:
    connection, latency = exchange.connection, exchange.latency
    client = printable(exchange.client_id) if exchange.client_id is not None else ""
    ends = f"{endpoint(connection.client)} -> {endpoint(connection.server)}"
    cells = (
        f'<span class="kd-dim">{index}</span>',
        f'<span class="kd-dim">{text(time)}</span>',
        f'<span class="kd-dim kd-number">{text(packets(exchange))}</span>',
        f'<span class="kd-number">{"" if latency is None else f"{latency / 1e6:.3f} ms"}</span>',
        f'<span class="kd-wide">{text(ends)}</span>',
        f'<span class="kd-strong">{text(api(exchange))}</span>',
        f'<span class="kd-client">{text(client)}</span>',
        f"<span>{pieces(facts(exchange))}</span>",
    )
    messages = [message for message in (exchange.request, exchange.response) if message is not None]
    inside = "".join(section(message, exchange, _INSIDE, show_secrets=show_secrets) for message in messages)
    return f"<details><summary>{''.join(cells)}</summary>{inside}</details>"
