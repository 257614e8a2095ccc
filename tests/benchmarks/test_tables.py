"""The tables of peers.py: what was wanted beside what was measured."""

import pytest

PRINTED = """x86_64, 2 cores

| message | bytes | ours, us | construct | x | kafka-python | x |
| --- | --- | --- | --- | --- | --- | --- |
| Produce 9 request | 413 | 2.74 | 146.45 | 53.4 | 6.98 | 2.5 |
| Fetch 12 response | 447 | 6.15 | 242.70 | 39.5 | 10.82 | 1.8 |

| records | bytes | ours, us | kafka-python | x |
| --- | --- | --- | --- | --- |
| 1 of 100 bytes | 175 | 11.76 | 14.85 | 1.3 |
"""


@pytest.fixture
def pair():
    from processes import Cost
    from tables import Pair

    ours = [Cost(1.0, 30.0), Cost(2.0, 33.0), Cost(1.5, 31.0)]
    theirs = [Cost(4.0, 200.0), Cost(4.0, 210.0), Cost(4.5, 190.0)]
    return Pair(ours, theirs)


def test_ratios_are_those_of_each_round(pair):
    assert pair.ratios == [4.0, 2.0, 3.0]
    assert pair.memory == (33.0, 210.0)
    assert pair.cells(3000) == ["3.00 (2.00-4.00)", "1.50", "4.00", "2,000", "750", "33", "210"]


@pytest.mark.parametrize(
    ("wanted", "measured", "said"),
    [
        (4, 4.0, "4: reached"),
        (4, 3.99, "4: NOT REACHED"),
        (0.75, 0.8, "0.75: reached"),
        (150_000, 149_999.0, "150,000: NOT REACHED"),
    ],
)
def test_what_is_wanted_is_reached_or_not(wanted, measured, said):
    from tables import verdict

    assert verdict(wanted, measured) == said


def test_of_examples_the_median_counts_and_those_that_fall_short_are_said():
    from tables import verdict_of_rows

    assert verdict_of_rows(2, [1.5, 2.0, 3.0]) == "2: reached, by 2 of 3 examples"
    assert verdict_of_rows(2, [1.5, 1.9, 3.0]) == "2: NOT REACHED, by 1 of 3 examples"


def test_the_memory_that_counts_is_where_the_peer_is_nearest(pair):
    from processes import Cost
    from tables import Pair, memory_row

    near = Pair([Cost(1.0, 90.0)], [Cost(1.0, 100.0)])
    above = Pair([Cost(1.0, 110.0)], [Cost(1.0, 100.0)])
    assert memory_row([pair, near])[2:4] == ["less: reached", "1.11 at least"]
    assert memory_row([pair, near])[-2:] == ["90", "100"]
    assert memory_row([pair, near, above])[2] == "less: NOT REACHED"


def test_ratios_are_read_from_the_tables_of_messages():
    from tables import ratios

    assert ratios(PRINTED, "message") == {
        "Produce 9 request": {"construct": 53.4, "kafka-python": 2.5},
        "Fetch 12 response": {"construct": 39.5, "kafka-python": 1.8},
    }
    assert ratios(PRINTED, "records") == {"1 of 100 bytes": {"kafka-python": 1.3}}


def test_rows_have_as_many_cells_as_their_heads(pair):
    from tables import FURTHER_HEAD, WANTED_HEAD, memory_row, row

    for head, cells in (
        (WANTED_HEAD, ["work", "peer", "4: reached", *pair.cells(1)]),
        (WANTED_HEAD, memory_row([pair])),
        (FURTHER_HEAD, ["work", "peer", *pair.cells(1)]),
    ):
        assert {line.count("|") for line in head.splitlines()} == {row(cells).count("|")}
