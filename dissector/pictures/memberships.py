"""What the members of a consumer group went through, as their own requests tell it.

Classic protocol (KIP-62, KIP-394): JoinGroup, SyncGroup, LeaveGroup. New protocols (KIP-848 for consumers, KIP-932 for
share groups, KIP-1071 for Kafka Streams): heartbeats, which carry the member's epoch, and its new assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush, heappushpop
from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.views import wording
from dissector.views.escape import printable
from structs.errors import error_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dissector.exchanges import Exchange

JOIN_GROUP: Final = 11
HEARTBEAT: Final = 12
LEAVE_GROUP: Final = 13
SYNC_GROUP: Final = 14
CONSUMER_GROUP_HEARTBEAT: Final = 68
SHARE_GROUP_HEARTBEAT: Final = 76
STREAMS_GROUP_HEARTBEAT: Final = 88
_AT_ONCE: Final = 4096  # exchanges that are held to put them in order


@dataclass(slots=True)
class Phase:
    """What a member did from `start` to `stop` (nanoseconds since the epoch).

    `kind` is "rebalance" (from the first request to join until it had its assignment, or gave up), or "member".
    `generation` is the group's, or the member's epoch; `text` is the assignment where it is known.
    """

    kind: str
    start: int
    stop: int
    generation: int | None = None
    text: str = ""
    is_open: bool = True


@dataclass(slots=True)
class Moment:
    """What happened to a member at a point in time: "leave", or the name of an error that it was answered."""

    kind: str
    at: int


@dataclass(slots=True)
class Member:
    """A member of a group: one that connects anew under another id is another member."""

    id: str
    client: str
    phases: list[Phase] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    is_leader: bool = False

    def begin(self, kind: str, at: int, generation: int | None = None) -> Phase:
        """End the phase at hand and begin another."""
        self.end(at)
        phase = Phase(kind, at, at, generation)
        self.phases.append(phase)
        return phase

    def end(self, at: int) -> None:
        """End the phase at hand, if one is."""
        if self.phases and self.phases[-1].is_open:
            self.phases[-1].stop = at
            self.phases[-1].is_open = False

    def reach(self, at: int) -> None:
        """Have the phase at hand reach up to a moment."""
        if self.phases and self.phases[-1].is_open:
            self.phases[-1].stop = max(self.phases[-1].stop, at)

    @property
    def current(self) -> Phase | None:
        """The phase at hand."""
        return self.phases[-1] if self.phases and self.phases[-1].is_open else None


def groups(exchanges: Iterable[Exchange]) -> dict[str, list[Member]]:
    """Return the members of every group, in the order in which they came."""
    found: dict[str, _Group] = {}
    several = (exchange for exchange in exchanges if exchange.api_key in _TAKERS and exchange.request is not None)
    for exchange in _in_order(several):
        body = exchange.request.body if exchange.request is not None else None
        group_id = (body or {}).get("group_id")
        if isinstance(group_id, str):
            found.setdefault(group_id, _Group()).take(exchange, body or {})
    return {name: group.members for name, group in found.items()}


def _in_order(exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
    """Yield exchanges by the time of their last packet: nearly so they come, and not all of them are held for that."""
    waiting: list[tuple[int, int, Exchange]] = []
    for place, exchange in enumerate(exchanges):
        entry = (exchange.settled_at, place, exchange)
        if len(waiting) < _AT_ONCE:
            heappush(waiting, entry)
        else:
            yield heappushpop(waiting, entry)[-1]
    while waiting:
        yield heappop(waiting)[-1]


class _Group:
    """The members of one group, as exchanges come in the order in which they settle."""

    def __init__(self) -> None:
        self._members: dict[str, Member] = {}
        self._joining: dict[int, int] = {}  # connection -> since when a member without an id wants to join

    def take(self, exchange: Exchange, body: Mapping[str, Any]) -> None:
        """Take the next exchange."""
        answer = (exchange.response.body if exchange.response is not None else None) or {}
        _TAKERS[exchange.api_key or 0](self, exchange, body, answer)

    @property
    def members(self) -> list[Member]:
        """The members, in the order in which they came."""
        return list(self._members.values())

    def _member(self, exchange: Exchange, member_id: Any) -> Member:
        name = printable(member_id)
        client = "" if exchange.client_id is None else printable(exchange.client_id)
        return self._members.setdefault(name, Member(name, client))

    def _join(self, exchange: Exchange, body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        start, stop = exchange.request.timestamp, exchange.settled_at  # type: ignore[union-attr]
        error = error_name(answer.get("error_code", 0))
        asked = body.get("member_id") or ""
        if error == "MEMBER_ID_REQUIRED" or not (asked or answer.get("member_id")):
            self._joining.setdefault(exchange.connection.id, start)  # KIP-394: it comes again with the id it was given
            return
        member = self._member(exchange, answer.get("member_id") or asked)
        if member.current is None or member.current.kind != "rebalance":
            member.begin("rebalance", self._joining.pop(exchange.connection.id, start))
        if error != "NONE":
            member.reach(stop)
            member.moments.append(Moment(error, stop))
            return
        member.reach(stop)
        member.is_leader = bool(answer) and answer.get("leader") == answer.get("member_id")
        if member.current is not None:
            member.current.generation = answer.get("generation_id", -1)

    def _sync(self, exchange: Exchange, body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        member, stop = self._member(exchange, body.get("member_id")), exchange.settled_at
        error = error_name(answer.get("error_code", 0))
        if error != "NONE" or not answer:
            member.reach(stop)
            member.moments.append(Moment(error if answer else "no answer", stop))
            return
        phase = member.begin("member", stop, body.get("generation_id"))
        phase.text = _assigned(exchange, answer)

    def _beat(self, exchange: Exchange, body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        member = self._member(exchange, body.get("member_id"))
        if member.current is None and not member.phases:
            member.begin("member", exchange.settled_at, body.get("generation_id"))
        member.reach(exchange.settled_at)
        error = error_name(answer.get("error_code", 0))
        if error not in ("NONE", "REBALANCE_IN_PROGRESS"):
            member.moments.append(Moment(error, exchange.settled_at))

    def _leave(self, exchange: Exchange, body: Mapping[str, Any], _: Mapping[str, Any]) -> None:
        ids = [body.get("member_id"), *(member.get("member_id") for member in body.get("members") or ())]
        for member_id in filter(None, ids):
            member = self._member(exchange, member_id)
            member.end(exchange.settled_at)
            member.moments.append(Moment("leave", exchange.settled_at))

    def _new_beat(self, exchange: Exchange, body: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Take a heartbeat of a new protocol: epochs below 0 leave, an assignment says what the member has."""
        start, stop = exchange.request.timestamp, exchange.settled_at  # type: ignore[union-attr]
        member = self._member(exchange, answer.get("member_id") or body.get("member_id"))
        error = error_name(answer.get("error_code", 0))
        if body.get("member_epoch", 0) < 0:
            member.end(stop)
            member.moments.append(Moment("leave", stop))
            return
        if error != "NONE" or not answer:
            member.reach(stop)
            member.moments.append(Moment(error if answer else "no answer", stop))
            return
        epoch, assignment = answer.get("member_epoch"), _new_assignment(exchange, answer)
        if member.current is None:
            member.begin("rebalance", start, epoch)
        current = member.current
        if assignment is not None or (current is not None and current.generation != epoch and current.kind == "member"):
            phase = member.begin("member", stop, epoch)
            before = next((phase.text for phase in reversed(member.phases[:-1]) if phase.kind == "member"), "")
            phase.text = before if assignment is None else assignment
        member.reach(stop)


