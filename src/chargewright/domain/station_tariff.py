"""Tariffs that a station holds itself, to reckon with and to show (OCPP 2.1 part 2, I07 to I11)."""

from dataclasses import dataclass
from datetime import datetime

from chargewright.domain.cost import Tariff
from chargewright.ids import EvseId

__all__ = [
    "AskTariffs",
    "ChangeTariff",
    "ClearTariffs",
    "SetDefaultTariff",
    "StationTariff",
    "TariffAssigned",
    "TariffCleared",
    "TariffsCleared",
    "TariffsTold",
]


@dataclass(frozen=True, slots=True)
class SetDefaultTariff:
    """SetDefaultTariff; EVSE 0 stands for all. Outcome: `Answered`."""

    evse_id: EvseId
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class ChangeTariff:
    """ChangeTransactionTariff. Outcome: `Answered`."""

    wire_id: str
    tariff: Tariff


@dataclass(frozen=True, slots=True)
class AskTariffs:
    """GetTariffs; EVSE 0 stands for all, drivers' tariffs with them. Outcome: `TariffsTold`."""

    evse_id: EvseId


@dataclass(frozen=True, slots=True)
class TariffAssigned:
    """A tariff that a station holds: for which EVSEs by default, or for which drivers."""

    tariff_id: str
    kind: str
    evse_ids: tuple[int, ...] = ()
    id_tokens: tuple[str, ...] = ()
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class TariffsTold:
    """Accepted, Rejected or NoTariff, and what there is."""

    status: str
    reason: str = ""
    assigned: tuple[TariffAssigned, ...] = ()


@dataclass(frozen=True, slots=True)
class ClearTariffs:
    """ClearTariffs: those that are named, or all; of one EVSE, or of all. Outcome: `TariffsCleared`."""

    tariff_ids: tuple[str, ...] = ()
    evse_id: EvseId | None = None


@dataclass(frozen=True, slots=True)
class TariffCleared:
    """What became of one tariff; `tariff_id` is None where the answer names none."""

    tariff_id: str | None
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TariffsCleared:
    results: tuple[TariffCleared, ...]


@dataclass(frozen=True, slots=True)
class StationTariff:
    """The default tariff that an EVSE took from us; EVSE 0 stands for all that have none of their own."""

    evse_id: EvseId
    tariff_id: str
    at: datetime
