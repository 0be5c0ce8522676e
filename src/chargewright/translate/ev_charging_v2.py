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
    energy_wh = ac.energy_amount if ac is not None else dc.energy_amount if dc is not None else None
    current_a = ac.ev_max_current if ac is not None else dc.ev_max_current if dc is not None else None
    return requests.NeedsReported(
        EvseId(wire.evse_id),
        None if energy_wh is None else float(energy_wh),
        None if needs.departure_time is None else as_utc(needs.departure_time),
        None if current_a is None else float(current_a),
    )


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
