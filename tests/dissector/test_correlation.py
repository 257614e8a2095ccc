"""The rules by which responses find their requests (protocol facts on connections, SASL and ApiVersions)."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import pytest
from support.frames import make_frame, make_request, make_response

from dissector.exchanges import Exchange, Outcome
from dissector.framing import Hole
from dissector.inference import Trials
from structs import registry

if TYPE_CHECKING:
    from support.frames import Conversation


PRODUCE, METADATA, CONTROLLED_SHUTDOWN, HEARTBEAT, SASL_HANDSHAKE, API_VERSIONS = 0, 3, 7, 12, 17, 18


def outcomes(exchanges: list[Exchange]) -> list[tuple[int | None, str, str | None]]:
    return [(exchange.correlation_id, exchange.outcome.value, exchange.outcome_reason) for exchange in exchanges]


def test_a_response_answers_the_oldest_request(conversation: Conversation) -> None:
    """Pipelined requests are answered in order; latency is the distance of the completing packets."""
    assert conversation.request(METADATA, 1, correlation_id=7) == []
    assert conversation.request(HEARTBEAT, 0, correlation_id=8) == []
    (first,) = conversation.response(METADATA, 1, correlation_id=7)
    (second,) = conversation.response(HEARTBEAT, 0, correlation_id=8)
    assert (first.api_name, first.correlation_id, first.latency) == ("Metadata", 7, 2_000_000)
    assert (second.api_name, second.correlation_id, second.latency) == ("Heartbeat", 8, 2_000_000)
    assert first.outcome is second.outcome is Outcome.ANSWERED
    assert first.response.body["topics"] == []


def test_ids_that_are_always_zero_pair_in_order(conversation: Conversation) -> None:
    """The consumers of 0.8 send the correlation id 0 every time."""
    for version in (0, 1):
        conversation.request(METADATA, version, correlation_id=0)
    settled = conversation.response(METADATA, 0, correlation_id=0) + conversation.response(
        METADATA, 1, correlation_id=0
    )
    assert [(exchange.api_version, exchange.response.error) for exchange in settled] == [(0, None), (1, None)]


@pytest.mark.parametrize("correlation_id", [-1, -(2**31), 2**31 - 1, 0])
def test_any_int32_is_a_correlation_id(conversation: Conversation, correlation_id: int) -> None:
    """Java's counter wraps to negative numbers."""
    conversation.request(METADATA, 1, correlation_id=correlation_id)
    assert outcomes(conversation.response(METADATA, 1, correlation_id=correlation_id)) == [
        (correlation_id, "answered", None)
    ]


def test_the_request_decides_grammar_and_header(conversation: Conversation) -> None:
    """A flexible response has tagged fields in its header; the response itself does not say so."""
    conversation.request(METADATA, 12)
    (exchange,) = conversation.response(METADATA, 12, {"cluster_id": "c", "topics": [{"name": "orders"}]})
    assert exchange.response.error is None
    assert exchange.response.warnings == []
    assert exchange.response.body["topics"][0]["name"] == "orders"


