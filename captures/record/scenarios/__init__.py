"""The captures that can be recorded, by name."""

from stage import Scenario

from scenarios import (
    admin,
    bulk,
    cluster,
    codecs,
    connect,
    eras,
    errors,
    groups,
    mock,
    old,
    orders,
    quorum,
    sasl,
    streams,
    telemetry,
    tls,
    transactions,
    upgrade,
)

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        orders.SCENARIO,
        mock.SCENARIO,
        codecs.SCENARIO,
        transactions.SCENARIO,
        groups.SCENARIO,
        sasl.SCENARIO,
        errors.SCENARIO,
        connect.SCENARIO,
        streams.SCENARIO,
        telemetry.SCENARIO,
        admin.SCENARIO,
        bulk.SCENARIO,
        cluster.SCENARIO,
        quorum.SCENARIO,
        old.KAFKA_0_8_2,
        old.KAFKA_0_10_2,
        eras.SCENARIO,
        old.ZOOKEEPER,
        upgrade.SCENARIO,
        tls.TLS_1_3,
        tls.TLS_1_2,
    )
}
