"""The captures that can be recorded, by name."""

from stage import Scenario

from scenarios import mock, orders

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in (orders.SCENARIO, mock.SCENARIO)}
