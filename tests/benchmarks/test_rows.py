"""What is measured beside what: that all of it is there."""

import subprocess


def test_captures_and_peers_are_known():
    from recordings import RECORDINGS
    from rows import FURTHER, OTHERS, TSHARK, WANTED

    for work in [*WANTED, *FURTHER]:
        assert work.capture in RECORDINGS
        assert all(peer.name in TSHARK or peer.name in OTHERS for peer in work.peers)
    assert all(peer.wanted is not None for work in WANTED for peer in work.peers)
    assert all(peer.wanted is None for work in FURTHER for peer in work.peers)
    assert {work.capture for work in FURTHER} == {"chatty"}
    assert len({work.mode for work in FURTHER}) == len(FURTHER)


def test_eleven_fields_are_kafkas_and_known_to_tshark():
    from rows import KAFKA_FIELDS

    known = subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True, check=True).stdout
    names = {line.split("\t")[2] for line in known.splitlines() if line.startswith("F\t")}
    assert len(set(KAFKA_FIELDS)) == 11
    assert set(KAFKA_FIELDS) <= names
    assert all(name.startswith("kafka.") for name in KAFKA_FIELDS)


def test_messages_are_measured_beside_these_peers(request):
    """messages.py needs packages that only benchmarks need."""
    from rows import MESSAGES

    source = (request.config.rootpath / "benchmarks" / "messages.py").read_text()
    for message in MESSAGES:
        assert f'"{message.column}": ' in source
        assert f"| {message.table} | " in source


def test_every_piece_of_work_is_done(captures):
    from processes import environment
    from rows import FURTHER, QUIET, WANTED, our_command, their_command

    sample = captures / "mock.pcap"
    commands = {work.mode: our_command(work, sample) for work in [*WANTED, *FURTHER]}
    assert their_command(QUIET, sample)[-3:] == ["-q", "-Y", "kafka"]
    for command in [*commands.values(), their_command(QUIET, sample)]:
        subprocess.run(command, capture_output=True, check=True, env=environment())
