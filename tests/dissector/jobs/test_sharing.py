"""Several processes give the answer of one."""

from __future__ import annotations

import json
import os
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from dissector import filters, open_capture
from dissector.jobs import sharing
from dissector.jobs.sharing import Shared
from dissector.sources.errors import CaptureError
from dissector.views import formats
from structs.records import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from dissector.exchanges import Exchange

JSONL = partial(formats.maker, "jsonl")


def alone(*files: Path, where: str | None = None, recipe: Any = JSONL, **options: Any) -> tuple[list[Any], dict]:
    make = recipe()
    with open_capture(*files, where=where, **options) as capture:
        made = [make(exchange) for exchange in capture]
    return made, json.loads(json.dumps(capture.ledger.as_dict()))


def shared(
    *files: Path,
    where: str | None = None,
    recipe: Any = JSONL,
    jobs: int = 1,
    batch: int = 32,
    helps: bool = False,
    say: Any = print,
    **options: Any,
) -> tuple[list[Any], dict]:
    picks = None if where is None else filters.parse(where)
    capture = open_capture(*files, **options)
    with Shared(capture, recipe, jobs=jobs, where=picks, batch=batch, helps=helps, say=say) as items:
        made = list(items)
    return made, json.loads(json.dumps(items.ledger.as_dict()))


@pytest.mark.parametrize("name", ["sasl.pcap", "errors.pcap", "transactions.pcap", "kafka-0.10.2.pcap"])
def test_the_lines_and_the_ledger_are_the_same(name: str, captures: Path) -> None:
    assert shared(captures / name) == alone(captures / name)


def test_whoever_made_them(captures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers, and this process as soon as they have enough to do."""
    monkeypatch.setattr(sharing, "_FROM", 0)
    files = [captures / name for name in ("orders.pcapng", "streams.pcap", "groups.pcap")]
    assert shared(*files, jobs=3, batch=8, helps=True) == alone(*files)


@pytest.mark.parametrize("form", ["text", "tree"])
def test_other_formats(form: str, captures: Path) -> None:
    recipe = partial(formats.maker, form, show_secrets=True, color=True, columns=100)
    assert shared(captures / "sasl.pcap", recipe=recipe) == alone(captures / "sasl.pcap", recipe=recipe)


def test_with_a_filter_that_looks_into_bodies(captures: Path) -> None:
    options = {"where": "topic == orders or error", "record_limits": Limits(records=3)}
    made, ledger = shared(captures / "orders.pcapng", **options)
    assert (made, ledger) == alone(captures / "orders.pcapng", **options)
    assert 0 < len(made) < sum(entry["count"] for entry in ledger["exchanges"])
    assert any(entry["category"] == "undecoded" for entry in ledger["payload"]["entries"])


def test_what_is_no_kafka_is_booked_between(captures: Path, tmp_path: Path) -> None:
    """The order of the ledger's examples is that in which one process would have come upon them."""
    options = {"ports": [9093], "decode_as": [9094]}
    assert shared(captures / "cluster.pcap", **options) == alone(captures / "cluster.pcap", **options)


def test_a_broken_capture(captures: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pcap"
    broken.write_bytes((captures / "sasl.pcap").read_bytes()[:50_000])
    results = []
    for helps in (False, True):
        made = []
        with Shared(open_capture(broken), JSONL, jobs=1, batch=16, helps=helps) as items:
            with pytest.raises(CaptureError, match="cut short") as raised:
                made.extend(items)
            results.append((made, str(raised.value), items.ledger.as_dict()))
    assert results[0] == results[1]
    assert results[0][0]
    assert results[0][2]["discrepancies"] == []


def failing() -> Any:
    """Return what cannot make anything of the hundredth exchange."""
    count = 0

    def make(exchange: Exchange) -> int:
        nonlocal count
        count += 1
        if count == 100:
            raise ZeroDivisionError("one hundred")
        return count

    return make


def test_an_error_is_raised_in_its_turn(captures: Path) -> None:
    made = []
    with (
        Shared(open_capture(captures / "orders.pcapng"), failing, jobs=1, batch=16, helps=False) as items,
        pytest.raises(ZeroDivisionError, match="one hundred") as raised,
    ):
        made.extend(items)
    assert made == list(range(1, 100))
    assert "in make" in raised.value.__notes__[0], "the place where it was raised"


def dying(main: int) -> Any:
    """Return what ends its process after a hundred exchanges, unless it is the main one."""
    make = JSONL()
    count = 0

    def make_or_die(exchange: Exchange) -> bytes:
        nonlocal count
        count += 1
        if count == 100 and os.getpid() != main:
            os.kill(os.getpid(), signal.SIGKILL)
        return make(exchange)

    return make_or_die


def test_the_work_of_a_process_that_ends_is_done_again(captures: Path) -> None:
    said: list[str] = []
    recipe = partial(dying, os.getpid())
    assert shared(captures / "orders.pcapng", recipe=recipe, jobs=2, say=said.append) == alone(
        captures / "orders.pcapng"
    )
    assert said == ["a process of --jobs was ended by SIGKILL: its work is done again"] * len(said)
    assert said


def test_who_has_enough_ends_the_workers(captures: Path) -> None:
    with Shared(open_capture(captures / "orders.pcapng"), JSONL, jobs=2, batch=4, helps=False) as items:
        next(iter(items))
        workers = [worker._process for worker in items._workers]
        assert [worker.poll() for worker in workers] == [None, None]
    assert all(worker.returncode is not None for worker in workers)


def test_little_is_done_alone(captures: Path) -> None:
    """Before another process has begun, this one is at the end."""
    with Shared(open_capture(captures / "sasl.pcap"), JSONL, jobs=8) as items:
        made = list(items)
        assert items._workers == []
    assert (made, json.loads(json.dumps(items.ledger.as_dict()))) == alone(captures / "sasl.pcap")