class TestApiVersions:
    """Its responses have header 0 always, and body 0 where the broker lacks the version asked for (KIP-511)."""

    def test_a_flexible_response_has_no_tagged_fields_in_its_header(self, conversation: Conversation) -> None:
        conversation.request(API_VERSIONS, 3, {"client_software_name": "x", "client_software_version": "1"})
        (exchange,) = conversation.response(API_VERSIONS, 3, {"api_keys": [{"api_key": 18, "max_version": 3}]})
        assert exchange.response.error is None
        assert exchange.response.body["api_keys"][0] == {"api_key": 18, "min_version": 0, "max_version": 3}

    @pytest.mark.parametrize("version", [3, 4, 5, 99])
    def test_error_35_comes_in_a_body_of_version_0(self, conversation: Conversation, version: int) -> None:
        """Also for a version that nobody knows yet: its request has header 2 all the same."""
        request = struct.pack(">hhih4sB", API_VERSIONS, version, 1, 4, b"test", 0)
        conversation.send("request", request)
        body = {"error_code": 35, "api_keys": [{"api_key": 18, "min_version": 0, "max_version": 2}]}
        (exchange,) = conversation.response(API_VERSIONS, 0, body)
        assert exchange.client_id == "test"
        assert exchange.api_version == version
        assert exchange.response.error is None
        assert exchange.response.warnings == []
        assert exchange.response.body == body

    def test_the_empty_list_of_old_brokers(self, conversation: Conversation) -> None:
        """0.10 to 2.3 name no version at all; read as version 3, the count's first byte would be a null array."""
        conversation.request(API_VERSIONS, 3)
        (exchange,) = conversation.response(API_VERSIONS, 0, {"error_code": 35})
        assert exchange.response.body == {"error_code": 35, "api_keys": []}
        assert exchange.response.warnings == []


def test_controlled_shutdown_0_has_no_client_id(conversation: Conversation) -> None:
    """The only request with header 0."""
    conversation.request(CONTROLLED_SHUTDOWN, 0, {"broker_id": 5})
    (exchange,) = conversation.response(CONTROLLED_SHUTDOWN, 0)
    assert exchange.client_id is None
    assert exchange.request.body == {"broker_id": 5}


class TestNoAcks:
    """Produce with acks=0 gets no response from brokers, and one from librdkafka's mock broker."""

    def test_it_settles_without_one(self, conversation: Conversation) -> None:
        """A connection that sends nothing else gets no responses: it waits for so many frames."""
        conversation.make_correlator(response_patience=3)
        settled = [conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=number) for number in range(5)]
        assert list(map(outcomes, settled)) == [
            *[[]] * 3,
            [(0, "no_response_expected", "acks_0")],
            [(1, "no_response_expected", "acks_0")],
        ]

    def test_it_waits_where_it_is_answered(self, conversation: Conversation) -> None:
        """As librdkafka's mock broker does."""
        conversation.make_correlator(response_patience=3)
        conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=0)
        assert outcomes(conversation.response(PRODUCE, 7, correlation_id=0)) == [(0, "answered", None)]
        for number in range(1, 9):
            assert conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=number) == []

    def test_it_settles_with_the_next_response(self, conversation: Conversation) -> None:
        conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [
            (1, "no_response_expected", "acks_0"),
            (2, "answered", None),
        ]

    def test_it_settles_with_the_end(self, conversation: Conversation) -> None:
        conversation.request(PRODUCE, 9, {"acks": 0, "transactional_id": None})
        assert outcomes(conversation.close()) == [(1, "no_response_expected", "acks_0")]

    def test_an_answer_pairs_all_the_same(self, conversation: Conversation) -> None:
        conversation.request(PRODUCE, 7, {"acks": 0})
        assert outcomes(conversation.response(PRODUCE, 7)) == [(1, "answered", None)]

    def test_acks_are_known_though_the_body_does_not_decode(self, conversation: Conversation) -> None:
        """Pairing never depends on a whole body."""
        conversation.send("request", struct.pack(">hhih4shhi", PRODUCE, 7, 1, 4, b"test", -1, 0, 0))
        assert outcomes(conversation.close()) == [(1, "no_response_expected", "acks_0")]


