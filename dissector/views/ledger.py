"""The decode ledger as text: where every captured byte went, and what to do where Kafka was not found."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from dissector import decryption
from dissector.ledger import Category
from dissector.recognition import USUAL_PORTS
from dissector.sources import tshark
from dissector.views import style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dissector.ledger import Ledger

_MAX_CAUSES: Final = 8  # causes of a category, or ports, that are shown
_TROUBLE: Final = (Category.HEADER_ONLY, Category.UNDECODED, Category.ENCRYPTED, Category.NOT_KAFKA)
_PORT: Final = re.compile(r"(?:(?P<protocol>.+) on )?port (?P<port>\d+)")

_HINTS: Final = {
    "TLS": "if it is a broker's, --keylog FILE decrypts it, if the capture has its handshake",
    "GSSAPI": "if it is a broker's of 0.9, --decode-as that port",
}
_NO_HANDSHAKE: Final = "not decrypted, since the capture has no handshake: it must begin before clients connect"
_INCOMPLETE: Final = "it must be written by one of the two ends, from before they connect"
_DECRYPTION_HINTS: Final = {
    decryption.NO_SECRETS: _INCOMPLETE,
    decryption.SOME_SECRETS: _INCOMPLETE,
    tshark.NOT_INSTALLED: f"it is what decrypts ({tshark.HOW_TO_INSTALL})",
}


def lines(
    ledger: Ledger,
    *,
    color: bool = False,
    picked: int | None = None,
    is_interrupted: bool = False,
    has_advice: bool = True,
    columns: int | None = None,
) -> Iterator[str]:
    """Yield the ledger's lines; `is_interrupted` says that the capture was not read to its end.

    `picked` is how many of the exchanges passed a filter, None where there was none. With `has_advice` the last lines
    say what to do next, where no Kafka was found. What is longer than so many `columns` goes on in the next line.
    """
    rows = [_packets(ledger), *_drops(ledger), _exchanges(ledger)]
    if picked is not None:
        rows.append([Piece(f"  {picked} of them picked by the filter")])
    rows += _payload(ledger)
    if is_interrupted:
        rows.append([Piece("  interrupted: what was still open is not counted", "warning")])
    else:
        rows += [[Piece(f"  does not balance: {text}", "error")] for text in ledger.discrepancies()]
    if has_advice:
        rows += [[Piece(text, "warning")] for text in advice(ledger)]
    yield style.paint([Piece("ledger", "strong")], color=color)
    for row in rows:
        text = style.plain(row)
        indent = len(text) - len(text.lstrip())
        yield style.paint(style.fold(row, columns, indent + 2), color=color)


def advice(ledger: Ledger) -> Iterator[str]:
    """Yield what to do next where no Kafka was found, or where there may be more of it."""
    causes = _causes(ledger, Category.NOT_KAFKA)
    ports: Counter[str] = Counter()
    protocols: dict[str, list[str]] = {}
    for cause, size in causes.most_common():
        if match := _PORT.fullmatch(cause):
            if match["protocol"]:
                protocols.setdefault(match["protocol"], []).append(match["port"])
            else:
                ports[match["port"]] += size
    if ledger.exchanges:
        if ports and not ledger.recognises:
            yield "  other ports were not looked at: without --port, Kafka is recognised on any"
        protocols = {name: at for name in protocols if (at := _usual(protocols[name]))}
    elif not ledger.packets:
        yield "no packets: nothing was captured (wrong interface, or a filter that nothing passes?)"
    elif not ledger.captured:
        yield "no Kafka: the packets carry no TCP payload"
    elif not causes and ledger.total(Category.ENCRYPTED):
        yield "no Kafka: what could be is encrypted"
    elif not causes:
        yield "no Kafka: what stands on its ports does not read as requests and responses"
    elif ports:
        yield from _elsewhere(ports, recognises=ledger.recognises)
    indent = "  " if ledger.exchanges else ""
    for name, at in protocols.items():
        yield _protocol(name, at, indent=indent, decrypts=ledger.decrypts)
    for cause in _causes(ledger, Category.ENCRYPTED):
        if hint := _DECRYPTION_HINTS.get(cause):
            yield f"{indent}{cause}: {hint}"


def _elsewhere(ports: Counter[str], *, recognises: bool) -> Iterator[str]:
    listed = (f"{port} ({wording.size(size)})" for port, size in ports.most_common())
    traffic = wording.listing(listed, len(ports), _MAX_CAUSES)
    where = "recognised" if recognises else "on the ports looked at"
    yield f"no Kafka {where}; there was traffic on port {traffic}"
    option = "--decode-as" if recognises else "--port"
    yield f"if one of them is a broker's: {option} {ports.most_common(1)[0][0]}"


def _usual(ports: list[str]) -> list[str]:
    return [port for port in ports if int(port) in USUAL_PORTS]


def _protocol(name: str, ports: list[str], *, indent: str, decrypts: bool) -> str:
    """Say what to do about another protocol; the ports where Kafka usually is come first."""
    likely = _usual(ports)
    listed = wording.listing([*likely, *(port for port in ports if port not in likely)], len(ports), _MAX_CAUSES)
    hint = _NO_HANDSHAKE if name == "TLS" and decrypts else _HINTS.get(name, "not Kafka")
    return f"{indent}{printable(name)} on port {listed}: {hint}"


def _packets(ledger: Ledger) -> Pieces:
    skipped = sum(ledger.packets_skipped.values())
    text = f"  {wording.plural(ledger.packets, 'packet')}, {wording.plural(ledger.connections, 'TCP connection')}"
    if skipped:
        reasons = [f"{count} {printable(reason)}" for reason, count in ledger.packets_skipped.most_common()]
        text += (
            f"; {wording.plural(skipped, 'packet')} without TCP: {wording.listing(reasons, len(reasons), _MAX_CAUSES)}"
        )
    return [Piece(text)]


def drops(by_kernel: int, by_us: int) -> str:
    """Say how many packets a live capture dropped; nothing where none were."""
    places = [f"{by_kernel} by the kernel"] * bool(by_kernel) + [f"{by_us} by us, too slow to read them"] * bool(by_us)
    return f"{wording.plural(by_kernel + by_us, 'packet')} dropped: {', '.join(places)}" if places else ""


def _drops(ledger: Ledger) -> Iterator[Pieces]:
    if ledger.dropped_by_kernel is not None:
        dropped = drops(ledger.dropped_by_kernel, ledger.dropped_by_us or 0)
        yield [Piece(f"  {dropped}", "warning") if dropped else Piece("  no packets dropped")]


def _exchanges(ledger: Ledger) -> Pieces:
    total = sum(ledger.exchanges.values())
    pieces = [Piece(f"  {wording.plural(total, 'exchange')}")]
    for number, ((outcome, reason), count) in enumerate(ledger.exchanges.most_common()):
        why = f" ({wording.reason(reason)})" if reason else ""
        tone = "warning" if outcome in ("unanswered", "orphan_response") else ""
        pieces += [Piece(", " if number else ": "), Piece(f"{wording.outcomes(count, outcome)}{why}", tone)]
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
        span = f"  streams span {ledger.span} bytes = {ledger.unique} captured + "
        why = _list(ledger.losses, ledger.loss_examples)
        yield [Piece(span), Piece(f"{ledger.lost} lost{': ' if why else ''}{why}", "warning")]
    if ledger.conflicts:
        count = wording.plural(ledger.conflicts, "retransmission")
        text = f"  {count} with other bytes than were seen first, which count{_seen(ledger.conflict_examples)}"
        yield [Piece(text, "warning")]


def _causes(ledger: Ledger, category: Category) -> Counter[str]:
    return Counter({entry.cause: size for entry, size in ledger.entries.items() if entry.category is category and size})


def _why(ledger: Ledger, category: Category, causes: Counter[str]) -> str:
    examples = {entry.cause: packets for entry, packets in ledger.examples.items() if entry.category is category}
    why = _list(causes, examples if category in _TROUBLE else {})
    return f": {why}" if why else ""


def _list(causes: Counter[str], examples: dict[str, list[int]]) -> str:
    texts = []
    for cause, size in causes.most_common(_MAX_CAUSES):
        seen = _seen(examples.get(cause))
        name = printable(cause).replace("_", " ")
        if name or seen:
            texts.append(f"{name + ' ' if name else ''}{size}{seen}" if len(causes) > 1 else f"{name}{seen}")
    more = len(causes) - _MAX_CAUSES
    return "; ".join(texts) + (f"; +{more} more causes" if more > 0 else "")


def _seen(packets: list[int] | None) -> str:
    return f" (packet {', '.join(map(str, packets))}{', …' if len(packets) > 2 else ''})" if packets else ""
