"""OCPP 2.x <-> domain: limits of others, needs and schedules of cars (block K)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from chargewright.charging.profile import RateUnit
from chargewright.clock import as_utc
from chargewright.domain import ev_charging, requests
from chargewright.ids import EvseId
from chargewright.ocpp.frames import ENCODER
from chargewright.ocpp.v21 import messages as v21

__all__ = ["ANSWERS", "REQUESTS"]


def _limit(wire: Any) -> ev_charging.ExternalLimitReported:
    limit = wire.charging_limit
    schedules = wire.charging_schedule or []
    return ev_charging.ExternalLimitReported(
        limit.charging_limit_source,
        None if not wire.evse_id else EvseId(wire.evse_id),
        limit.is_grid_critical,
        msgspec.json.decode(ENCODER.encode(schedules)),
        bool(getattr(limit, "is_local_generation", None)),  # 2.1 only
    )


def _cleared(wire: Any) -> ev_charging.ExternalLimitCleared:
    return ev_charging.ExternalLimitCleared(
        wire.charging_limit_source, None if not wire.evse_id else EvseId(wire.evse_id)
    )


def _needs(wire: Any) -> requests.NeedsReported:
    needs = wire.charging_needs
    ac, dc = needs.ac_charging_parameters, needs.dc_charging_parameters
    v2x = getattr(needs, "v2x_charging_parameters", None)  # 2.1 only
    energy_wh = _first(ac and ac.energy_amount, dc and dc.energy_amount, v2x and v2x.ev_target_energy_request)
    current_a = _first(ac and ac.ev_max_current, dc and dc.ev_max_current, v2x and v2x.max_charge_current)
    return requests.NeedsReported(
        EvseId(wire.evse_id),
        energy_wh,
        None if needs.departure_time is None else as_utc(needs.departure_time),
        current_a,
        energy_min_wh=_first(v2x and v2x.ev_min_energy_request),
        soc_now_percent=_first(dc and dc.state_of_charge),
        soc_target_percent=_first(v2x and v2x.target_soc, dc and dc.full_soc),
        battery_wh=_first(dc and dc.ev_energy_capacity),
        discharge_power_w_max=_discharge_w(v2x) if needs.requested_energy_transfer in _BOTH_WAYS else None,
        discharge_down_to_wh=_first(v2x and v2x.ev_min_v2x_energy_request),
        charge_up_to_wh=_first(v2x and v2x.ev_max_v2x_energy_request, v2x and v2x.ev_max_energy_request),
    )


_BOTH_WAYS: Final = frozenset({"AC_BPT", "AC_BPT_DER", "DC_BPT", "DC_ACDP_BPT"})
"""Energy transfer modes of 2.1 in which a car may be discharged (ISO 15118-20: bidirectional power transfer)."""


def _discharge_w(v2x: Any) -> float | None:
    """What a car lets be drawn from it on all its phases; the standard's powers may be told phase by phase."""
    if v2x is None:
        return None
    told = (v2x.max_discharge_power, v2x.max_discharge_power_l2, v2x.max_discharge_power_l3)
    powers_w = [abs(float(power)) for power in told if power is not None]
    return sum(powers_w) or None


def _first(*values: Any) -> float | None:
    """The first that was told."""
    return next((float(value) for value in values if value is not None), None)


def _schedule(wire: Any) -> ev_charging.EvScheduleReported:
    schedule = wire.charging_schedule
    steps = tuple((p.start_period, float(p.limit or 0)) for p in schedule.charging_schedule_period)
    return ev_charging.EvScheduleReported(
        EvseId(wire.evse_id),
        ev_charging.EvSchedule(
            as_utc(wire.time_base), RateUnit(schedule.charging_rate_unit), steps, schedule.duration
        ),
    )


REQUESTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "ClearedChargingLimit": _cleared,
    "NotifyChargingLimit": _limit,
    "NotifyEVChargingNeeds": _needs,
    "NotifyEVChargingSchedule": _schedule,
}


def _needs_answer(_request: Any, answer: requests.NeedsAnswer) -> v21.NotifyEVChargingNeedsResponse:
    return v21.NotifyEVChargingNeedsResponse(status=answer.status)


def _schedule_answer(
    _request: Any, answer: ev_charging.EvScheduleAnswer
) -> v21.NotifyEVChargingScheduleResponse:
    return v21.NotifyEVChargingScheduleResponse(status=answer.status)


ANSWERS: Final[Mapping[type, Callable[[Any, Any], Any]]] = {
    ev_charging.EvScheduleAnswer: _schedule_answer,
    requests.NeedsAnswer: _needs_answer,
}
