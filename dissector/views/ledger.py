"""The decode ledger as text: where every captured byte went, and what to do where Kafka was not found."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from dissector.ledger import Category
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.ledger import Ledger

_MAX_CAUSES: Final = 8  # causes of a category, or ports, that are shown
_TROUBLE: Final = (Category.HEADER_ONLY, Category.UNDECODED, Category.NOT_KAFKA)
_PORT: Final = re.compile(r"port (\d+)")


def lines(
    ledger: Ledger, *, color: bool = False, is_interrupted: bool = False, has_advice: bool = True
) -> Iterator[str]:
    """Yield the ledger's lines; `is_interrupted` says that the capture was not read to its end.

    With `has_advice` the last lines say what to do next, where no Kafka was found.
    """
    rows = [_packets(ledger), _exchanges(ledger), *_payload(ledger)]
    if is_interrupted:
        rows.append([Piece("  interrupted: what was still open is not counted", "warning")])
    else:
        rows += [[Piece(f"  does not balance: {text}", "error")] for text in ledger.discrepancies()]
    if has_advice:
        rows += [[Piece(text, "warning")] for text in advice(ledger)]
    yield style.paint([Piece("ledger", "strong")], color=color)
    for row in rows:
        yield style.paint(row, color=color)


def advice(ledger: Ledger) -> Iterator[str]:
    """Yield what to do next where no Kafka was found, or where there may be more of it."""
    causes = _causes(ledger, Category.NOT_KAFKA)
    ports = Counter({match[1]: size for cause, size in causes.items() if (match := _PORT.fullmatch(cause))})
    if ledger.exchanges:
        if ports:
            yield "  other ports were not looked at: --port names those of brokers and controllers"
    elif not ledger.packets:
        yield "no packets: nothing was captured (wrong interface, or a filter that nothing passes?)"
    elif not ledger.captured:
        yield "no Kafka: the packets carry no TCP payload"
    elif not causes:
        yield "no Kafka: what stands on its ports does not read as requests and responses"
    else:
        yield from _elsewhere(set(causes) - {f"port {port}" for port in ports}, ports)


def _elsewhere(protocols: set[str], ports: Counter[str]) -> Iterator[str]:
    if ports:
        listed = (f"{port} ({wording.size(size)})" for port, size in ports.most_common())
        traffic = wording.listing(listed, len(ports), _MAX_CAUSES)
        yield f"no Kafka on the ports looked at; there was traffic on port {traffic}"
        yield f"if one of them is a broker's: --port {ports.most_common(1)[0][0]}"
    for protocol in sorted(protocols):
        if protocol == "TLS":
            yield "TLS on a port of Kafka: decrypt it first (tshark with a key log), or capture a plaintext listener"
        else:
            yield f"{printable(protocol)} on a port of Kafka: another --port may be the broker's"


def _packets(ledger: Ledger) -> Pieces:
    skipped = sum(ledger.packets_skipped.values())
    text = f"  {wording.plural(ledger.packets, 'packet')}, {wording.plural(ledger.connections, 'TCP connection')}"
    if skipped:
        reasons = [f"{count} {printable(reason)}" for reason, count in ledger.packets_skipped.most_common()]
        text += f"; {skipped} packets without TCP: {wording.listing(reasons, len(reasons), _MAX_CAUSES)}"
    return [Piece(text)]


def _exchanges(ledger: Ledger) -> Pieces:
    total = sum(ledger.exchanges.values())
    pieces = [Piece(f"  {wording.plural(total, 'exchange')}")]
    for number, ((outcome, reason), count) in enumerate(ledger.exchanges.most_common()):
        why = f" ({wording.reason(reason)})" if reason else ""
        tone = "warning" if outcome in ("unanswered", "orphan_response") else ""
        pieces += [Piece(", " if number else ": "), Piece(f"{count} {outcome.replace('_', ' ')}{why}", tone)]
    return pieces


def _payload(ledger: Ledger) -> Iterator[Pieces]:
    yield [Piece(f"  {ledger.captured} bytes of TCP payload captured")]
    digits = len(str(ledger.captured))
    for category in Category:
        size = ledger.total(category)
        if not size:
            continue
        share = f"{100 * size / ledger.captured:5.1f} %" if ledger.captured else "      -"
        tone = "warning" if category in _TROUBLE else ""
        causes = _causes(ledger, category)
        yield [
            Piece(f"    {size:>{digits}}  {share}  "),
            Piece(category.value, tone),
            Piece(_why(ledger, category, causes)),
        ]
    if ledger.lost:
        text = f"  {ledger.lost} of {ledger.span} bytes of the streams are not in the capture"
        yield [Piece(text, "warning")]


def _causes(ledger: Ledger, category: Category) -> Counter[str]:
    return Counter({entry.cause: size for entry, size in ledger.entries.items() if entry.category is category and size})


def _why(ledger: Ledger, category: Category, causes: Counter[str]) -> str:
    examples = {entry.cause: packets for entry, packets in ledger.examples.items() if entry.category is category}
    texts = []
    for cause, size in causes.most_common(_MAX_CAUSES):
        packets = examples.get(cause)
        seen = f" (packet {', '.join(map(str, packets))}{', …' if len(packets) > 2 else ''})" if packets else ""
        name = printable(cause).replace("_", " ")
        if name or (seen and category in _TROUBLE):
            texts.append(f"{name + ' ' if name else ''}{size}{seen}" if len(causes) > 1 else f"{name}{seen}")
    more = len(causes) - _MAX_CAUSES
    return (": " + "; ".join(texts) if texts else "") + (f"; +{more} more causes" if more > 0 else "")
