"""Charging profiles in the words of OCPP 1.6 (sections 5.5, 5.7, 5.16)."""

from datetime import datetime
from typing import Final

from msgspec import Struct

from chargewright.charging.installed import Criteria
from chargewright.charging.profile import (
    Kind,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Recurrency,
    Schedule,
    decimal_of_tenths,
    tenths_of,
)
from chargewright.clock import as_utc
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.profile_store import DURATION_MAX_S
from chargewright.simulator.station import Station

__all__ = ["Profiles", "profile_of"]

_PURPOSES: Final = {
    "ChargePointMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}


class Profiles:
    """Smart charging."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def handlers(self) -> Handlers:
        return {
            "ClearChargingProfile": self._clear_profile,
            "GetCompositeSchedule": self._composite,
            "SetChargingProfile": self._set_profile,
        }

    def _set_profile(self, request: v16.SetChargingProfileRequest, at: datetime) -> Struct:
        station = self._station
        if "rejects_profiles" in station.faults:
            return v16.SetChargingProfileResponse(status="Rejected")
        profile = profile_of(request.cs_charging_profiles)
        refused = station.profiles.put(
            request.connector_id, profile, at=station.clock(at), running=station.running
        )
        return v16.SetChargingProfileResponse(status="Rejected" if refused else "Accepted")

    def _clear_profile(self, request: v16.ClearChargingProfileRequest, _at: datetime) -> Struct:
        purpose = request.charging_profile_purpose
        criteria = Criteria(
            profile_id=request.id,
            evse_id=request.connector_id,
            purpose=None if purpose is None else _PURPOSES[purpose],
            stack_level=request.stack_level,
        )
        found = self._station.profiles.clear(criteria)
        return v16.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")

    def _composite(self, request: v16.GetCompositeScheduleRequest, at: datetime) -> Struct:
        station = self._station
        store, evse_id = station.profiles, request.connector_id
        unit = store.unit if request.charging_rate_unit is None else RateUnit(request.charging_rate_unit)
        known = evse_id == 0 or evse_id in station.evses
        if (
            not known
            or unit is not store.unit
            or not 0 < request.duration <= DURATION_MAX_S
            or "no_composite" in station.faults
        ):
            return v16.GetCompositeScheduleResponse(status="Rejected")
        start = station.clock(at)
        periods = store.report(
            evse_id, start=start, duration_s=request.duration, unit=unit, running=station.running
        )
        return v16.GetCompositeScheduleResponse(
            status="Accepted",
            connector_id=evse_id,
            schedule_start=start,
            charging_schedule=v16.ChargingSchedule(
                charging_rate_unit=unit.value,
                duration=request.duration,
                start_schedule=start,
                charging_schedule_period=[
                    v16.ChargingSchedulePeriod(
                        start_period=period.start_s,
                        limit=decimal_of_tenths(period.limit_tenths or 0),
                        number_phases=period.number_phases,
                    )
                    for period in periods
                ],
            ),
        )


def profile_of(wire: v16.ChargingProfile) -> Profile:
    """Read a profile. Raises `InvalidInput` for a limit that is no multiple of 0.1."""
    schedule = wire.charging_schedule
    minimum = schedule.min_charging_rate
    return Profile(
        id=wire.charging_profile_id,
        stack_level=wire.stack_level,
        purpose=_PURPOSES[wire.charging_profile_purpose],
        kind=Kind(wire.charging_profile_kind),
        schedules=(
            Schedule(
                unit=RateUnit(schedule.charging_rate_unit),
                periods=tuple(
                    Period(period.start_period, tenths_of(period.limit), period.number_phases)
                    for period in schedule.charging_schedule_period
                ),
                start_at=None if schedule.start_schedule is None else as_utc(schedule.start_schedule),
                duration_s=schedule.duration,
                minimum_rate_tenths=None if minimum is None else tenths_of(minimum),
            ),
        ),
        recurrency=None if wire.recurrency_kind is None else Recurrency(wire.recurrency_kind),
        valid_from=None if wire.valid_from is None else as_utc(wire.valid_from),
        valid_to=None if wire.valid_to is None else as_utc(wire.valid_to),
        transaction_id=None if wire.transaction_id is None else str(wire.transaction_id),
    )
