"""`kafka-dissect explain`."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dissector import cli


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["explain", *arguments])


@pytest.mark.parametrize(
    ("arguments", "title", "messages"),
    [
        (["Produce", "9"], "Produce version 9 ", ["Produce Request", "Produce Response"]),
        (["produce", "9", "REQUEST"], "Produce version 9 ", ["Produce Request"]),
        (["0", "response", "v9"], "Produce version 9 ", ["Produce Response"]),
        (["FetchResponse"], "Fetch version 18 ", ["Fetch Response"]),
        (["ListOffset", "0"], "ListOffsets version 0 ", ["ListOffsets Request", "ListOffsets Response"]),
        (["consumer_protocol_assignment"], "ConsumerProtocolAssignment version 3:", ["ConsumerProtocolAssignment"]),
        (["RequestHeader", "1"], "RequestHeader version 1", ["RequestHeader"]),
    ],
)
def test_version_and_side_may_stand_in_any_order_or_be_left_out(
    arguments: list[str], title: str, messages: list[str]
) -> None:
    """Without a version it is the newest, without a side it is both."""
    result = explain(*arguments)
    assert (result.exit_code, result.stderr) == (cli.FINE, "")
    assert result.stdout.startswith(title)
    assert [line.partition(" (Version: ")[0] for line in result.stdout.splitlines() if "(Version: " in line] == messages


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["Prodce"], "No API and no schema is called 'Prodce'. Did you mean Produce?"),
        (["xyzzy"], "To see all APIs: kafka-dissect apis"),
        (["95"], "No API has the key 95."),
        (["Produce", "14"], "Produce has no version 14, only 0-13. Try: kafka-dissect explain Produce 13"),
        (["Produce", "9", "both"], "What is 'both'? Try: kafka-dissect explain Produce [VERSION] [request|response]"),
        (["Produce", "9", "8"], "What is '8'?"),
        (["FetchRequest", "response"], "FetchRequest has no response. Try: kafka-dissect explain FetchRequest"),
        (["VotersRecord", "0", "request"], "VotersRecord has no request."),
        (["Fetch", "3", "--history"], "leave out the 3"),
    ],
)
def test_errors_say_what_to_do_next(arguments: list[str], advice: str) -> None:
    result = explain(*arguments)
    assert (result.exit_code, result.stdout) == (cli.USAGE, "")
    assert advice in result.stderr


def test_the_history_is_one_of_versions() -> None:
    result = explain("Metadata", "--history")
    assert [line.split()[0] for line in result.stdout.splitlines()[1:]] == [str(version) for version in range(14)]


def test_json_of_a_version_and_of_the_history() -> None:
    version = json.loads(explain("Produce", "9", "request", "--json").stdout)
    assert (version["name"], version["version"], len(version["messages"])) == ("Produce", 9, 1)
    history = json.loads(explain("Produce", "--history", "--json").stdout)
    assert [entry["version"] for entry in history["versions"]] == list(range(14))
    assert history["versions"][9]["changes"] == {
        "ProduceRequest": [{"change": "flexible"}],
        "ProduceResponse": [{"change": "flexible"}],
    }


def test_colour_is_never_meant_for_pipes() -> None:
    assert "\x1b" not in explain("Fetch").stdout
    assert "\x1b" in explain("Fetch", "--color", "always").stdout
