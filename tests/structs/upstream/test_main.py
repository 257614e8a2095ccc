"""The command: what it does, and that it ends in one clear line where it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from structs.upstream import sources
from structs.upstream.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run() -> CliRunner:
    """A runner of commands."""
    return CliRunner()


def test_help_names_every_command(run: CliRunner) -> None:
    text = run.invoke(main, ["--help"]).output
    assert all(command in text for command in ("fetch", "write", "check", "release"))


@pytest.mark.parametrize("command", [["write", "--output", "nowhere"], ["check"]])
def test_without_the_jars_it_says_how_to_get_them(run: CliRunner, tmp_path: Path, command: list[str]) -> None:
    result = run.invoke(main, [*command, "--cache", str(tmp_path)])
    assert result.exit_code == 1
    assert "run `python -m structs.upstream fetch`" in result.output


def test_fetching_without_maven_fails(run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    result = run.invoke(main, ["fetch", "--cache", str(tmp_path)])
    assert (result.exit_code, "no Maven" in result.output) == (1, True)


def test_a_jar_that_is_not_the_listed_one_fails_the_fetch(run: CliRunner, tmp_path: Path) -> None:
    for jar in sources.read_listing().jars():
        (tmp_path / jar.name).write_bytes(b"something else")
    result = run.invoke(main, ["fetch", "--cache", str(tmp_path)])
    assert (result.exit_code, "checksum" in result.output) == (1, True)


def test_the_tree_passes_its_own_check(run: CliRunner, cache: Path) -> None:
    result = run.invoke(main, ["check", "--cache", str(cache)])
    assert (result.exit_code, result.output) == (0, "Every declaration is what its definition says.\n")


def test_a_folder_of_newer_definitions_is_laid_over_the_jars(run: CliRunner, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "EndTxnMarker.json").write_text(
        '{"name": "EndTxnMarker", "type": "data", "validVersions": "0-1", "fields": ['
        '{"name": "CoordinatorEpoch", "type": "int32", "versions": "0+"},'
        '{"name": "Reason", "type": "int8", "versions": "1+"}]}'
    )
    result = run.invoke(main, ["check", "--cache", str(cache), "--folder", str(tmp_path)])
    assert (result.exit_code, result.output) == (1, "data/control_records.py differs\n")


def test_a_broken_definition_is_named(run: CliRunner, cache: Path, tmp_path: Path) -> None:
    (tmp_path / "Broken.json").write_text("{")
    result = run.invoke(main, ["check", "--cache", str(cache), "--folder", str(tmp_path)])
    assert (result.exit_code, "not a message definition" in result.output) == (1, True)