class TestMissing:
    """Requests without responses, and responses without requests, say why."""

    def test_what_is_open_at_the_end_is_unanswered(self, conversation: Conversation) -> None:
        conversation.request(METADATA, 1)
        assert outcomes(conversation.close("capture_ended")) == [(1, "unanswered", "capture_ended")]

    def test_a_request_that_was_passed_over(self, conversation: Conversation) -> None:
        """Responses come in order: what lies before an answered request will not be answered any more."""
        conversation.request(METADATA, 1, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [
            (1, "unanswered", "skipped_by_server"),
            (2, "answered", None),
        ]

    def test_a_response_that_was_lost(self, conversation: Conversation) -> None:
        conversation.request(METADATA, 1, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        conversation.correlator.lost("response")
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2))[0] == (1, "unanswered", "lost_in_capture")

    def test_a_response_before_any_request(self, conversation: Conversation) -> None:
        """The capture began between them."""
        conversation.response(METADATA, 1, correlation_id=5)
        conversation.request(METADATA, 1, correlation_id=6)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=6)) == [
            (5, "orphan_response", "request_before_capture"),
            (6, "answered", None),
        ]

    def test_a_response_captured_before_its_request(self, conversation: Conversation) -> None:
        """Captures themselves are out of order."""
        conversation.response(METADATA, 1, correlation_id=5)
        assert outcomes(conversation.request(METADATA, 1, correlation_id=5)) == [(5, "answered", None)]

    def test_patience_with_such_a_response_ends(self, conversation: Conversation) -> None:
        conversation.make_correlator(response_patience=2)
        conversation.response(METADATA, 1, correlation_id=5)
        assert conversation.request(METADATA, 1, correlation_id=6) == []
        assert outcomes(conversation.request(METADATA, 1, correlation_id=7)) == [
            (5, "orphan_response", "request_before_capture")
        ]

    def test_a_reused_id_proves_nothing_after_a_loss(self, conversation: Conversation) -> None:
        """Its request may be the one that was lost: no pair is better than a wrong one."""
        conversation.request(METADATA, 0, correlation_id=0)
        conversation.response(METADATA, 0, correlation_id=0)
        conversation.correlator.lost("request")
        conversation.request(HEARTBEAT, 0, correlation_id=0)
        assert outcomes(conversation.response(METADATA, 0, correlation_id=0)) == [
            (0, "orphan_response", "ambiguous_correlation_id")
        ]
        assert outcomes(conversation.close()) == [(0, "unanswered", "connection_closed")]

    def test_an_id_that_comes_again_later_is_reused(self, conversation: Conversation) -> None:
        """Also with others in between: the controllers of 0.8 send three requests with each id."""
        for number in (1, 2, 3, 2):
            conversation.request(METADATA, 1, correlation_id=number)
            conversation.response(METADATA, 1, correlation_id=number)
        conversation.correlator.lost("request")
        conversation.request(METADATA, 1, correlation_id=4)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=4))[0][1] == "orphan_response"

    def test_the_ids_that_java_keeps_for_sasl_are_reused(self, conversation: Conversation) -> None:
        """They say nothing after a loss, and nothing about the other ids."""
        for number in (2**31 - 8, 5, 2**31 - 8):
            conversation.request(METADATA, 1, correlation_id=number)
            assert outcomes(conversation.response(METADATA, 1, correlation_id=number)) == [(number, "answered", None)]
        conversation.correlator.lost("request")
        conversation.request(METADATA, 1, correlation_id=2**31 - 8)
        settled = conversation.response(METADATA, 1, correlation_id=2**31 - 8)
        assert outcomes(settled) == [(2**31 - 8, "orphan_response", "ambiguous_correlation_id")]
        conversation.request(METADATA, 1, correlation_id=6)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=6))[-1] == (6, "answered", None)

    def test_a_certain_pair_ends_the_doubt(self, conversation: Conversation) -> None:
        """What was lost before it has nothing to do with what comes after."""
        conversation.correlator.lost("response")
        conversation.request(METADATA, 1, correlation_id=1)
        conversation.response(METADATA, 1, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        conversation.request(METADATA, 1, correlation_id=3)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=3))[0] == (
            2,
            "unanswered",
            "skipped_by_server",
        )

    def test_what_does_not_read_as_an_answer_is_none_after_a_loss(self, conversation: Conversation) -> None:
        """It answers a request with the same id that was lost."""
        conversation.correlator.lost("request")
        conversation.request(HEARTBEAT, 0, correlation_id=9)
        settled = conversation.response(METADATA, 1, {"brokers": [{"host": "x"}]}, correlation_id=9)
        assert outcomes(settled) == [(9, "orphan_response", "ambiguous_correlation_id")]

    def test_ids_that_are_cut_off_pair_in_order(self, conversation: Conversation) -> None:
        """A snap length may leave API and version of the request, and the id of the response."""
        for version in (0, 1):
            data = make_request(METADATA, version, {}, correlation_id=version)
            hole = Hole(6, len(data) - 6, "snap length")
            frame = make_frame(data[:6], size=len(data))._replace(missing=(hole,))
            list(conversation.correlator.request(frame))
        settled = conversation.response(METADATA, 0, correlation_id=0) + conversation.response(
            METADATA, 1, correlation_id=1
        )
        assert [(exchange.api_name, exchange.api_version, exchange.correlation_id) for exchange in settled] == [
            ("Metadata", 0, 0),
            ("Metadata", 1, 1),
        ]

    def test_requests_that_wait_are_bounded(self, conversation: Conversation) -> None:
        """A capture of one direction only does not fill the memory."""
        conversation.make_correlator(max_pending=2)
        settled = [
            exchange for number in range(4) for exchange in conversation.request(METADATA, 1, correlation_id=number)
        ]
        assert outcomes(settled) == [(0, "unanswered", "too_many_pending"), (1, "unanswered", "too_many_pending")]

    def test_bytes_that_wait_are_bounded(self, conversation: Conversation) -> None:
        conversation.make_correlator(max_pending_bytes=100)
        conversation.request(METADATA, 1, {"topics": [{"name": "x" * 60}]}, correlation_id=1)
        settled = conversation.request(METADATA, 1, {"topics": [{"name": "x" * 60}]}, correlation_id=2)
        assert outcomes(settled) == [(1, "unanswered", "too_many_pending")]

    def test_a_response_to_a_request_that_was_given_up(self, conversation: Conversation) -> None:
        """It is read as what was asked for, and not taken for the answer to a later request with the same id."""
        conversation.make_correlator(max_pending=1)
        conversation.request(METADATA, 1, correlation_id=0)
        conversation.request(METADATA, 0, correlation_id=0)
        (late,) = conversation.response(METADATA, 1, correlation_id=0)
        (answered,) = conversation.response(METADATA, 0, correlation_id=0)
        assert outcomes([late, answered]) == [(0, "orphan_response", "request_given_up"), (0, "answered", None)]
        assert (late.api_name, late.api_version, late.response.error) == ("Metadata", 1, None)
        assert answered.api_version == 0

    def test_what_was_given_up_is_forgotten_with_the_next_answer(self, conversation: Conversation) -> None:
        """Responses come in order, so that no other is to be expected for it."""
        conversation.make_correlator(max_pending=1)
        conversation.request(METADATA, 1, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [(2, "answered", None)]
        conversation.request(METADATA, 1, correlation_id=1)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=1)) == [(1, "answered", None)]

    def test_half_of_what_waits_makes_room(self, conversation: Conversation) -> None:
        """The older half."""
        for number in range(5):
            conversation.request(METADATA, 1, correlation_id=number)
        before = conversation.correlator.held_bytes
        assert [item.correlation_id for item in conversation.correlator.shrink()] == [0, 1, 2]
        assert conversation.correlator.held_bytes < before / 2


