"""What meters measured, in SI units. The one hot type of the domain, hence msgspec Structs: they cost a third
of a dataclass to build, and the store keeps them as they are.
"""

from datetime import datetime

from msgspec import Struct

from chargewright.ids import EvseId, TransactionId

__all__ = [
    "CURRENT_EXPORT",
    "CURRENT_IMPORT",
    "ENERGY_EXPORT",
    "ENERGY_IMPORT",
    "POWER_EXPORT",
    "POWER_IMPORT",
    "SOC",
    "Reading",
    "Sample",
]

ENERGY_IMPORT = "Energy.Active.Import.Register"
POWER_IMPORT = "Power.Active.Import"
CURRENT_IMPORT = "Current.Import"
ENERGY_EXPORT = "Energy.Active.Export.Register"
POWER_EXPORT = "Power.Active.Export"
CURRENT_EXPORT = "Current.Export"
"""Export is what flows from the car to the grid (2.1 block Q)."""
SOC = "SoC"


class Sample(Struct, array_like=True, frozen=True, gc=False):
    """One measured value in W, Wh, A, V, Hz, percent or degrees Celsius, as the measurand implies.

    `text` holds the value as sent where it is not a number (signed data of 1.6): `value` is None then. Of a signed
    value of 2.x it holds signedMeterValue as JSON, as it came, beside the number.
    """

    measurand: str
    value: float | None
    phase: str | None = None
    location: str | None = None
    context: str | None = None
    text: str | None = None


class Reading(Struct, frozen=True, gc=False):
    """All samples that one EVSE's meter took at one instant (UTC)."""

    evse_id: EvseId
    at: datetime
    samples: tuple[Sample, ...]
    transaction_id: TransactionId | None = None
    suspect: bool = False
    """The station's clock or transaction id could not be used as sent."""
