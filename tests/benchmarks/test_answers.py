"""What a recording holds, and whether both see the same in it."""

import sys
from collections import Counter

import pytest


@pytest.fixture
def sample(captures):
    return captures / "codecs.pcap"


def test_what_a_capture_holds_is_said(sample):
    import answers

    assert answers.messages(sample).startswith("436 messages (33.0% ApiVersions, 24.1% Metadata, 12.8% Produce")
    assert answers.records(sample).startswith("1,512 records, none with a warning of ours: tshark misses")


def test_messages_are_held_against_each_other_one_by_one(sample, monkeypatch):
    import answers

    printed = list(answers._lines([sys.executable, answers.WORK, "messages", str(sample)]))
    rows = [line.split() for line in printed]
    monkeypatch.setattr(answers, "_rows", lambda *_: iter(rows))
    assert answers.messages(sample).endswith("tshark sees exactly the same")
    rows.pop()
    assert "tshark misses 1 and sees 0 that we do not" in answers.messages(sample)


def test_what_one_sees_and_the_other_does_not_is_said():
    from answers import _compared

    said = _compared(Counter({"1 0 7": 1, "2 0 8": 2}), Counter({"1 0 7": 1, "3 1 9": 1}))
    assert said == "tshark misses 2 and sees 1 that we do not, such as [('2 0 8', 2), ('3 1 9', 1)]"
    assert _compared(Counter({"1 0 7": 1}), Counter({"1 0 7": 1})) == "tshark sees exactly the same"
