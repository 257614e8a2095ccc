"""Says the sum of the conformance tests at the end of a run."""

from __future__ import annotations

from collections import Counter

import pytest

Tally = Counter[tuple[str, str]]
TALLY = pytest.StashKey[Tally]()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """Return the counts by (source, "all" or "held") that the tests add to."""
    return pytestconfig.stash.setdefault(TALLY, Counter())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print how many vectors hold."""
    counts = config.stash.get(TALLY, None)
    if not counts:
        return
    terminalreporter.write_sep("-", "conformance to Kafka's own serializers")
    for source in sorted({source for source, _ in counts}):
        terminalreporter.write_line(
            f"{source}: {counts[source, 'held']} of {counts[source, 'all']} vectors parse to Kafka's values, "
            "are consumed whole, and rebuild byte for byte"
        )
