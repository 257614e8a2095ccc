"""The captures that benchmarks read."""

import os
import shutil

import pytest

SAMPLE = "captures/mock.pcap"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    import recordings

    monkeypatch.setattr(recordings, "CACHE", recordings.ROOT / ".cache" / tmp_path)
    return tmp_path


def test_the_short_form_is_a_recording_of_its_own():
    from recordings import RECORDINGS, SHORT

    assert SHORT.keys() == RECORDINGS.keys()
    for name, whole in RECORDINGS.items():
        assert [word for word in SHORT[name] if not word.isdigit() or word == "1448"] == [
            word for word in whole if not word.isdigit() or word == "1448"
        ]
        assert SHORT[name] != whole


def test_what_is_recorded_already_is_not_recorded_again(cache):
    from recordings import recording

    (cache / "chatty-records-12000.pcap").touch()
    assert recording("chatty", short=True) == cache / "chatty-records-12000.pcap"


def test_packages_that_recording_lacks_are_named(cache, monkeypatch):
    from recordings import recording

    monkeypatch.setattr(shutil, "which", lambda tool: None if tool in ("ip", "tcpdump") else f"/usr/bin/{tool}")
    with pytest.raises(SystemExit, match="not there: tcpdump iproute2"):
        recording("bulk")


def test_the_beginning_of_a_recording_is_cut_off_once(request, tmp_path):
    from recordings import beginning, each_packet

    whole = tmp_path / "whole.pcap"
    shutil.copy(request.config.rootpath / SAMPLE, whole)
    cut = beginning(whole, 20)
    assert list(each_packet(cut)) == list(each_packet(whole))[:20]
    made = cut.stat().st_mtime_ns
    assert beginning(whole, 20) == cut
    assert cut.stat().st_mtime_ns == made


def test_the_beginning_of_a_recording_that_was_made_anew_is_cut_off_anew(request, tmp_path):
    from recordings import beginning, each_packet

    whole = tmp_path / "whole.pcap"
    shutil.copy(request.config.rootpath / SAMPLE, whole)
    cut = beginning(whole, 20)
    shutil.copy(request.config.rootpath / "captures" / "codecs.pcap", whole)
    os.utime(cut, (0, 0))
    assert list(each_packet(beginning(whole, 20))) == list(each_packet(whole))[:20]


def test_tshark_is_told_the_ports_of_the_brokers(request):
    from recordings import tshark

    sample = request.config.rootpath / SAMPLE
    command, read, path, *options = tshark(sample)
    assert (command, read, path) == ("tshark", "-r", str(sample))
    assert options[::2] == ["-d"] * 3
    assert all(rule.startswith("tcp.port==") and rule.endswith(",kafka") for rule in options[1::2])
