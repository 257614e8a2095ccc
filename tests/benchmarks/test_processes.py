"""What processes cost."""

import sys

import pytest

LARGE = "x = bytes(range(256)) * 2_000_000; sum(x[:30_000_000])"


def test_the_cost_of_a_process_is_its_cpu_time_and_peak_memory_children_included():
    from processes import cost

    alone = cost([sys.executable, "-c", LARGE])
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LARGE!r}], check=True)"
    parent = cost([sys.executable, "-c", child])
    assert alone.megabytes > 512
    assert parent.megabytes > 512
    assert parent.seconds > alone.seconds / 10  # starting takes a fortieth; the clock wanders


def test_a_command_that_fails_ends_the_benchmark():
    from processes import cost

    with pytest.raises(SystemExit, match="failed with status 3"):
        cost([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_command_that_fails_says_why():
    from processes import cost

    with pytest.raises(SystemExit, match="no such thing"):
        cost([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_what_makes_processes_slower_than_they_are_is_not_handed_on(monkeypatch, tmp_path):
    from processes import cost

    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("WIRESHARK_CONFIG_DIR", str(tmp_path))
    code = """
import os, sys
assert not sys.dont_write_bytecode
assert not any(name.startswith("PYTHON") for name in os.environ)
assert not os.path.exists(os.environ["WIRESHARK_CONFIG_DIR"])
"""
    cost([sys.executable, "-c", f"{code}\n{LARGE}"])


def test_commands_run_in_turn_each_round_begins_with_another(tmp_path):
    from processes import interleaved

    log = tmp_path / "log"
    commands = [[sys.executable, "-c", f"open({str(log)!r}, 'a').write({name!r}); {LARGE}"] for name in "ab"]
    costs = interleaved(commands, 2)
    assert log.read_text() == "abba"
    assert [len(each) for each in costs] == [2, 2]
