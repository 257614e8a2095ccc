"""What pictures show is what the capture says; how they look was looked at."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import dates

import dissector
from dissector import facts, pictures
from dissector.exchanges import Outcome
from dissector.pictures import canvas, memberships
from dissector.pictures.groups import pauses

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

ALL = [pictures.latency, pictures.in_flight, pictures.throughput, pictures.errors, pictures.sequence, pictures.group]
CAPTURES = ["orders.pcapng", "groups.pcap", "errors.pcap", "connect.pcap", "kafka-0.8.2.pcap", "quorum.pcap"]


def exchanges(captures: Path, name: str) -> list[Any]:
    with dissector.open_capture(captures / name) as capture:
        return list(capture)


def drawn(ax: Axes) -> bytes:
    """Render a picture: what cannot be drawn fails here, warnings about letters and layout included."""
    file = io.BytesIO()
    ax.figure.savefig(file, format="png", dpi=60)
    return file.getvalue()


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("picture", ALL)
def test_every_capture_can_be_drawn(captures: Path, name: str, picture: Any) -> None:
    assert drawn(picture(exchanges(captures, name)))


@pytest.mark.parametrize("picture", ALL)
def test_nothing_to_draw_is_said(picture: Any) -> None:
    ax = picture(iter([]))
    assert ax.texts[0].get_text().startswith(("no ", "nothing"))
    assert drawn(ax)


@pytest.mark.parametrize("picture", ALL)
def test_hostile_names_are_text(make_exchange: Any, picture: Any) -> None:
    """Dollars would begin a formula, escapes would reach the file."""
    name = "$\\frac{1}{$ _x <b>\x1b[2J\u202e"
    join = {"group_id": name, "member_id": name, "protocols": []}
    several = [
        make_exchange(11, 5, join, {"generation_id": 1, "member_id": name, "leader": name}, client_id=name),
        make_exchange(3, 1, {"topics": [{"name": name}]}, {"topics": [{"error_code": 3}]}, client_id=name),
    ]
    assert drawn(picture(several))


def test_axes_that_are_given_are_drawn_on(captures: Path) -> None:
    from matplotlib import pyplot

    figure, places = pyplot.subplots(2, layout="constrained")
    several = exchanges(captures, "orders.pcapng")
    assert pictures.latency(several, ax=places[0]) is places[0]
    assert pictures.in_flight(several, ax=places[1]).figure is figure


def test_every_answered_request_is_a_dot_at_its_time(captures: Path) -> None:
    several = exchanges(captures, "errors.pcap")
    ax = pictures.latency(several)
    *answered, unanswered = ax.collections
    found = sorted((round(x * 86_400_000_000), y) for dots in answered for x, y in dots.get_offsets())
    told = sorted(
        (round(each.request.timestamp / 1000), each.latency / 1e6) for each in several if each.latency is not None
    )
    assert [y for _, y in found] == pytest.approx([y for _, y in told])
    assert [x for x, _ in found] == pytest.approx([x for x, _ in told], abs=2)
    assert len(unanswered.get_offsets()) == sum(each.outcome is Outcome.UNANSWERED for each in several)
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize("by", ["api", "client", "broker"])
def test_the_legend_counts_what_is_drawn(captures: Path, by: Any) -> None:
    several = [each for each in exchanges(captures, "orders.pcapng") if each.latency is not None]
    labels = [text.get_text() for text in pictures.latency(several, by=by).get_legend().get_texts()]
    assert sum(int(label.rpartition("(")[2].rstrip(")")) for label in labels) == len(several)


def test_times_are_those_of_the_capture(captures: Path) -> None:
    several = exchanges(captures, "orders.pcapng")
    ax = pictures.latency(several)
    ax.figure.canvas.draw()
    assert ax.get_xlabel() == "time on 2026-11-20 (UTC)"
    labels = [(tick.get_loc(), tick.label1.get_text()) for tick in ax.xaxis.get_major_ticks()]
    assert 4 <= len(labels) <= 10
    for place, text in labels:
        moment = dates.num2date(place)
        assert moment.tzinfo is UTC or moment.utcoffset() == datetime.now(UTC).utcoffset()
        assert text == moment.strftime("%H:%M:%S")


def test_nothing_stays_in_flight(captures: Path) -> None:
    for line in pictures.in_flight(exchanges(captures, "cluster.pcap")).lines:
        counts = list(line.get_ydata())
        assert min(counts) == 0 == counts[-1]


def test_all_bytes_of_record_batches_are_in_the_bars(captures: Path) -> None:
    several = exchanges(captures, "orders.pcapng")
    ax = pictures.throughput(several, interval=0.5)
    seen = sum(patch.get_height() * 0.5 for patch in ax.patches if patch.get_height() > 0)
    told = 0
    for each in several:
        if each.api_key == 0:
            partitions = [part for topic in each.request.body["topic_data"] for part in topic["partition_data"]]
            told += sum(part["records"].size for part in partitions)
    assert seen == pytest.approx(told)


def test_topics_of_kafka_itself_are_in_the_legend(captures: Path) -> None:
    """Labels that begin with `_` are none to matplotlib."""
    ax = pictures.throughput(exchanges(captures, "cluster.pcap"))
    named = [text.get_text().split()[0] for text in ax.get_legend().get_texts()]
    assert sorted(named) == ["__cluster_metadata", "__consumer_offsets", "orders"]


def test_every_error_is_a_dot(captures: Path) -> None:
    several = exchanges(captures, "errors.pcap")
    told = Counter(name for each in several for name in facts.errors(each))
    ticks = [label.get_text().rsplit("  ", 1) for label in pictures.errors(several).get_yticklabels()]
    assert {name: int(count) for name, count in ticks if name[0] != "("} == dict(told)


def test_a_conversation_has_an_arrow_for_each_message(captures: Path) -> None:
    several = exchanges(captures, "orders.pcapng")
    one = [each for each in several if each.connection.id == several[0].connection.id]
    ax = pictures.sequence(one)
    arrows = [text for text in ax.texts if hasattr(text, "arrow_patch")]
    assert len(arrows) == sum((each.request is not None) + (each.response is not None) for each in one)
    assert "of more than 1" in pictures.sequence(one, count=1).get_title(loc="left")


def test_members_have_the_partitions_that_their_leader_assigned(captures: Path) -> None:
    """Of the recorded rebalances: two members share four partitions while both are there."""
    found = memberships.groups(exchanges(captures, "groups.pcap"))
    first, second = found["range"]
    assert [phase.text for phase in first.phases if phase.kind == "member"] == [
        "orders[0-3]",
        "orders[0-1]",
        "orders[0-3]",
    ]
    assert [phase.text for phase in second.phases if phase.kind == "member"] == ["orders[2-3]"]
    assert first.is_leader
    assert [moment.kind for moment in second.moments] == ["leave"]
    assert [each.generation for each in pauses(found["range"])] == [1, 2, 3]


def test_members_of_the_new_protocol_have_epochs(captures: Path) -> None:
    first, second = memberships.groups(exchanges(captures, "groups.pcap"))["kip-848"]
    assert [phase.generation for phase in first.phases if phase.kind == "member"] == [2, 2, 3, 4]
    assert [phase.text for phase in second.phases if phase.kind == "member"] == ["nothing", "orders[2-3]"]


def test_members_of_share_groups_have_partitions(captures: Path) -> None:
    first, second = memberships.groups(exchanges(captures, "groups.pcap"))["share"]
    assert (first.phases[-1].text, second.phases[-1].text) == ("orders[1,3]", "orders[0-3]")  # the second left last
    for member in (first, second):
        assert [moment.kind for moment in member.moments] == ["leave"]


def test_members_of_kafka_streams_have_tasks(captures: Path) -> None:
    found = memberships.groups(exchanges(captures, "streams.pcap"))["statistics-streams"]
    texts = {phase.text for member in found for phase in member.phases if phase.kind == "member"}
    assert texts >= {"nothing", "0[0-1], 1[0-1]", "0[0], 1[0], standby 1[1]", "0[1], 1[1], standby 1[0]"}


def test_a_heartbeat_without_an_answer_begins_nothing(captures: Path) -> None:
    several = exchanges(captures, "groups.pcap")
    beats = [
        each for each in several if each.api_name == "ConsumerGroupHeartbeat" and each.request.body["member_epoch"] > 0
    ]
    joined = [
        each for each in several if each.api_name == "ConsumerGroupHeartbeat" and each.request.body["member_epoch"] == 0
    ]
    beats[0].response = None
    (member,) = memberships.groups([joined[0], beats[0]])["kip-848"]
    assert [phase.generation for phase in member.phases if phase.kind == "member"] == [2]
    assert [moment.kind for moment in member.moments] == ["no answer"]


@pytest.mark.parametrize("held", [1, 50])
def test_few_exchanges_are_held_to_put_them_in_order(
    captures: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    several = [each for each in exchanges(captures, "groups.pcap") if each.outcome == "answered"]
    whole = memberships.groups(several)
    monkeypatch.setattr(memberships, "_AT_ONCE", held)
    assert memberships.groups(several) == whole


def test_workers_of_connect_have_connectors(captures: Path) -> None:
    members = memberships.groups(exchanges(captures, "connect.pcap"))["warehouse"]
    texts = {phase.text for member in members for phase in member.phases}
    assert "import" in texts
    assert any(text.startswith(("import[", "export[")) or ", " in text for text in texts)


def test_phases_of_a_member_follow_one_another(captures: Path) -> None:
    for name in ("groups.pcap", "streams.pcap", "connect.pcap", "mock.pcap"):
        for members in memberships.groups(exchanges(captures, name)).values():
            for member in members:
                for before, after in zip(member.phases, member.phases[1:], strict=False):
                    assert before.start <= before.stop <= after.start <= after.stop


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(0.25, "250 µs"), (1.5, "1.5 ms"), (999, "999 ms"), (1000, "1 s"), (90_000, "90 s")]
)
def test_durations_have_the_unit_that_fits(milliseconds: float, text: str) -> None:
    assert canvas.duration(milliseconds) == text
