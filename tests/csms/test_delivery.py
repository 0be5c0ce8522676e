"""When a station that refused a profile is asked again."""

from datetime import timedelta

import pytest

from chargewright.csms.delivery import RETRY_AFTER, RETRY_DELAY_MAX, retry_delay


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Rejected", RETRY_AFTER),
        ("Rejected: RateLimitExceeded 300 seconds before retry", timedelta(seconds=300)),
        ("Rejected: RateLimitExceeded 5 seconds before retry", RETRY_AFTER),
        ("Rejected: RateLimitExceeded 999999999 seconds before retry", RETRY_DELAY_MAX),
        ("Rejected: RateLimitExceeded seconds before retry", RETRY_AFTER),
    ],
)
def test_a_station_that_asks_for_time_gets_it_within_reason(reason: str, expected: timedelta):
    assert retry_delay(reason) == expected