class TestTime:
    """Where a capture has no end, what waits does so for a time; the helper's packets come every millisecond."""

    SECOND = 1_000_000_000

    def test_a_request_without_a_response(self, conversation: Conversation) -> None:
        conversation.request(METADATA, 1, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        expired = list(conversation.correlator.expire(1_000_000 + self.SECOND, self.SECOND))
        assert outcomes(expired) == [(1, "unanswered", "no_response_in_time")]
        late = conversation.response(METADATA, 1, correlation_id=1)
        assert outcomes(late) == [(1, "orphan_response", "request_given_up")]
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [(2, "answered", None)]

    def test_a_response_without_a_request(self, conversation: Conversation) -> None:
        """It waits for a request that was captured later, as long as packets may be out of order."""
        conversation.response(METADATA, 1, correlation_id=1)
        assert list(conversation.correlator.expire(2 * self.SECOND, 60 * self.SECOND)) == []
        expired = list(conversation.correlator.expire(6 * self.SECOND, 60 * self.SECOND))
        assert outcomes(expired) == [(1, "orphan_response", "request_before_capture")]

    def test_acks_0(self, conversation: Conversation) -> None:
        """No response is expected, so it does not wait for as long as others; one behind a request does."""
        conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=1)
        conversation.request(METADATA, 1, correlation_id=2)
        conversation.request(PRODUCE, 7, {"acks": 0}, correlation_id=3)
        expired = list(conversation.correlator.expire(6 * self.SECOND, 60 * self.SECOND))
        assert outcomes(expired) == [(1, "no_response_expected", "acks_0")]
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [(2, "answered", None)]


