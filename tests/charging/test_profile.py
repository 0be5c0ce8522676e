from decimal import Decimal

import pytest

from chargewright.charging.profile import Dialect, Recurrency, decimal_of_tenths, tenths_of
from chargewright.errors import InvalidInput


def test_every_limit_up_to_a_hundred_amperes_is_exact():
    # the 134 of 401 that float arithmetic loses (x % 0.1 != 0) are among these
    for tenths in range(-1_000, 1_001):
        text = f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}"
        assert tenths_of(Decimal(text)) == tenths
        assert decimal_of_tenths(tenths) == Decimal(text)


@pytest.mark.parametrize(
    ("text", "tenths"), [("16", 160), ("1.6E+1", 160), ("16.000", 160), ("-0.0", 0), ("11000", 110_000)]
)
def test_a_limit_may_be_written_in_other_ways(text, tenths):
    assert tenths_of(Decimal(text)) == tenths


@pytest.mark.parametrize(
    "text",
    [
        "0.05",
        "16.01",
        "NaN",
        "Infinity",
        "-Infinity",
        "1E+30",
        "1E-30",
        "0.1000000000000000000000000000000001",
    ],
)
def test_what_is_not_a_multiple_of_a_tenth_is_refused(text):
    with pytest.raises(InvalidInput):
        tenths_of(Decimal(text))


def test_a_binary_float_that_was_made_a_decimal_is_refused():
    with pytest.raises(InvalidInput):
        tenths_of(Decimal(8.1))  # noqa: RUF032  the float's own digits are what is tested


def test_an_unknown_version_has_no_dialect():
    with pytest.raises(InvalidInput, match=r"ocpp1\.5"):
        Dialect.of("ocpp1.5")


def test_no_version_raises_a_limit_to_the_minimum_charging_rate():
    versions = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
    assert not any(Dialect.of(version).minimum_rate_raises for version in versions)


def test_recurrences_are_counted_in_hours():
    assert Recurrency.DAILY.length_s == 24 * 60 * 60
    assert Recurrency.WEEKLY.length_s == 7 * 24 * 60 * 60
