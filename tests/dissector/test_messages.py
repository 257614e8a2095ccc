"""Headers at once, bodies on demand, and every byte in the ledger."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.frames import make_frame, make_request, make_response

from dissector import bodies, messages
from dissector.framing import Frame, Hole
from dissector.ledger import Category, Entry, Ledger
from dissector.views import straight
from structs import records, registry, wire

if TYPE_CHECKING:
    from dissector.messages import Message
    from structs.grammar import Side

PRODUCE, FETCH, METADATA, HEARTBEAT = 0, 1, 3, 68


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def read_request(frame: Frame, ledger: Ledger) -> Message:
    """Return a request that is booked, as it is when it settles."""
    message = messages.read_request(frame, ledger)
    message.book(ledger)
    return message


def read_response(frame: Frame, request: Message | None, ledger: Ledger) -> Message:
    """Return a response that is booked, as it is when it settles."""
    message = messages.read_response(frame, request, ledger)
    message.book(ledger)
    return message


def booked(message: Message, ledger: Ledger) -> dict[Entry, int]:
    """Look at a message's body and return what its bytes are booked as."""
    assert message.error is not None or message.body is not None
    return {entry: size for entry, size in ledger.entries.items() if size}


def test_a_body_is_decoded_when_it_is_looked_at(ledger: Ledger) -> None:
    """Until then its bytes stand in the ledger as decodable, not as decoded."""
    message = read_request(make_frame(make_request(METADATA, 1, {"topics": [{"name": "orders"}]})), ledger)
    assert ledger.entries == {Entry(Category.NOT_ASKED_FOR): message.size + 4}
    assert message.body == {"topics": [{"name": "orders"}]}
    assert booked(message, ledger) == {Entry(Category.DECODED): message.size + 4}


def test_spans_count_from_the_first_byte_of_the_message(ledger: Ledger) -> None:
    """The bytes at a field's span are those that its value is built from."""
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}]}, client_id="me")
    message = read_request(make_frame(data), ledger)
    span = message.spans()["topics", 0, "name"]
    assert data[span.start : span.stop] == b"\0\6orders"


def test_trailing_bytes_are_a_warning(ledger: Ledger) -> None:
    """They are not decoded, and not lost either."""
    data = make_request(METADATA, 1, {"topics": []})
    message = read_request(make_frame(data + b"xyz"), ledger)
    assert booked(message, ledger) == {
        Entry(Category.DECODED): 4 + len(data),
        Entry(Category.UNDECODED, "trailing_bytes"): 3,
    }
    assert [(warning.kind, warning.offset) for warning in message.warnings] == [("trailing_bytes", len(data))]


def test_a_body_that_ends_early_keeps_what_there_is(ledger: Ledger) -> None:
    """The error names the field and where it begins; the fields before it stand in the body."""
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}, {"name": "payments"}]})[:-3]
    message = read_request(make_frame(data), ledger)
    assert message.body == {"topics": [{"name": "orders"}, {}]}
    assert (message.error.kind, message.error.field) == ("truncated", "topics[1].name")
    assert booked(message, ledger)[Entry(Category.UNDECODED, "truncated")] == len(data) - message.error.offset


def test_a_hole_is_told_from_a_body_that_is_wrong(ledger: Ledger) -> None:
    """Bytes lost in capture are no fault of the sender."""
    data = make_request(METADATA, 1, {"topics": [{"name": "orders"}, {"name": "payments"}]})
    hole = Hole(len(data) - 6, 4, "snap length")
    frame = Frame(0, len(data), data[: hole.offset], (hole,), ((hole.offset + 4, data[-2:]),), 1, 1, 0, 6)
    message = read_request(frame, ledger)
    assert (message.error.kind, message.error.message) == (
        "lost_in_capture",
        f"4 of {len(data)} bytes are missing: snap length",
    )
    assert message.body["topics"][0] == {"name": "orders"}
    assert sum(booked(message, ledger).values()) == frame.captured == len(data)