class TestInferred:
    """Responses without requests are read by trial; what more than one API may have sent is not."""

    BROKERS = {"brokers": [{"node_id": 1, "host": "broker-1", "port": 9092}], "controller_id": 1}

    def test_an_orphan_that_one_grammar_fits(self, conversation: Conversation) -> None:
        conversation.response(METADATA, 1, self.BROKERS, correlation_id=5)
        (exchange,) = conversation.close()
        assert (exchange.outcome, exchange.api_name, exchange.correlation_id) == (
            Outcome.ORPHAN_RESPONSE,
            "Metadata",
            5,
        )
        assert exchange.response.inferred
        assert exchange.response.error is None
        assert exchange.response.body["brokers"][0]["host"] == "broker-1"

    def test_what_many_fit_is_not_read(self, conversation: Conversation) -> None:
        """The reason says how many."""
        conversation.response(HEARTBEAT, 0, correlation_id=5)
        (exchange,) = conversation.close()
        assert (exchange.api_name, exchange.response.body, exchange.response.inferred) == (None, None, False)
        assert exchange.response.error.kind == "request_not_captured"
        assert re.search(r"these bytes may be of \d+ APIs", exchange.response.error.message)

    def test_an_incomplete_orphan_is_not_read(self, conversation: Conversation) -> None:
        data = make_response(METADATA, 1, self.BROKERS)
        frame = make_frame(data[:20], size=len(data))._replace(missing=(Hole(20, len(data) - 20, "snap length"),))
        list(conversation.correlator.response(frame))
        (exchange,) = conversation.close()
        assert (exchange.api_name, exchange.correlation_id) == (None, 1)

    def test_trials_are_bounded(self, conversation: Conversation) -> None:
        conversation.make_correlator(trials=Trials(1))
        for number in (1, 2):
            conversation.response(METADATA, 1, self.BROKERS, correlation_id=number)
        assert [exchange.api_name for exchange in conversation.close()] == ["Metadata", None]

    def test_a_newer_version_that_reads_like_the_newest(self, conversation: Conversation) -> None:
        """Labelled, and with a warning that says how it was read."""
        newest = registry.api(METADATA).versions.highest
        body = make_request(METADATA, newest, {"topics": [{"name": "orders"}]})
        conversation.send("request", struct.pack(">hh", METADATA, newest + 1) + body[4:] + b"\1")
        (exchange,) = conversation.response(METADATA, newest, self.BROKERS)
        for message in (exchange.request, exchange.response):
            assert (message.api_version, message.inferred, message.error) == (newest + 1, True, None)
            assert message.warnings[0].kind == "unknown_version"
        assert exchange.request.body["topics"][0]["name"] == "orders"
        assert exchange.request.warnings[1].kind == "trailing_bytes"

    def test_a_newer_version_that_does_not(self, conversation: Conversation) -> None:
        conversation.send("request", struct.pack(">hhih4sB", METADATA, 99, 9, 4, b"test", 0) + b"\xff" * 20)
        (exchange,) = conversation.close()
        assert (exchange.request.body, exchange.request.inferred) == (None, False)
        assert exchange.request.error.kind == "unknown_version"


