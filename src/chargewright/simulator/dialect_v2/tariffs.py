"""Tariffs that a station knows, and what a transaction costs by them (OCPP 2.1 part 2, I07 to I12).

Prices without conditions are reckoned with; a tariff with conditions is refused, and so said.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.said import Transaction, TransactionStep, Trigger
from chargewright.simulator.station import Station

__all__ = ["ELEMENTS_MAX", "Tariffs"]

ELEMENTS_MAX: Final = 8
"""Prices of one dimension of a tariff (TariffCostCtrlr.MaxElements)."""

_DIMENSIONS: Final = (
    "energy",
    "charging_time",
    "idle_time",
    "fixed_fee",
    "reservation_time",
    "reservation_fixed",
)


class Tariffs:
    """Default tariffs by EVSE, drivers' tariffs by token, and which one a transaction goes by."""

    def __init__(self, station: Station, carry_out: Orders) -> None:
        self._station = station
        self._carry_out = carry_out
        self._defaults: dict[int, v21.Tariff] = {}
        self._drivers: dict[str, v21.Tariff] = {}
        self._in_use: dict[int, v21.Tariff | None] = {}

    def handlers_21(self) -> Handlers:
        return {
            "ChangeTransactionTariff": self._change,
            "ClearTariffs": self._clear,
            "GetTariffs": self._get,
            "SetDefaultTariff": self._set_default,
        }

    def learn(self, id_token: str, tariff: v21.Tariff) -> None:
        """A driver's own tariff, told with the authorization (I08)."""
        if _unfit(tariff) is None:
            self._drivers[id_token] = tariff

    def of(self, transaction: Transaction) -> v21.Tariff | None:
        """The tariff of a transaction: the driver's, else that of its EVSE; it is chosen once."""
        if transaction.number not in self._in_use:
            self._in_use[transaction.number] = self._drivers.get(transaction.id_token) or self._default(
                transaction.evse_id, transaction.started_at
            )
        return self._in_use[transaction.number]

    def _default(self, evse_id: int, at: datetime) -> v21.Tariff | None:
        tariff = self._defaults.get(evse_id)
        if tariff is None or (tariff.valid_from is not None and as_utc(tariff.valid_from) > at):
            return None
        return tariff

    # --- orders ----------------------------------------------------------------------------------------------------

    def _set_default(self, request: v21.SetDefaultTariffRequest, _at: datetime) -> Struct:
        tariff, evse_id = request.tariff, request.evse_id
        if evse_id and evse_id not in self._station.evses:
            return v21.SetDefaultTariffResponse(status="Rejected", status_info=reason("UnknownEvse"))
        unfit = _unfit(tariff)
        if unfit is not None:
            return v21.SetDefaultTariffResponse(status=unfit)
        known = [*self._defaults.values(), *self._drivers.values()]
        meant = [evse_id] if evse_id else list(self._station.evses)
        if any(
            other.tariff_id == tariff.tariff_id and other != tariff
            for other in known
            if other not in [self._defaults.get(n) for n in meant]
        ):
            return v21.SetDefaultTariffResponse(status="DuplicateTariffId")
        for n in meant:
            self._defaults[n] = tariff
        return v21.SetDefaultTariffResponse(status="Accepted")

    def _change(self, request: v21.ChangeTransactionTariffRequest, at: datetime) -> Struct:
        transaction = self._carry_out.transaction(request.transaction_id)
        if transaction is None:
            return v21.ChangeTransactionTariffResponse(status="TxNotFound")
        unfit = _unfit(request.tariff)
        if unfit is not None:
            return v21.ChangeTransactionTariffResponse(status=unfit)
        before = self.of(transaction)
        if before is not None and before.currency != request.tariff.currency:
            return v21.ChangeTransactionTariffResponse(status="NoCurrencyChange")
        self._in_use[transaction.number] = request.tariff
        evse = self._station.evses[transaction.evse_id]
        self._station.tell(evse, at, TransactionStep.UPDATED, Trigger.TARIFF)
        return v21.ChangeTransactionTariffResponse(status="Accepted")

    def _get(self, request: v21.GetTariffsRequest, _at: datetime) -> Struct:
        evse_id = request.evse_id
        if evse_id and evse_id not in self._station.evses:
            return v21.GetTariffsResponse(status="Rejected", status_info=reason("UnknownEvse"))
        defaults: dict[str, list[int]] = {}
        for n, tariff in self._defaults.items():
            if evse_id in {0, n}:
                defaults.setdefault(tariff.tariff_id, []).append(n)
        drivers: dict[str, list[str]] = {}
        for id_token, tariff in self._drivers.items():
            drivers.setdefault(tariff.tariff_id, []).append(id_token)
        found = [
            v21.TariffAssignment(tariff_id=tariff_id, tariff_kind="DefaultTariff", evse_ids=sorted(evses))
            for tariff_id, evses in defaults.items()
        ]
        found += [
            v21.TariffAssignment(tariff_id=tariff_id, tariff_kind="DriverTariff", id_tokens=sorted(tokens))
            for tariff_id, tokens in drivers.items()
        ]
        if not found:
            return v21.GetTariffsResponse(status="NoTariff")
        return v21.GetTariffsResponse(status="Accepted", tariff_assignments=found)

    def _clear(self, request: v21.ClearTariffsRequest, _at: datetime) -> Struct:
        """What runs keeps the tariff that it began with (I12.FR.03)."""
        evse_id = request.evse_id or 0

        def held() -> set[str]:
            default = {t.tariff_id for n, t in self._defaults.items() if evse_id in {0, n}}
            return default if evse_id else default | {t.tariff_id for t in self._drivers.values()}

        there = held()
        wanted = sorted(there) if request.tariff_ids is None else request.tariff_ids
        meant = there & set(wanted)
        self._defaults = {
            n: t for n, t in self._defaults.items() if t.tariff_id not in meant or evse_id not in {0, n}
        }
        if not evse_id:
            self._drivers = {i: t for i, t in self._drivers.items() if t.tariff_id not in meant}
        results = [
            v21.ClearTariffsResult(
                status="Accepted" if tariff_id in meant else "NoTariff", tariff_id=tariff_id
            )
            for tariff_id in wanted
        ]
        return v21.ClearTariffsResponse(
            clear_tariffs_result=results or [v21.ClearTariffsResult(status="NoTariff")]
        )

    # --- what it costs ---------------------------------------------------------------------------------------------

    def cost(self, transaction: Transaction) -> v21.CostDetails | None:
        """What an ended transaction costs; None without a tariff."""
        tariff = self.of(transaction)
        if tariff is None or transaction.ended_at is None or transaction.meter_stop_wh is None:
            return None
        energy_kwh = (transaction.meter_stop_wh - transaction.meter_start_wh) / 1000
        charging_s = round(transaction.drawing_s)
        idle_s = max(round((transaction.ended_at - transaction.started_at).total_seconds()) - charging_s, 0)
        energy = energy_kwh * _price(tariff.energy, "price_kwh")
        charging = charging_s / 60 * _price(tariff.charging_time, "price_minute")
        idle = idle_s / 60 * _price(tariff.idle_time, "price_minute")
        fixed = _price(tariff.fixed_fee, "price_fixed")
        total = energy + charging + idle + fixed
        least, most = _bound(tariff.min_cost), _bound(tariff.max_cost)
        kind: v21.TariffCostEnum = "NormalCost"
        if least is not None and total < least:
            total, kind = least, "MinCost"
        if most is not None and total > most:
            total, kind = most, "MaxCost"
        return v21.CostDetails(
            total_cost=v21.TotalCost(
                currency=tariff.currency,
                type_of_cost=kind,
                total=v21.TotalPrice(excl_tax=round(total, 4)),
                energy=_part(tariff.energy, energy),
                charging_time=_part(tariff.charging_time, charging),
                idle_time=_part(tariff.idle_time, idle),
                fixed=_part(tariff.fixed_fee, fixed),
            ),
            total_usage=v21.TotalUsage(energy=energy_kwh, charging_time=charging_s, idle_time=idle_s),
        )


def _unfit(tariff: v21.Tariff) -> Any:
    """Why a tariff cannot be reckoned with: TooManyElements, ConditionNotSupported, or None."""
    for name in _DIMENSIONS:
        part = getattr(tariff, name)
        if part is None:
            continue
        prices: Sequence[Any] = part.prices
        if len(prices) > ELEMENTS_MAX:
            return "TooManyElements"
        if any(price.conditions is not None for price in prices):
            return "ConditionNotSupported"
    return None


def _price(part: Any, name: str) -> float:
    """Without conditions the first price holds."""
    return 0.0 if part is None else float(getattr(part.prices[0], name))


def _part(part: object, amount: float) -> v21.Price | None:
    return None if part is None else v21.Price(excl_tax=round(amount, 4))


def _bound(price: v21.Price | None) -> float | None:
    if price is None:
        return None
    return price.incl_tax if price.excl_tax is None else price.excl_tax
