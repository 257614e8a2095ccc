"""Where in a message the problems of payloads lie."""

from __future__ import annotations

from dissector.views.places import Place, in_batch
from structs.buffers import Problem, Span


def message(spans: dict[tuple[str | int, ...], Span]) -> Place:
    return Place("", 100, lambda: spans, lambda: 0)


def test_a_payload_begins_where_its_field_has_its_contents() -> None:
    """Behind the field's length, whatever that takes; inside another payload just as well."""
    place = message({("metadata",): Span(10, 34)})
    inner = place.inside(("metadata",), "metadata_decoded", 20, lambda: {("user_data",): Span(6, 18)})
    assert inner.problem(Problem("k", "t", 3, "topics[0]")) == Problem("k", "t", 17, "metadata_decoded.topics[0]")
    innermost = inner.inside(("user_data",), "user_data_decoded", 8, dict)
    assert innermost.problem(Problem("k", "t", 1, "[2].x")) == Problem(
        "k", "t", 14 + 10 + 1, "metadata_decoded.user_data_decoded[2].x"
    )


def test_a_field_that_was_cut_ends_where_the_bytes_do() -> None:
    assert message({}).content_of(("records",), 30) == 70


def test_records_do_not_say_where_they_are_their_batch_does() -> None:
    place = in_batch("records[0].records[1].value_decoded", 50, lambda: 40)
    assert place.problem(Problem("k", "t", 7, "data")) == Problem(
        "k", "t (byte 7 of it)", 40, "records[0].records[1].value_decoded.data"
    )
    inner = place.inside(("data",), "data_decoded", 5, dict)
    assert inner.problem(Problem("k", "t", 2, "")).offset == 40


def test_nothing_is_asked_without_a_problem() -> None:
    """The spans of a message cost another decoding."""

    def fail() -> dict[tuple[str | int, ...], Span]:
        raise AssertionError("asked for spans")

    Place("", 100, fail, lambda: 0).inside(("a",), "a_decoded", 5, fail).inside(("b",), "b_decoded", 2, fail)
