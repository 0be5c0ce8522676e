"""OCPP 2.1 <-> domain: tariffs that a station holds itself (I07 to I11).

Ours count times per hour, OCPP per minute. Times of day are the station's local ones there, ours those of the
tariff's zone: the same, as long as the station is where its tariff is.
"""

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from chargewright.clock import as_utc
from chargewright.domain import cost, station_tariff
from chargewright.ocpp.v21 import messages as v21
from chargewright.translate.answered_v21 import answered, reason_given

__all__ = ["COMMANDS", "OUTCOMES", "tariff_to_wire"]

MINUTES_PER_HOUR: Final = 60


def tariff_to_wire(tariff: cost.Tariff) -> v21.Tariff:
    """Write a tariff as OCPP has it."""
    return v21.Tariff(
        tariff_id=tariff.id,
        currency=tariff.currency,
        description=[
            v21.MessageContent(format="UTF8", content=text, language=language or None)
            for language, text in tariff.description
        ]
        or None,
        energy=_energy(tariff.energy),
        charging_time=_time(tariff.charging_time),
        idle_time=_time(tariff.idle_time),
        fixed_fee=_fixed(tariff.fixed),
        reservation_time=_time(tariff.reservation_time),
        reservation_fixed=_fixed(tariff.reservation_fixed),
        min_cost=_bound(tariff.total_min),
        max_cost=_bound(tariff.total_max),
        valid_from=tariff.valid_from,
    )


def _energy(part: cost.Part | None) -> v21.TariffEnergy | None:
    if part is None:
        return None
    prices = [
        v21.TariffEnergyPrice(price_kwh=float(p.amount), conditions=_conditions(p.conditions))
        for p in part.prices
    ]
    return v21.TariffEnergy(prices=prices, tax_rates=_taxes(part))


def _time(part: cost.Part | None) -> v21.TariffTime | None:
    if part is None:
        return None
    prices = [
        v21.TariffTimePrice(
            price_minute=float(p.amount / MINUTES_PER_HOUR), conditions=_conditions(p.conditions)
        )
        for p in part.prices
    ]
    return v21.TariffTime(prices=prices, tax_rates=_taxes(part))


def _fixed(part: cost.Part | None) -> v21.TariffFixed | None:
    if part is None:
        return None
    prices = [
        v21.TariffFixedPrice(price_fixed=float(p.amount), conditions=_fixed_conditions(p.conditions))
        for p in part.prices
    ]
    return v21.TariffFixed(prices=prices, tax_rates=_taxes(part))


def _taxes(part: cost.Part) -> list[v21.TaxRate] | None:
    return [v21.TaxRate(type=tax.kind, tax=float(tax.percent), stack=tax.stack) for tax in part.taxes] or None


def _bound(amount: Decimal | None) -> v21.Price | None:
    return None if amount is None else v21.Price(excl_tax=float(amount))


def _when(conditions: cost.Conditions) -> dict[str, Any]:
    """Write what conditions of all prices have: times, days, the kind of EVSE."""
    return {
        "start_time_of_day": _clock(conditions.time_from),
        "end_time_of_day": _clock(conditions.time_until),
        "day_of_week": list(conditions.days) or None,
        "valid_from_date": _day(conditions.date_from),
        "valid_to_date": _day(conditions.date_until),
        "evse_kind": conditions.evse_kind,
    }


def _conditions(conditions: cost.Conditions) -> v21.TariffConditions | None:
    if conditions == cost.Conditions():
        return None
    return v21.TariffConditions(
        **_when(conditions),
        min_energy=_number(conditions.energy_wh_min),
        max_energy=_number(conditions.energy_wh_max),
        min_current=_number(conditions.current_a_min),
        max_current=_number(conditions.current_a_max),
        min_power=_number(conditions.power_w_min),
        max_power=_number(conditions.power_w_max),
        min_time=conditions.duration_s_min,
        max_time=conditions.duration_s_max,
        min_charging_time=conditions.charging_s_min,
        max_charging_time=conditions.charging_s_max,
        min_idle_time=conditions.idle_s_min,
        max_idle_time=conditions.idle_s_max,
    )


def _fixed_conditions(conditions: cost.Conditions) -> v21.TariffConditionsFixed | None:
    if conditions == cost.Conditions():
        return None
    return v21.TariffConditionsFixed(
        **_when(conditions),
        payment_brand=conditions.payment_brand,
        payment_recognition=conditions.payment_recognition,
    )


def _clock(at: time | None) -> str | None:
    return None if at is None else at.strftime("%H:%M")


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _set_default(order: station_tariff.SetDefaultTariff) -> tuple[str, Any]:
    return "SetDefaultTariff", v21.SetDefaultTariffRequest(
        evse_id=order.evse_id, tariff=tariff_to_wire(order.tariff)
    )


def _change(order: station_tariff.ChangeTariff) -> tuple[str, Any]:
    return "ChangeTransactionTariff", v21.ChangeTransactionTariffRequest(
        transaction_id=order.wire_id, tariff=tariff_to_wire(order.tariff)
    )


def _ask(order: station_tariff.AskTariffs) -> tuple[str, Any]:
    return "GetTariffs", v21.GetTariffsRequest(evse_id=order.evse_id)


def _clear(order: station_tariff.ClearTariffs) -> tuple[str, Any]:
    return "ClearTariffs", v21.ClearTariffsRequest(
        tariff_ids=list(order.tariff_ids) or None, evse_id=order.evse_id
    )


COMMANDS: Final[Mapping[type, Callable[[Any], tuple[str, Any]]]] = {
    station_tariff.AskTariffs: _ask,
    station_tariff.ChangeTariff: _change,
    station_tariff.ClearTariffs: _clear,
    station_tariff.SetDefaultTariff: _set_default,
}


def _told(_order: Any, wire: Any) -> station_tariff.TariffsTold:
    return station_tariff.TariffsTold(
        wire.status,
        reason_given(wire),
        tuple(
            station_tariff.TariffAssigned(
                one.tariff_id,
                one.tariff_kind,
                tuple(one.evse_ids or ()),
                tuple(one.id_tokens or ()),
                None if one.valid_from is None else as_utc(one.valid_from),
            )
            for one in wire.tariff_assignments or ()
        ),
    )


def _cleared(_order: Any, wire: Any) -> station_tariff.TariffsCleared:
    return station_tariff.TariffsCleared(
        tuple(
            station_tariff.TariffCleared(one.tariff_id, one.status, reason_given(one))
            for one in wire.clear_tariffs_result
        )
    )


OUTCOMES: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    station_tariff.AskTariffs: _told,
    station_tariff.ChangeTariff: answered,
    station_tariff.ClearTariffs: _cleared,
    station_tariff.SetDefaultTariff: answered,
}
