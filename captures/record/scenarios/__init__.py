"""The captures that can be recorded, by name."""

from scenarios import mock
from stage import Scenario

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (mock.SCENARIO,)}