class TestUnknown:
    """What the registry lacks is paired, and its header read."""

    def test_an_unknown_api(self, conversation: Conversation) -> None:
        conversation.send("request", struct.pack(">hhih4sI", 10_000, 0, 9, 4, b"test", 1))
        (exchange,) = conversation.send("response", struct.pack(">ii", 9, 1))
        assert (exchange.outcome, exchange.api_key, exchange.api_name) == (Outcome.ANSWERED, 10_000, None)
        assert exchange.client_id == "test"
        assert exchange.request.body is exchange.response.body is None
        assert exchange.request.error.kind == exchange.response.error.kind == "unknown_api"

    def test_an_unknown_version(self, conversation: Conversation) -> None:
        """Headers are flexible above the newest version, so the client id is where it was."""
        conversation.send("request", struct.pack(">hhih4sB", METADATA, 99, 9, 4, b"test", 0))
        (exchange,) = conversation.send("response", struct.pack(">iB", 9, 0))
        assert (exchange.outcome, exchange.api_name, exchange.api_version) == (Outcome.ANSWERED, "Metadata", 99)
        assert exchange.request.error.kind == "unknown_version"

    @pytest.mark.parametrize("data", [b"", b"\0\3", b"\0\3\0\1\0\0\0\7"])
    def test_a_header_cut_short(self, conversation: Conversation, data: bytes) -> None:
        conversation.send("request", data)
        (exchange,) = conversation.close()
        assert exchange.request.error.kind == "truncated"
        assert exchange.request.body is None


