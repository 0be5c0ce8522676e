"""OCPP's units and multipliers -> W, Wh, A, V and so on. The one place where kW and kWh are known."""

from typing import Final

from chargewright.domain.metering import ENERGY_IMPORT, Sample

__all__ = ["AMOUNT_MAX", "DEFAULT_MEASURAND", "FACTORS", "factor_of", "number", "sample"]

DEFAULT_MEASURAND: Final = ENERGY_IMPORT
"""What a sampled value measures where it does not say (1.6 7.43, 2.0.1 SampledValueType)."""

FACTORS: Final[dict[str | None, float]] = {
    None: 1.0,
    "Wh": 1.0,
    "kWh": 1000.0,
    "varh": 1.0,
    "kvarh": 1000.0,
    "VAh": 1.0,
    "kVAh": 1000.0,
    "W": 1.0,
    "kW": 1000.0,
    "VA": 1.0,
    "kVA": 1000.0,
    "var": 1.0,
    "kvar": 1000.0,
    "A": 1.0,
    "V": 1.0,
    "Celcius": 1.0,
    "Celsius": 1.0,
    "Percent": 1.0,
    "Hertz": 1.0,
    "Hz": 1.0,
}
"""By what a value in each unit is multiplied; none is less than 1."""

AMOUNT_MAX: Final = 1e15
"""No meter tells more, in any unit."""

_LINEAR_ONLY: Final = frozenset({"K", "Fahrenheit", "Deg"})
"""Units that a factor does not bring to ours: the number is kept as sent, beside its text."""


def factor_of(unit: str | None, multiplier: int | None = None) -> float:
    """By what a value in `unit` times ten to the `multiplier` is multiplied; 1 for a unit that nobody knows."""
    factor = FACTORS.get(unit, 1.0)
    return factor if not multiplier else factor * 10.0**multiplier


def number(text: str) -> float | None:
    """Read the value of a 1.6 sample: a decimal number, at times with a comma; None for anything else."""
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            return None
    return value if -AMOUNT_MAX < value < AMOUNT_MAX else None  # also refuses nan and inf


def sample(
    measurand: str | None,
    text: str,
    *,
    unit: str | None,
    phase: str | None,
    location: str | None,
    context: str | None,
) -> Sample:
    """Make one sample from the words of 1.6; what is no number is kept as text."""
    value = number(text)
    if value is None:
        return Sample(measurand or DEFAULT_MEASURAND, None, phase, location, context, text)
    if unit in _LINEAR_ONLY:
        return Sample(measurand or DEFAULT_MEASURAND, value, phase, location, context, f"{text} {unit}")
    return Sample(measurand or DEFAULT_MEASURAND, value * FACTORS.get(unit, 1.0), phase, location, context)
