"""The captures that can be recorded, by name."""

from stage import Scenario

from scenarios import bulk, cluster, codecs, groups, mock, orders, sasl, transactions

SCENARIOS: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (orders, mock, codecs, transactions, groups, sasl, bulk, cluster)
}
