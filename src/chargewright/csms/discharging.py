"""Cars that give back: how much may be taken from one, by its own words, its meter and the site's settings.

Pure. Nothing is taken from a car that does not tell where it stands: no guess empties a battery that somebody needs.
"""

from dataclasses import replace

from chargewright.charging.planner.session import Discharge
from chargewright.charging.profile import OperationMode, StationAbilities
from chargewright.charging.site import Evse
from chargewright.csms.metering import LiveMeter
from chargewright.domain.site import ChargingNeed, SiteSettings

__all__ = ["can_be_told", "carried_over", "discharge_of", "returned_wh"]


def can_be_told(version: str | None, abilities: StationAbilities | None) -> bool:
    """Whether a station takes orders to give back: OCPP 2.1 alone has words for them, and not every station of it."""
    modes = None if abilities is None else abilities.operation_modes
    return version == "ocpp2.1" and modes is not None and OperationMode.CENTRAL_SETPOINT in modes


def returned_wh(need: ChargingNeed | None, meter: LiveMeter | None, settings: SiteSettings) -> float:
    """What a battery has lost by giving back since its need was told, as it was metered when it was charged."""
    if need is None or not need.discharge_power_w_max or meter is None or meter.exported_wh is None:
        return 0.0
    return max(meter.exported_wh - need.exported_wh, 0.0) / settings.discharge_efficiency


def discharge_of(
    need: ChargingNeed | None,
    meter: LiveMeter | None,
    evse: Evse,
    settings: SiteSettings,
    *,
    gained_wh: float,
    capacity_wh: float | None = None,
) -> Discharge | None:
    """Return what a car may give, or None where it may not be discharged or nobody knows how far.

    `gained_wh` is what its battery has more than when its need was told, `capacity_wh` what was learnt of its size, for a car that does not tell it. Where nobody knows that, the site's reserve
    holds once it is reached.
    """
    if not settings.discharge or need is None or not need.discharge_power_w_max:
        return None
    soc_percent, capacity_wh = _soc_percent(need, meter, gained_wh), need.battery_wh or capacity_wh
    floors_wh: list[float] = []
    if need.discharge_down_to_wh is not None:
        floors_wh.append(gained_wh - need.discharge_down_to_wh)
    if need.energy_min_wh is not None:
        floors_wh.append(gained_wh - need.energy_min_wh)
    if soc_percent is not None and capacity_wh is None and soc_percent <= settings.discharge_reserve_percent:
        floors_wh.append(0.0)
    if soc_percent is not None and capacity_wh is not None:
        floors_wh.append((soc_percent - settings.discharge_reserve_percent) / 100 * capacity_wh)
    if not floors_wh:
        return None
    room_wh = None if need.charge_up_to_wh is None else max(need.charge_up_to_wh - gained_wh, 0.0)
    if room_wh is None and soc_percent is not None and capacity_wh is not None:
        room_wh = (100.0 - soc_percent) / 100 * capacity_wh
    available_wh = max(min(floors_wh), 0.0)
    beyond_wh = 0.0 if need.energy_wh is None else max(gained_wh - need.energy_wh, 0.0)
    return Discharge(
        current_max_a=min(need.discharge_power_w_max / evse.watts_per_a, evse.current_max_a),
        available_wh=available_wh,
        room_wh=room_wh,
        spare_wh=min(beyond_wh, available_wh),
        efficiency=settings.discharge_efficiency,
        wear_per_kwh=settings.discharge_wear_per_kwh,
    )


def carried_over(
    need: ChargingNeed, before: ChargingNeed | None, meter: LiveMeter | None, settings: SiteSettings
) -> ChargingNeed:
    """Return what a driver said with what the car said before of its battery, as that stands now.

    A driver who allows no discharge says so with 0 W.
    """
    if before is None or before.source != "car" or need.discharge_power_w_max == 0.0:
        return need
    gained_wh = need.delivered_wh - before.delivered_wh - returned_wh(before, meter, settings)

    def since(told_wh: float | None) -> float | None:
        return None if told_wh is None else told_wh - gained_wh

    return replace(
        need,
        discharge_power_w_max=need.discharge_power_w_max or before.discharge_power_w_max,
        discharge_down_to_wh=since(before.discharge_down_to_wh),
        charge_up_to_wh=since(before.charge_up_to_wh),
        battery_wh=need.battery_wh or before.battery_wh,
        soc_now_percent=_soc_percent(before, meter, gained_wh)
        if need.soc_now_percent is None
        else need.soc_now_percent,
    )


def _soc_percent(need: ChargingNeed, meter: LiveMeter | None, gained_wh: float) -> float | None:
    """The state of charge: as the meter tells it since the need came, else as the car said and what it gained since."""
    if meter is not None and meter.soc_at is not None and meter.soc_at >= need.at:
        return meter.soc_percent
    if need.soc_now_percent is None or not need.battery_wh:
        return None
    return min(max(need.soc_now_percent + 100 * gained_wh / need.battery_wh, 0.0), 100.0)