def test_batches_before_a_hole_are_booked_once(ledger: Ledger) -> None:
    """No category has less than nothing, whether or not they are read; the batch that is cut counts as undecoded."""
    batch = records.build_batch([records.Record(0, 0, None, b"value")])
    topics = [{"name": "t", "partition_data": [{"index": 0, "records": batch * 5}]}]
    data = make_request(PRODUCE, 3, {"acks": 1, "timeout_ms": 1, "topic_data": topics})
    hole = Hole(len(data) - 20, 20, "snap length")
    frame = Frame(0, len(data), data[: hole.offset], (hole,), (), 1, 1, 0, 6)
    message = read_request(frame, ledger)
    batches = message.body["topic_data"][0]["partition_data"][0]["records"]
    before = len(data) - 5 * len(batch)
    undecoded = {Entry(Category.UNDECODED, "record batches"): len(batch) - 20}
    assert message.error.offset == before
    assert booked(message, ledger) == {
        Entry(Category.DECODED): 4 + before,
        Entry(Category.NOT_ASKED_FOR): 4 * len(batch),
        **undecoded,
    }
    assert [len(each.records) for each in batches] == [1] * 4
    assert booked(message, ledger) == {Entry(Category.DECODED): 4 + before + 4 * len(batch), **undecoded}


