"""`kafka-dissect apis`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dissector import cli


def apis(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["apis", *arguments])


def test_the_table_goes_to_standard_output_and_the_counts_to_standard_error() -> None:
    """A pipe gets the table only."""
    result = apis()
    assert (result.exit_code, result.stderr) == (cli.FINE, "95 APIs, 368 versions, 736 messages\n")
    assert len(result.stdout.splitlines()) == 96


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["voter"], ["AddRaftVoter", "RemoveRaftVoter", "UpdateRaftVoter"]),
        (["list_offset"], ["ListOffsets"]),
        (["AlterIsr"], ["AlterPartition"]),
        (["1", "3"], ["Fetch", "Metadata"]),
        (["0", "MetaData"], ["Produce", "Metadata", "UpdateMetadata", "FindCoordinator"]),
    ],
)
def test_words_and_keys_filter(filters: list[str], names: list[str]) -> None:
    """Former names count as well: FindCoordinator was ConsumerMetadata."""
    assert [api["name"] for api in json.loads(apis("--json", *filters).stdout)] == names


def test_a_filter_that_finds_nothing_suggests_a_name() -> None:
    result = apis("fecth")
    assert (result.exit_code, result.stdout) == (cli.USAGE, "")
    assert "Did you mean Fetch?" in result.stderr


def test_json_has_nothing_but_json_around_it() -> None:
    result = apis("--json")
    assert len(json.loads(result.stdout)) == 95
    assert result.stderr == ""


def test_colour_is_never_meant_for_pipes() -> None:
    assert "\x1b" not in apis().stdout
    assert "\x1b" in apis("--color", "always").stdout
