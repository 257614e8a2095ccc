"""Captures that grow: the same traffic several times over, as if it had gone on."""

import dissector

SAMPLE = "captures/mock.pcap"


def read(path):
    with dissector.open_capture(path) as capture:
        count = sum(1 for _ in capture)
    assert not capture.ledger.discrepancies()
    return count, capture.ledger


def test_a_capture_three_times_over_has_three_times_the_exchanges_on_connections_of_their_own(request, tmp_path):
    from growth import repeat

    sample = request.config.rootpath / SAMPLE
    count, ledger = read(sample)
    grown = tmp_path / "grown.pcap"
    assert repeat(sample, 3, grown) == 3 * ledger.packets
    grown_count, grown_ledger = read(grown)
    assert grown_count == 3 * count
    assert grown_ledger.packets == 3 * ledger.packets
    assert grown_ledger.connections == 3 * ledger.connections
    assert grown_ledger.captured == 3 * ledger.captured


def test_time_goes_on_where_a_capture_is_repeated(request):
    from growth import repeated

    times = [packet.time for packet in repeated(request.config.rootpath / SAMPLE, 3)]
    third = len(times) // 3
    assert times[third] - times[third - 1] == times[2 * third] - times[2 * third - 1] == 1_000_000
    assert times[2 * third] - times[third] == times[third] - times[0]


def test_what_each_packet_more_costs_is_said(capsys):
    from growth import print_rows
    from processes import Cost

    print_rows("| chatty | stats ", [1000, 3000], [[Cost(1.0, 40.0)], [Cost(2.0, 41.0), Cost(4.0, 42.0)]])
    assert capsys.readouterr().out.splitlines() == [
        "| chatty | stats | 1,000 | 1.00 | 1000.0 |  | 40 |  |",
        "| chatty | stats | 3,000 | 3.00 | 1000.0 | 1000.0 | 42 | 1000 |",
    ]