_TAKERS: Final = {
    JOIN_GROUP: _Group._join,
    SYNC_GROUP: _Group._sync,
    HEARTBEAT: _Group._beat,
    LEAVE_GROUP: _Group._leave,
    CONSUMER_GROUP_HEARTBEAT: _Group._new_beat,
    SHARE_GROUP_HEARTBEAT: _Group._new_beat,
    STREAMS_GROUP_HEARTBEAT: _Group._new_beat,
}


def _new_assignment(exchange: Exchange, answer: Mapping[str, Any]) -> str | None:
    """Return what a heartbeat's response assigns, in words; None where it stays what it was."""
    if exchange.api_key == STREAMS_GROUP_HEARTBEAT:
        return _tasks(answer)
    assignment = answer.get("assignment")
    return None if assignment is None else _partitions(assignment.get("topic_partitions"), exchange)


def _tasks(answer: Mapping[str, Any]) -> str | None:
    """Return the tasks of a member of Kafka Streams: subtopologies, and the partitions of each."""
    if answer.get("active_tasks") is None:
        return None
    parts = [
        f"{before}{printable(each['subtopology_id'])}[{wording.ranges(each['partitions'])}]"
        for name, before in (("active_tasks", ""), ("standby_tasks", "standby "), ("warmup_tasks", "warmup "))
        for each in answer.get(name) or ()
    ]
    return ", ".join(parts) or "nothing"


def _assigned(exchange: Exchange, answer: Mapping[str, Any]) -> str:
    """Return what a SyncGroup response assigns, in words; "" where nobody knows how to read it."""
    response = exchange.response
    data = answer.get("assignment")
    if not data or response is None or response.grammar is None:
        return "nothing"
    scopes = [(response.grammar, answer)]
    payload = payloads.decode("group assignment", data, scopes, exchange, "response")
    if payload is None or not isinstance(payload.value, dict):
        return ""
    if "assignment" in payload.value:
        return _connectors(payload.value["assignment"])
    return _partitions(payload.value.get("assigned_partitions"), exchange)


def _connectors(assignment: Any) -> str:
    """Return what a worker of Kafka Connect runs: connectors, and tasks of them by their numbers."""
    parts = []
    for each in assignment or ():
        tasks = [number for number in each.get("tasks") or () if number >= 0]
        name = printable(each.get("connector"))
        parts += [name] if -1 in (each.get("tasks") or ()) else []
        parts += [f"{name}[{wording.ranges(tasks)}]"] if tasks else []
    return ", ".join(parts) or "nothing"


def _partitions(topics: Any, exchange: Exchange) -> str:
    if not isinstance(topics, list):
        return ""
    parts: dict[str, list[int]] = {}
    for topic in topics:
        name = topic.get("topic") or topic.get("topic_id") or ""
        parts.setdefault(exchange.topic_names.get(name, name), []).extend(topic.get("partitions") or ())
    return ", ".join(f"{printable(name)}[{wording.ranges(numbers)}]" for name, numbers in parts.items()) or "nothing"