class TestSasl:
    """After SaslHandshake 0, bare tokens follow, without Kafka headers, until the mechanism is done."""

    def handshake(self, conversation: Conversation, error_code: int = 0) -> None:
        conversation.request(SASL_HANDSHAKE, 0, {"mechanism": "PLAIN"})
        conversation.response(SASL_HANDSHAKE, 0, {"error_code": error_code, "mechanisms": ["PLAIN"]})

    def test_tokens_pair_and_are_opaque(self, conversation: Conversation) -> None:
        self.handshake(conversation)
        conversation.send("request", b"n,,n=alice,r=abc")
        (first,) = conversation.send("response", b"r=abcdef,s=c2FsdA==,i=4096")
        conversation.send("request", b"c=biws,r=abcdef,p=cHJvb2Y=")
        (second,) = conversation.send("response", b"")
        assert outcomes([first, second]) == [(None, "opaque", "sasl_token")] * 2
        assert first.api_key is None
        assert first.request.size == 16
        assert second.response.size == 0

    def test_a_token_may_stay_unanswered(self, conversation: Conversation) -> None:
        """A PLAIN server may say nothing; the next response belongs to the next request."""
        self.handshake(conversation)
        conversation.send("request", b"\0alice\0secret")
        conversation.request(METADATA, 1, correlation_id=2)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [
            (None, "opaque", "sasl_token"),
            (2, "answered", None),
        ]

    def test_requests_follow_the_tokens(self, conversation: Conversation) -> None:
        self.handshake(conversation)
        conversation.send("request", b"\0alice\0secret")
        conversation.send("response", b"")
        conversation.request(METADATA, 1, correlation_id=2)
        assert outcomes(conversation.response(METADATA, 1, correlation_id=2)) == [(2, "answered", None)]

    def test_tokens_follow_a_handshake_whose_answer_was_not_captured(self, conversation: Conversation) -> None:
        conversation.request(SASL_HANDSHAKE, 0, {"mechanism": "PLAIN"})
        conversation.send("request", b"\0alice\0secret")
        conversation.request(METADATA, 1, correlation_id=2)
        settled = conversation.close()
        assert [exchange.outcome for exchange in settled] == ["unanswered", "opaque", "unanswered"]
        assert settled[1].mechanism == "PLAIN"

    def test_a_refused_handshake_is_followed_by_requests(self, conversation: Conversation) -> None:
        self.handshake(conversation, error_code=33)
        conversation.send("request", b"\0\1\2\3not a token")
        (exchange,) = conversation.close()
        assert exchange.outcome is Outcome.UNANSWERED

    def test_handshake_1_is_followed_by_requests(self, conversation: Conversation) -> None:
        conversation.request(SASL_HANDSHAKE, 1, {"mechanism": "PLAIN"})
        conversation.response(SASL_HANDSHAKE, 1)
        conversation.request(36, 0, {"auth_bytes": b"\0alice\0secret"}, correlation_id=2)
        assert outcomes(conversation.response(36, 0, correlation_id=2)) == [(2, "answered", None)]

    def test_gssapi_of_0_9_comes_without_a_handshake(self, conversation: Conversation) -> None:
        conversation.send("request", b"\x60\x82\x01\x00" + bytes(20))
        assert outcomes(conversation.send("response", b"\x60\x00")) == [(None, "opaque", "sasl_token")]

    def test_gssapi_of_0_9_takes_several_tokens(self, conversation: Conversation) -> None:
        """The context is set up, then its security layer negotiated (RFC 4752), before any request."""
        for token in (b"\x60\x82\x01\x00" + bytes(20), b"", b"\x05\x04\x04\xff" + bytes(20)):
            conversation.send("request", token)
            (exchange,) = conversation.send("response", b"\x05\x04\x05\xff")
            assert (exchange.outcome, exchange.mechanism) == (Outcome.OPAQUE, "GSSAPI")
        conversation.request(METADATA, 0, correlation_id=0)
        assert outcomes(conversation.response(METADATA, 0, correlation_id=0)) == [(0, "answered", None)]


def test_how_far_an_id_lies_is_told_by_the_first_requests_that_wait(conversation: Conversation) -> None:
    """It is asked at every byte of a stream without boundaries: a hundred thousand empty frames took it hours."""
    conversation.send("request", b"")
    conversation.request(METADATA, 0, correlation_id=10)
    assert [conversation.correlator.distance(number) for number in (10, 7, 11)] == [0, 3, None]
    conversation.make_correlator()
    for _ in range(1000):
        conversation.send("request", b"")
    conversation.request(METADATA, 0, correlation_id=10)
    assert [conversation.correlator.distance(number) for number in (10, 7, 11)] == [0, None, None]


def test_every_byte_is_booked_when_an_exchange_settles(conversation: Conversation) -> None:
    """Nothing is counted twice when bodies are looked at afterwards."""
    conversation.request(METADATA, 1)
    (exchange,) = conversation.response(METADATA, 1)
    size = 8 + exchange.request.size + exchange.response.size
    assert conversation.ledger.accounted == size
    assert conversation.ledger.total("decoded") == 0
    assert exchange.request.body is not None
    assert exchange.response.body is not None
    assert conversation.ledger.accounted == conversation.ledger.total("decoded") == size


def test_what_is_kept_of_headers_is_bounded(conversation: Conversation) -> None:
    """A client that uses every API in every version costs no memory for that, and is read all the same."""
    requests = [(api.key, version) for api in registry.apis() for version in api.versions.each()]
    settled = []
    for number, (key, version) in enumerate(requests):
        settled += conversation.request(key, version, correlation_id=number)
        assert len(conversation.correlator.heads.by_api) <= 64
    settled += conversation.close()
    assert [(exchange.api_key, exchange.api_version) for exchange in settled] == requests
