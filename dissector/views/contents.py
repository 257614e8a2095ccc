"""What the payloads inside messages are about, in a few words: who subscribes to what, who gets what, who logs in."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from dissector import payloads
from dissector.views import partitions, style, wording
from dissector.views.escape import printable
from dissector.views.style import Piece, Pieces, Words
from structs import wire
from structs.embedded import forwarding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dissector.exchanges import Exchange
    from structs.embedded import Payload
    from structs.grammar import Side

    Scope = tuple[wire.Struct, Mapping[str, Any]]
    Reading = Callable[["Contents", Scope], list[Words] | None]

_CONNECTOR: Final = -1  # among the tasks of a connector: the connector itself


class Contents:
    """Tells what the payloads of one message are about; `depth` counts those around it."""

    def __init__(self, exchange: Exchange, side: Side, depth: int = 0) -> None:
        self._exchange = exchange
        self._side: Side = side
        self.depth = depth

    def facts(self, api_key: int | None, name: str, scope: Scope) -> list[Words] | None:
        """Return what the payloads in a field of the body are about; None for fields to which there is no more."""
        reading = _READINGS.get((api_key, self._side, name))
        return reading(self, scope) if reading is not None else None

    def decode(self, name: str, *scopes: Scope) -> Payload | None:
        """Decode a field of the innermost of some structs; None if nothing tells what it holds."""
        grammar, values = scopes[-1]
        node = next(member.node for member in grammar.each_member() if member.name == name)
        label, data = payloads.label_of(node), values.get(name)
        if label is None or not isinstance(data, bytes) or not data:
            return None
        return payloads.decode(label, data, scopes, self._exchange, self._side, depth=self.depth)

    def enveloped(self) -> tuple[int, int]:
        """Return the API key and the version of the request in an Envelope, -1 where it was not captured."""
        request = self._exchange.request
        data = ((request.body if request is not None else None) or {}).get("request_data") or b""
        return forwarding.api_of(data) if data else (-1, -1)

    def joins(self, scope: Scope) -> list[Words] | None:
        """Say which protocols a member offers, and what it subscribes to (JoinGroup)."""
        names = [_text(protocol.get("name")) for protocol in scope[1]["protocols"] or ()]
        return [_listed("protocols", names), *self._subscriptions(scope, "protocols")]

    def members(self, scope: Scope) -> list[Words] | None:
        """Say how many members a leader has to serve, and what they subscribe to (JoinGroup)."""
        count = len(scope[1]["members"] or ())
        return [wording.plural(count, "member") if count else "", *self._subscriptions(scope, "members")]

    def assigns(self, scope: Scope) -> list[Words] | None:
        """Say what a leader assigns to each member (SyncGroup)."""
        assignments = scope[1]["assignments"] or []
        element = _element(scope[0], "assignments")
        if not assignments:
            return []
        given: list[Words] = []
        for values in assignments[: wording.LISTED]:
            told = self._assignment(scope, (element, values))
            member = values.get("member_id")
            name = "self" if member == scope[1].get("member_id") else _text(member)
            given.append(style.joined((f"{name}: ", style.joined(told, " ")), ""))
        more = len(assignments) - wording.LISTED
        given += [f"+{wording.plural(more, 'more member')}"] if more > 0 else []
        return [style.joined(("assigns ", style.joined(given, "; ")), "")]

    def assigned(self, scope: Scope) -> list[Words] | None:
        """Say what a member gets (SyncGroup)."""
        return self._assignment(scope) if scope[1].get("assignment") else []

    def login(self, scope: Scope) -> list[Words] | None:
        """Say which step of which mechanism a token is, and whose (SaslAuthenticate)."""
        data = scope[1]["auth_bytes"]
        payload = self.decode("auth_bytes", scope)
        return [self._token(payload, f"token={wording.size(len(data))}")] if data else []

    def token(self, data: bytes) -> Words:
        """Say the same of a bare token."""
        if not data:
            return [Piece("empty token", "dim")]
        payload = payloads.decode_token(data, self._exchange, self._side)
        return self._token(payload, f"SASL token of {wording.plural(len(data), 'byte')}")

    def principal(self, scope: Scope) -> list[Words] | None:
        """Say who sent the request in an Envelope."""
        payload = self.decode("request_principal", scope)
        if payload is None or not isinstance(payload.value, dict) or payload.error is not None:
            return None
        return [f"principal={_text(payload.value.get('type'))}:{_text(payload.value.get('name'))}"]

    def address(self, scope: Scope) -> list[Words] | None:
        """Say where the request in an Envelope came from."""
        data = scope[1]["client_host_address"]
        return [f"from={ip_address(data)}"] if len(data) in (4, 16) else None

    def _token(self, payload: Payload | None, unread: str) -> Words:
        if payload is None:
            return unread
        if payload.error is not None:
            return [Piece(f"{unread} "), *_failure("token", payload)]
        fields: Mapping[str, Any] = payload.value
        words = [_text(fields["mechanism"])] if self._side == "request" or self._exchange.request is None else []
        words += [fields["step"]] if "step" in fields else []
        words += [f"user={_text(fields['username'])}"] if fields.get("username") else []
        if fields.get("authzid") and fields["authzid"] != fields.get("username"):
            words.append(f"authzid={_text(fields['authzid'])}")
        if not fields.get("error"):
            return " ".join(words)
        return [Piece(" ".join(words)), Piece(f" {_text(fields['error'])}", "error")]

    def _subscriptions(self, scope: Scope, field: str) -> list[Words]:
        """Say what members, or the protocols of one, subscribe to, all together."""
        element = _element(scope[0], field)
        topics: dict[str, None] = {}
        others: dict[str, None] = {}
        failures: list[Words] = []
        for values in scope[1][field] or ():
            payload = self.decode("metadata", scope, (element, values))
            if payload is None:
                continue
            if payload.error is not None:
                failures.append(_failure("metadata", payload))
            elif isinstance(payload.value, dict):
                topics |= dict.fromkeys(payload.value.get("topics") or ()) if payload.grammar is not None else {}
                others |= dict.fromkeys(_instance(payload.value))
        told = [_listed("subscribed", [_text(topic) for topic in topics])] if topics else []
        told += [_listed("workers" if field == "members" else "url", list(others))] if others else []
        return told + failures[:1]

    def _assignment(self, *scopes: Scope) -> list[Words]:
        payload = self.decode("assignment", *scopes)
        data = scopes[-1][1].get("assignment") or b""
        if payload is None or not isinstance(payload.grammar, wire.Struct):
            return [f"assignment={wording.size(len(data))}" if data else "nothing"]
        if payload.error is not None:
            return [[Piece(f"assignment={wording.size(len(data))} "), *_failure("assignment", payload)]]
        inside: Scope = (payload.grammar, payload.value)
        if "assigned_partitions" in payload.value:
            return self._consumer(inside, *scopes)
        return _connect(payload.value)

    def _consumer(self, inside: Scope, *scopes: Scope) -> list[Words]:
        grammar, values = inside
        topics = _element(grammar, "assigned_partitions")
        found = partitions.items(None, topics, values["assigned_partitions"] or [], self._exchange.topic_names)
        told = [partitions.describe(found) if found else "no partitions"]
        user_data = self.decode("user_data", *scopes, inside)
        if user_data is not None and user_data.error is None and isinstance(user_data.value, dict):
            told += _streams(user_data.value)
        return told


def _streams(values: Mapping[str, Any]) -> list[Words]:
    """Say which tasks of a Streams application go with an assignment, in the way that Streams names them."""
    active = [_task(task) for task in values.get("active_tasks") or ()]
    standby = [_task(task.get("task_id") or {}) for task in values.get("standby_tasks") or ()]
    return [_listed(name, tasks) for name, tasks in (("tasks", active), ("standby", standby)) if tasks]


def _task(values: Mapping[str, Any]) -> str:
    return f"{values.get('subtopology', '?')}_{values.get('partition', '?')}"


def _connect(values: Mapping[str, Any]) -> list[Words]:
    """Say which connectors and tasks a Connect worker gets, and which it has to give up."""
    given, revoked = (_connectors(values.get(name) or ()) for name in ("assignment", "revoked"))
    told: list[Words] = [wording.listing(given, len(given)) or "no tasks"]
    told += [f"revokes {wording.listing(revoked, len(revoked))}"] if revoked else []
    told += [f"delay={values['delay']} ms"] if values.get("delay") else []
    return told + ([[Piece(f"error {values['error']}", "error")]] if values.get("error") else [])


def _connectors(assignments: Iterable[Mapping[str, Any]]) -> list[str]:
    named = []
    for values in assignments:
        tasks = values.get("tasks") or []
        parts = ["connector"] if _CONNECTOR in tasks else []
        parts += [numbers] if (numbers := wording.ranges(task for task in tasks if task != _CONNECTOR)) else []
        named.append(f"{_text(values.get('connector'))}[{','.join(parts)}]")
    return named


def _instance(values: Mapping[str, Any]) -> list[str]:
    """Return the address of a Connect worker, or of an instance of a Schema Registry."""
    if isinstance(values.get("url"), str):
        return [_text(values["url"], 60)]
    if isinstance(values.get("host"), str):
        return [f"{_text(values['host'], 60)}:{_text(str(values.get('port')))}"]
    return []


def _element(grammar: wire.Struct, name: str) -> wire.Struct:
    node = next(member.node for member in grammar.each_member() if member.name == name)
    assert isinstance(node, wire.Array)  # noqa: S101 (asked for lists of structs only)
    assert isinstance(node.element, wire.Struct)  # noqa: S101
    return node.element


def _failure(name: str, payload: Payload) -> Pieces:
    error = payload.error
    return [] if error is None else [Piece(f"! {error.kind}: {name}: {printable(error.message)}", "warning")]


def _listed(label: str, names: Sequence[str]) -> str:
    return f"{label}={wording.listing(names, len(names))}" if names else ""


def _text(text: Any, limit: int = wording.LONGEST) -> str:
    return wording.elide(printable(text), limit)


_READINGS: Final[Mapping[tuple[int | None, str, str], Reading]] = {
    (11, "request", "protocols"): Contents.joins,
    (11, "response", "members"): Contents.members,
    (14, "request", "assignments"): Contents.assigns,
    (14, "response", "assignment"): Contents.assigned,
    (36, "request", "auth_bytes"): Contents.login,
    (36, "response", "auth_bytes"): Contents.login,
    (58, "request", "request_principal"): Contents.principal,
    (58, "request", "client_host_address"): Contents.address,
}


def has_reading(api_key: int | None, side: Side, name: str) -> bool:
    """Say whether a field of an API's bodies may hold payloads that facts are told of."""
    return (api_key, side, name) in _READINGS
