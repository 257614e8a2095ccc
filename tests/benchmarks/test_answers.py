"""What a recording holds, and whether both see the same in it."""

import subprocess
import sys

import pytest


@pytest.fixture
def sample(captures):
    return captures / "codecs.pcap"


@pytest.fixture
def lines(sample):
    """What we say of a sample, as tshark would say it."""
    import answers

    return list(answers.our_lines(sample, values=True))


def compared(ours, theirs):
    import answers

    return answers.compared(answers.read(ours), answers.read(theirs))


def test_what_a_capture_holds_is_said(lines):
    (messages, records), agreed = compared(lines, lines)
    assert messages.startswith("436 messages (33.0% ApiVersions, 24.1% Metadata, 12.8% Produce")
    assert messages.endswith("tshark sees exactly the same")
    assert records == "1,512 records, every checksum right: tshark sees the same keys and values"
    assert agreed


def test_tshark_is_asked_for_the_same(captures):
    """The capture is small, and most of its versions are known to tshark."""
    import answers

    sample = captures / "kafka-0.8.2.pcap"
    ours, theirs = (
        answers.read(lines(sample, values=True)).messages for lines in (answers.our_lines, answers.their_lines)
    )
    assert ours.total() > 100
    assert (ours & theirs).total() > 0.8 * ours.total()


def test_a_message_that_we_do_not_see_is_a_disagreement(lines):
    which = next(number for number, line in enumerate(lines) if line[0] == "message")
    (messages, _), agreed = compared(lines[:which] + lines[which + 1 :], lines)
    assert "tshark sees 1 that we do not, such as" in messages
    assert not agreed


@pytest.mark.parametrize(("lost", "expected"), [(1, True), (2, True), (3, False)])
def test_few_messages_may_be_missed_by_tshark(lost, expected):
    ours = [["message", str(number), "0", "1", ""] for number in range(1000)]
    (messages, _), agreed = compared(ours, ours[lost:])
    assert f": tshark misses {lost}, such as ['0 0 1'" in messages
    assert agreed is expected


def test_a_message_without_its_api_is_the_same_message(lines):
    lines = [*lines, *(["message", str(number), "0", "1", ""] for number in range(10_000, 11_000))]
    theirs = [[*line] for line in lines]
    next(line for line in theirs if line[0] == "message")[2] = ""
    (messages, _), agreed = compared(lines, theirs)
    assert "tshark does not know the API of 1, such as" in messages
    assert agreed


@pytest.mark.parametrize("place", [4, 5], ids=["keys", "values"])
def test_other_records_are_a_disagreement(lines, place):
    theirs = [[*line] for line in lines]
    changed = next(line for line in theirs if line[0] == "records")
    changed[place] = str(int(changed[place]) + 1)
    (_, records), agreed = compared(lines, theirs)
    assert records.endswith(f"they are others in 1 packets, such as ['{changed[1]}']")
    assert not agreed


def test_records_that_tshark_leaves_out_are_counted_by_codec():
    ours = [["records", "7", "zstd", "500", "1", "2"], ["records", "9", "lz4", "3", "4", "5"]]
    theirs = [["records", "7", "", "291", "8", "9"], ["records", "9", "", "3", "4", "5"]]
    (_, records), agreed = compared(ours, theirs)
    said = "tshark leaves out 209 in zstd batches; otherwise it sees the same keys and values"
    assert records == f"503 records, every checksum right: {said}"
    assert agreed
    (_, records), agreed = compared(theirs, ours)
    assert records.endswith("they are others in 1 packets, such as ['7']")
    assert not agreed


def test_what_only_tshark_calls_malformed_is_a_disagreement():
    flawed = [["message", "3", "18", "1", "ApiVersions-v3-response"]]
    malformed = [["message", "3", "18", "1", "_ws.malformed"]]
    fine = [["message", "3", "18", "1", ""]]
    (_, flaws, _), agreed = compared(flawed, malformed)
    assert flaws == "packets with a flawed body: 1 ApiVersions-v3-response; tshark calls 1 malformed"
    assert agreed
    assert compared(flawed, fine)[1]
    assert not compared(fine, malformed)[1]


def test_what_tshark_calls_malformed_because_it_stops_there_is_none():
    ours = [["message", "3", "0", "1", ""], ["records", "3", "zstd", "500", "1", "2"]]
    theirs = [["message", "3", "0", "1", "_ws.malformed"], ["records", "3", "", "291", "8", "9"]]
    (_, flaws, _), agreed = compared(ours, theirs)
    assert flaws == "packets with a flawed body: none; tshark calls 1 malformed, of which it leaves out records in 1"
    assert agreed


def test_the_status_says_whether_they_agree(sample):
    """The sample has versions that tshark 4.0 does not know."""
    import answers

    answer = subprocess.run([sys.executable, answers.__file__, str(sample)], capture_output=True, text=True)
    assert answer.stdout.startswith("1,126 packets, ")
    assert answer.returncode == ("tshark sees exactly the same" not in answer.stdout)
    assert answer.stderr == ""
