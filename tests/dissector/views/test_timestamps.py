"""Points in time as the contract of JSON Lines has them."""

import pytest

from dissector.views.timestamps import iso_timestamp


@pytest.mark.parametrize(
    ("nanoseconds", "digits", "text"),
    [
        (0, 6, "1970-01-01T00:00:00.000000Z"),
        (1_700_000_000_123_456_789, 9, "2023-11-14T22:13:20.123456789Z"),
        (1_700_000_000_123_456_789, 6, "2023-11-14T22:13:20.123456Z"),
        (-1, 9, "1969-12-31T23:59:59.999999999Z"),
        (1 << 80, 6, "1208925819614629.174706Z"),
    ],
)
def test_iso_timestamp(nanoseconds: int, digits: int, text: str) -> None:
    assert iso_timestamp(nanoseconds, digits) == text
