"""`kafka-dissect fields`."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result

from dissector import cli
from dissector.filters.fields import FIELDS


def fields(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["fields", *arguments])


def test_without_a_name_the_fields_of_all_exchanges() -> None:
    assert fields().stdout.startswith("from headers alone\n  api ")
    assert len(json.loads(fields("--json").stdout)) == len(FIELDS)


def test_an_api_has_the_paths_of_both_sides_or_of_one() -> None:
    both = [line.split()[0] for line in fields("heartbeat").stdout.splitlines()]
    assert {path.partition(".")[0] for path in both} == {"request", "response"}
    assert [line.split()[0] for line in fields("Heartbeat", "response").stdout.splitlines()] == [
        "response.throttle_time_ms",
        "response.error_code",
    ]
    assert fields("HeartbeatResponse").stdout == fields("Heartbeat", "response").stdout


def test_other_words_are_looked_for() -> None:
    assert fields("acks").stdout == "request.acks  number  Produce\n"
    assert json.loads(fields("acks", "--json").stdout)[0]["api"] == "Produce"


def test_what_is_nowhere_is_an_error() -> None:
    result = fields("prodcue")
    assert result.exit_code == cli.USAGE
    assert "No field has 'prodcue' in its name, and no API is called so. Did you mean Produce" in result.stderr
    assert "What is 'reply'?" in fields("Produce", "reply").stderr
    assert fields("acks", "request").stdout == fields("acks").stdout
    result = fields("acks", "response")
    assert "No field of responses has 'acks' in its name" in result.stderr
    assert "Did you mean request.acks?" in result.stderr
    assert fields("latncy").stderr.endswith("Did you mean latency?\n")
    assert fields("xyzzy").stderr.endswith("To see all fields: kafka-dissect fields\n")


def test_fields_are_found_by_other_names_and_say_what_values_they_have() -> None:
    assert fields("rtt").stdout.startswith("latency  duration  from request to response: latency > 50ms\n")
    assert "(answered, no_response_expected, unanswered, orphan_response, opaque)" in fields("outcome").stdout
    assert fields("topics.name").stdout.startswith("request.topics.name  ")
    by_name = {value["field"]: value for value in json.loads(fields("outcome", "--json").stdout)}
    assert "connection_reset" in by_name["outcome_reason"]["values"]
