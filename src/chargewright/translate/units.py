"""OCPP's units and multipliers -> W, Wh, A, V and so on. The one place where kW and kWh are known."""

from typing import Final

from chargewright.domain.metering import ENERGY_IMPORT, Sample

__all__ = ["AMOUNT_MAX", "DEFAULT_MEASURAND", "FACTORS", "number", "sample", "scaled"]

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


MULTIPLIER_MAX: Final = 12
"""Powers of ten either way; a real meter says 3 or -3, and a large one would overflow a float."""


def scaled(amount: float, unit: str | None, multiplier: int | None) -> tuple[float | None, str | None]:
    """Bring a value of 2.x, which is in `unit` times ten to the `multiplier`, to ours: (value, text).

    A unit that nobody knows is left alone; what is out of all proportion is kept as text, without a value.
    """
    power = multiplier or 0
    if abs(power) <= MULTIPLIER_MAX:
        value = amount * FACTORS.get(unit, 1.0) * 10.0**power
        if -AMOUNT_MAX < value < AMOUNT_MAX:
            return value, None
    return None, f"{amount} x 10^{multiplier} {unit or ''}".rstrip()


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
