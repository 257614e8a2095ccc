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
    assert parent.seconds > alone.seconds / 2


def test_a_command_that_fails_ends_the_benchmark():
    from processes import cost

    with pytest.raises(SystemExit, match="failed with status 3"):
        cost([sys.executable, "-c", "raise SystemExit(3)"])


def test_commands_run_in_turn_each_round_begins_with_another(tmp_path):
    from processes import interleaved

    log = tmp_path / "log"
    commands = [[sys.executable, "-c", f"open({str(log)!r}, 'a').write({name!r}); {LARGE}"] for name in "ab"]
    costs = interleaved(commands, 2)
    assert log.read_text() == "abba"
    assert [len(each) for each in costs] == [2, 2]