def test_a_message_takes_a_bounded_number_of_elements(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bytes on the wire can be two hundred in memory, and a message a gigabyte long."""
    monkeypatch.setattr(bodies, "MAX_ELEMENTS", 10)
    data = make_request(METADATA, 9, {"topics": [{"name": "t"}] * 10})
    assert read_request(make_frame(data), ledger).error is None
    message = read_request(make_frame(make_request(METADATA, 9, {"topics": [{"name": "t"}] * 11})), ledger)
    assert (message.error.kind, message.error.field) == ("limit", "topics")
    assert ("topics", 0) not in message.spans()
    tags = {"_unknown_tags": dict.fromkeys(range(11), b"")}
    message = read_request(make_frame(make_request(METADATA, 9, tags)), ledger)
    assert message.error.kind == "limit"
    assert len(message.body["_unknown_tags"]) == 10
    assert sum(ledger.entries.values()) == sum(booked(message, ledger).values())


def test_peeking_reads_no_further_than_the_field(ledger: Ledger) -> None:
    """Acks are found in every version, whatever stands behind them."""
    for version in registry.api(PRODUCE).versions.each():
        data = make_request(PRODUCE, version, {"acks": -1, "timeout_ms": 7})
        assert read_request(make_frame(data[:-5]), ledger).peek("acks") == -1
        assert read_request(make_frame(data[:10]), ledger).peek("acks") is None


def test_record_batches_open_where_the_grammar_has_them(ledger: Ledger) -> None:
    """`records` fields are sequences of batches; null stays null."""
    batch = records.build_batch([records.Record(0, 5, b"k", b"v")])
    partitions = [{"index": 0, "records": batch}, {"index": 1, "records": None}]
    data = make_request(PRODUCE, 9, {"acks": 1, "topic_data": [{"name": "orders", "partition_data": partitions}]})
    first, second = read_request(make_frame(data), ledger).body["topic_data"][0]["partition_data"]
    assert [record.value for batch in first["records"] for record in batch] == [b"v"]
    assert second["records"] is None


def test_a_response_without_request_has_a_header_only(ledger: Ledger) -> None:
    """Without the request nothing says what it is."""
    data = make_response(METADATA, 1, {}, correlation_id=7)
    message = read_response(make_frame(data), None, ledger)
    assert (message.correlation_id, message.api, message.body) == (7, None, None)
    assert booked(message, ledger) == {Entry(Category.HEADER_ONLY, "request_not_captured"): 4 + len(data)}


class TestVariants:
    """Version numbers that had another layout in an early release."""

    EARLY = {"group_id": "g", "member_id": "m", "subscribed_topic_regex": "a.*", "client_assignors": [{"name": "x"}]}

    @staticmethod
    def heartbeat(body: dict[str, object], *, release: str | None = None, side: Side = "request") -> bytes:
        """Return the bytes of ConsumerGroupHeartbeat version 0 as a release had it."""
        layouts = {variant.release: variant.grammar for variant in registry.variants(HEARTBEAT, 0, side)}
        grammar = registry.grammar(HEARTBEAT, 0, side) if release is None else layouts[release]
        header = {"request_api_key": HEARTBEAT} if side == "request" else {}
        return registry.header(HEARTBEAT, 0, side).build(header) + grammar.build(body)

    def test_the_early_layout_is_taken_where_the_present_one_does_not_fit(self, ledger: Ledger) -> None:
        """Every field is there, with its bytes, and a warning says whose layout it is."""
        data = self.heartbeat(self.EARLY, release="3.5")
        message = read_request(make_frame(data), ledger)
        assert message.spans()["client_assignors", 0, "name"]
        assert message.body.items() >= {"subscribed_topic_regex": "a.*", "member_id": "m"}.items()
        assert message.body["client_assignors"][0]["name"] == "x"
        assert message.error is None
        assert [warning.kind for warning in message.warnings] == ["variant"]
        assert "Kafka 3.5" in message.warnings[0].message
        assert booked(message, ledger) == {Entry(Category.DECODED): 4 + len(data)}

    def test_responses_have_early_layouts_as_well(self, ledger: Ledger) -> None:
        """The request that a response answers says which version it is."""
        request = read_request(make_frame(self.heartbeat(self.EARLY, release="3.5")), ledger)
        data = self.heartbeat(
            {"should_compute_assignment": True, "heartbeat_interval_ms": 5}, release="3.5", side="response"
        )
        message = read_response(make_frame(data), request, ledger)
        assert (message.body["should_compute_assignment"], message.body["heartbeat_interval_ms"]) == (True, 5)
        assert [warning.kind for warning in message.warnings] == ["variant"]

    def test_the_present_layout_comes_first(self, ledger: Ledger) -> None:
        """What it reads whole is read with it, and warned of by nobody."""
        message = read_request(make_frame(self.heartbeat({"group_id": "g"})), ledger)
        assert (message.body["group_id"], message.error, message.warnings) == ("g", None, [])

    @pytest.mark.parametrize("release", [None, "3.5"])
    def test_what_fits_no_layout_fails_as_the_present_one(self, ledger: Ledger, release: str | None) -> None:
        """A body that is cut keeps the error, and the grammar, of today's layout."""
        body = {"group_id": "g"} if release is None else self.EARLY
        message = read_request(make_frame(self.heartbeat(body, release=release)[:-1]), ledger)
        assert message.error is not None
        assert message.grammar is registry.grammar(HEARTBEAT, 0, "request")
        assert all(warning.kind != "variant" for warning in message.warnings)

    def test_a_frame_with_a_hole_decides_nothing(self, ledger: Ledger) -> None:
        """Bytes that are missing are the reason why the layout does not fit."""
        data = self.heartbeat(self.EARLY, release="3.5")
        frame = Frame(0, len(data), data[:-4], (Hole(len(data) - 4, 4, "snap length"),), (), 1, 1, 0, 6)
        message = read_request(frame, ledger)
        assert message.error is not None
        assert message.grammar is registry.grammar(HEARTBEAT, 0, "request")


class TestRecords:
    """Record batches are opened, and booked, one by one."""

    @pytest.fixture
    def batches(self) -> bytes:
        rows = [records.Record(number, 5, b"k", b"v" * 100) for number in range(3)]
        return b"".join(records.build_batch(rows, codec=codec) for codec in ("none", "zstd"))

    def produced(self, data: bytes, ledger: Ledger) -> Message:
        topics = [{"name": "orders", "partition_data": [{"records": data}]}]
        return read_request(make_frame(make_request(PRODUCE, 9, {"acks": 1, "topic_data": topics})), ledger)

    def test_batches_that_nobody_reads_are_not_decoded(self, ledger: Ledger, batches: bytes) -> None:
        """Reading one moves its bytes, and reading it again does not."""
        message = self.produced(batches, ledger)
        first, _ = found = message.body["topic_data"][0]["partition_data"][0]["records"]
        assert ledger.total(Category.NOT_ASKED_FOR) == len(batches)
        assert len(list(first)) == 3
        assert len(list(found[0])) == 3
        assert ledger.total(Category.NOT_ASKED_FOR) == len(batches) - first.size
        assert ledger.accounted == message.size + 4

    def test_what_does_not_decode_is_booked_as_such(self, ledger: Ledger, batches: bytes) -> None:
        """A batch that is cut, and one whose compressed part is broken."""
        broken = batches[:-20] + b"\0" * 20 + batches[:30]
        message = self.produced(broken, ledger)
        found = message.body["topic_data"][0]["partition_data"][0]["records"]
        undecoded = sum(batch.undecoded_bytes for batch in found)
        assert undecoded > 0
        assert ledger.entries[Entry(Category.UNDECODED, "record batches")] == 30 + undecoded
        assert ledger.accounted == message.size + 4


KEYS = st.sampled_from([(0, 0), (0, 9), (7, 0), (18, 3), (18, 0), (3, 12), (3, 99), (999, 0), (-1, -1)])
PIECES = st.sampled_from(
    [b"\0\0\0\7", b"\0\2me", b"\xff\xff", b"\xff\xfe", b"\0\1\xff", b"\0\0", b"\0", b"\1\5\1x", b"\7"]
)


@given(key=KEYS, pieces=st.lists(PIECES, max_size=5), cut=st.integers(0, 12), whole=st.booleans())
def test_what_a_header_says_at_a_glance_is_what_its_grammar_reads(
    key: tuple[int, int], pieces: list[bytes], cut: int, whole: bool
) -> None:
    """For requests and responses of every header, also those that are cut, odd or broken."""
    data = struct.pack(">hh", *key) + b"".join(pieces)
    data = data if whole else data[:cut]
    request = read_request(make_frame(data), Ledger())
    answer = read_response(make_frame(data[4:]), request, Ledger())
    for message in (request, answer):
        assert message.header_grammar is not None
        expected = wire.interpret(message.header_grammar, message.frame.data)
        fields = expected.value or {}
        assert message.header == expected
        assert message.correlation_id == fields.get("correlation_id")
        assert message.client_id == (fields.get("client_id") if message is request else None)
        if expected.error is not None:
            assert message.error == expected.error
        elif message.error is not None:
            assert message.error.offset >= expected.stop
        assert [warning for warning in message.warnings if warning in expected.warnings] == expected.warnings


def now(ledger: Ledger) -> dict[Entry, int]:
    """Return what bytes are booked as."""
    return {entry: size for entry, size in ledger.entries.items() if size}


class TestWritten:
    """What straight code writes of a body is booked as read, once, whatever is looked at before and after."""

    def message(self, ledger: Ledger, batches: bytes = b"") -> Message:
        """Return a Produce request with batches for two partitions."""
        partitions = [{"index": index, "records": batches} for index in range(2)]
        body = {"acks": 1, "timeout_ms": 5, "topic_data": [{"name": "orders", "partition_data": partitions}]}
        return read_request(make_frame(make_request(PRODUCE, 8, body)), ledger)

    def write(self, message: Message) -> bytes | None:
        """Return the text of a body with the size of its batches."""
        grammar = message.grammar
        assert grammar is not None
        straight.writer(grammar)
        return message.written(straight.writer(grammar), {}, lambda _data, start, stop, _topic: b"%d" % (stop - start))

    @pytest.fixture(autouse=True)
    def at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make straight code when a grammar is met for the first time."""
        monkeypatch.setattr(straight, "WARM", 0)

    def test_all_of_it_is_read(self, ledger: Ledger) -> None:
        message = self.message(ledger, b"12345")
        text = self.write(message)
        assert text is not None
        assert [part["records"] for part in json.loads(text)["topic_data"][0]["partition_data"]] == [5, 5]
        assert (message.unread, message.is_decoded) == (0, False)
        assert now(ledger) == {Entry(Category.DECODED): message.frame.captured}

    def test_looking_afterwards_books_nothing(self, ledger: Ledger) -> None:
        message = self.message(ledger, records.build_batch([records.Record(0, 5, None, b"x")]))
        self.write(message)
        before = now(ledger)
        (first, _) = message.body["topic_data"][0]["partition_data"]
        assert [record.value for batch in first["records"] for record in batch] == [b"x"]
        assert self.write(message) is not None
        assert now(ledger) == before

    def test_who_has_decoded_it_has_booked_it(self, ledger: Ledger) -> None:
        """Batches are booked when they are read, which is theirs to say."""
        message = self.message(ledger, records.build_batch([records.Record(0, 5, None, b"x")]))
        assert message.body
        before = now(ledger)
        assert self.write(message) is not None
        assert now(ledger) == before
        assert message.unread

    def test_what_has_something_wrong_with_it_is_left(self, ledger: Ledger) -> None:
        data = make_request(METADATA, 9, {"topics": [{"name": "orders"}]})
        for wrong in (data[:-1], data + b"\0", data[:-1] + b"\1\7\0"):
            for look in (False, True):
                message = read_request(make_frame(wrong), ledger)
                if look:
                    assert message.error or message.warnings or message.body
                assert self.write(message) is None
        assert self.write(read_request(make_frame(data), ledger))


def test_a_message_says_what_it_is() -> None:
    request = read_request(make_frame(make_request(3, 9, {}, correlation_id=7), packet=12), Ledger())
    assert repr(request) == f"<Message Metadata v9 request, correlation id 7: {request.size} B, packet 12>"
    token = messages.read_token(make_frame(b"\0user\0secret", packet=3), "request", Ledger())
    assert repr(token) == "<Message SASL token request: 12 B, packet 3>"
    unknown = read_request(make_frame(bytes.fromhex("7fff 0001 00000005 ffff"), packet=4), Ledger())
    assert repr(unknown) == "<Message 32767 v1 request, correlation id 5: 10 B, packet 4>"
