"""Charging profiles in the words of OCPP 2.x: set, cleared, reported, laid over each other; 2.1's dynamic and priority ones.

OCPP 2.0.1 part 2, K01 to K10; OCPP 2.1 part 2, K21, K22, K28.
"""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from chargewright.charging.installed import Criteria
from chargewright.charging.profile import Installed, Kind, Purpose, RateUnit, decimal_of_tenths
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.agenda import Appointment
from chargewright.simulator.dialect_v2.profile_words import period_in, period_out, profile_in, update_of
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.orders import Orders
from chargewright.simulator.profile_store import DURATION_MAX_S
from chargewright.simulator.said import Transaction, TransactionStep, Trigger, Worded
from chargewright.simulator.station import Station

__all__ = ["Profiles"]

CSO, EMS = "CSO", "EMS"
"""Who limits: the central system, or an energy management system at the site (ChargingLimitSource)."""

EXTERNAL_ID = -1
"""The profile of that system; a central system's own are above 0 (K01.FR.80)."""


class Profiles:
    """Smart charging. What was set is kept as it was said, to be reported so."""

    def __init__(self, station: Station, carry_out: Orders) -> None:
        self._station = station
        self._carry_out = carry_out
        self._wires: dict[int, v21.ChargingProfile] = {}
        self._pulls: dict[int, Appointment] = {}
        station.on_external_limit.append(self._limited_from_outside)

    def handlers(self) -> Handlers:
        return {
            "ClearChargingProfile": self._clear_profile,
            "GetChargingProfiles": self._get_profiles,
            "GetCompositeSchedule": self._composite,
            "SetChargingProfile": self._set_profile,
        }

    def handlers_21(self) -> Handlers:
        return {
            "UpdateDynamicSchedule": self._update_dynamic,
            "UsePriorityCharging": self._use_priority,
        }

    def keep(self, wire: v21.ChargingProfile) -> None:
        """Remember how a profile was said that came with a remote start."""
        self._wires[wire.id] = wire

    def _set_profile(self, request: v21.SetChargingProfileRequest, at: datetime) -> Struct:
        station, wire = self._station, request.charging_profile
        refused = "told to by the scenario" if "rejects_profiles" in station.faults else ""
        if not refused:
            refused = station.profiles.put(
                request.evse_id, profile_in(wire), at=station.clock(at), running=station.running
            )
        if refused:
            return v21.SetChargingProfileResponse(
                status="Rejected", status_info=reason("InvalidProfile", refused)
            )
        if wire.charging_profile_kind == "Dynamic" and wire.dyn_update_time is None:
            wire = msgspec.structs.replace(wire, dyn_update_time=station.clock(at))
        self._wires[wire.id] = wire
        self._plan_pull(wire, at)
        return v21.SetChargingProfileResponse(status="Accepted")

    def _clear_profile(self, request: v21.ClearChargingProfileRequest, _at: datetime) -> Struct:
        wire = request.charging_profile_criteria
        purpose = None if wire is None else wire.charging_profile_purpose
        criteria = Criteria(
            profile_id=request.charging_profile_id,
            evse_id=None if wire is None else wire.evse_id,
            purpose=None if purpose is None else Purpose(purpose),
            stack_level=None if wire is None else wire.stack_level,
        )
        found = self._station.profiles.clear(criteria)
        return v21.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")

    def _composite(self, request: v21.GetCompositeScheduleRequest, at: datetime) -> Struct:
        station = self._station
        store, evse_id = station.profiles, request.evse_id
        unit = store.unit if request.charging_rate_unit is None else RateUnit(request.charging_rate_unit)
        known = evse_id == 0 or evse_id in station.evses
        if (
            not known
            or unit is not store.unit
            or not 0 < request.duration <= DURATION_MAX_S
            or "no_composite" in station.faults
        ):
            return v21.GetCompositeScheduleResponse(status="Rejected")
        start = station.clock(at)
        periods = store.report(
            evse_id, start=start, duration_s=request.duration, unit=unit, running=station.running
        )
        return v21.GetCompositeScheduleResponse(
            status="Accepted",
            schedule=v21.CompositeSchedule(
                evse_id=evse_id,
                duration=request.duration,
                schedule_start=start,
                charging_rate_unit=unit.value,
                charging_schedule_period=[period_out(period) for period in periods],
            ),
        )

    def _get_profiles(self, request: v21.GetChargingProfilesRequest, _at: datetime) -> Struct:
        station, wanted = self._station, request.charging_profile
        purpose, ids, sources = (
            wanted.charging_profile_purpose,
            wanted.charging_profile_id,
            wanted.charging_limit_source,
        )
        found: dict[tuple[int, str], list[Installed]] = {}
        for installed in self._carry_out.profiles_of(request.evse_id):
            profile = installed.profile
            source = EMS if profile.purpose is Purpose.EXTERNAL_CONSTRAINTS else CSO
            if (
                (ids is None or profile.id in ids)
                and (purpose is None or profile.purpose is Purpose(purpose))
                and wanted.stack_level in {None, profile.stack_level}
                and (sources is None or source in sources)
            ):
                found.setdefault((installed.evse_id, source), []).append(installed)
        for n, ((evse_id, source), profiles) in enumerate(sorted(found.items()), start=1):
            report = v21.ReportChargingProfilesRequest(
                request_id=request.request_id,
                charging_limit_source=source,
                charging_profile=[self._wires[i.profile.id] for i in profiles],
                evse_id=evse_id,
                tbc=(n < len(found)) or None,
            )
            station.outbox.put(Worded("ReportChargingProfiles", report))
        return v21.GetChargingProfilesResponse(status="Accepted" if found else "NoProfiles")

    # --- limits from beside the central system (K11 to K14) --------------------------------------------------------

    def _limited_from_outside(self, limit_a: float | None, at: datetime) -> None:
        """A system at the site allows the station so much per phase; None: it no longer limits it."""
        station = self._station
        if limit_a is None:
            station.profiles.drop(EXTERNAL_ID)
            cleared = v21.ClearedChargingLimitRequest(charging_limit_source=EMS)
            station.outbox.put(Worded("ClearedChargingLimit", cleared))
        else:
            wire = self._external(limit_a, at)
            station.profiles.impose(profile_in(wire), station.clock(at))
            self._wires[EXTERNAL_ID] = wire
            limited = v21.NotifyChargingLimitRequest(
                charging_limit=v21.ChargingLimit(charging_limit_source=EMS, is_grid_critical=False),
                charging_schedule=wire.charging_schedule,
            )
            station.outbox.put(Worded("NotifyChargingLimit", limited))
        for evse in station.evses.values():
            if evse.transaction is not None:
                station.tell(evse, at, TransactionStep.UPDATED, Trigger.RATE)

    def _external(self, limit_a: float, at: datetime) -> v21.ChargingProfile:
        store, spec = self._station.profiles, self._station.spec
        tenths = round(10 * limit_a * (1 if store.unit is RateUnit.A else spec.voltage_v * spec.conductors))
        return v21.ChargingProfile(
            id=EXTERNAL_ID,
            stack_level=0,
            charging_profile_purpose="ChargingStationExternalConstraints",
            charging_profile_kind="Absolute",
            charging_schedule=[
                v21.ChargingSchedule(
                    id=1,
                    charging_rate_unit=store.unit.value,
                    start_schedule=self._station.clock(at),
                    charging_schedule_period=[
                        v21.ChargingSchedulePeriod(start_period=0, limit=decimal_of_tenths(tenths))
                    ],
                )
            ],
        )

    # --- dynamic profiles (2.1 K28) ------------------------------------------------------------------------------

    def _update_dynamic(self, request: v21.UpdateDynamicScheduleRequest, at: datetime) -> Struct:
        if not self._update(request.charging_profile_id, request.schedule_update, at):
            return v21.UpdateDynamicScheduleResponse(
                status="Rejected", status_info=reason("NotFound", "no Dynamic profile has this id")
            )
        return v21.UpdateDynamicScheduleResponse(status="Accepted")

    def _update(self, profile_id: int, update: v21.ChargingScheduleUpdate, at: datetime) -> bool:
        """Put new values into a Dynamic profile; False where there is none with this id (K28.FR.05)."""
        wire = self._wires.get(profile_id)
        installed = self._dynamic(profile_id)
        if wire is None or installed is None:
            return False
        now = self._station.clock(at)
        schedule = wire.charging_schedule[0]
        period = update_of(schedule.charging_schedule_period[0], update)
        self._station.profiles.update_dynamic(profile_id, period_in(period), now)
        self._wires[profile_id] = msgspec.structs.replace(
            wire,
            charging_schedule=[msgspec.structs.replace(schedule, charging_schedule_period=[period])],
            dyn_update_time=now,
        )
        return True

    def _dynamic(self, profile_id: int) -> Installed | None:
        for installed in self._station.profiles.installed:
            if installed.profile.id == profile_id and installed.profile.kind is Kind.DYNAMIC:
                return installed
        return None

    def _plan_pull(self, wire: v21.ChargingProfile, at: datetime) -> None:
        """Ask for new values whenever the profile's interval has passed (K28.FR.10)."""
        before = self._pulls.pop(wire.id, None)
        if before is not None:
            before.cancelled = True
        interval_s = wire.dyn_update_interval or 0
        if wire.charging_profile_kind == "Dynamic" and interval_s > 0:
            self._pull_at(later(at, interval_s), wire.id)

    def _pull_at(self, at: datetime, profile_id: int) -> None:
        self._pulls[profile_id] = self._station.agenda.plan(at, self._pull(profile_id))

    def _pull(self, profile_id: int) -> Callable[[datetime], None]:
        def pull(at: datetime) -> None:
            wire = self._wires.get(profile_id)
            installed = self._dynamic(profile_id)
            if wire is None or installed is None or not wire.dyn_update_interval:
                return
            updated_at = installed.profile.dyn_update_at
            now = self._station.clock(at)
            waited_s = wire.dyn_update_interval if updated_at is None else (now - updated_at).total_seconds()
            if waited_s < wire.dyn_update_interval:
                self._pull_at(later(at, wire.dyn_update_interval - waited_s), profile_id)
                return
            self._pull_at(later(at, wire.dyn_update_interval), profile_id)
            request = v21.PullDynamicScheduleUpdateRequest(charging_profile_id=profile_id)
            self._station.outbox.put(Worded("PullDynamicScheduleUpdate", request, pulled))

        def pulled(answer: Struct | None, at: datetime) -> None:
            if (
                isinstance(answer, v21.PullDynamicScheduleUpdateResponse)
                and answer.schedule_update is not None
            ):
                self._update(profile_id, answer.schedule_update, at)

        return pull

    # --- priority charging (2.1 K21, K22) ------------------------------------------------------------------------

    def _use_priority(self, request: v21.UsePriorityChargingRequest, at: datetime) -> Struct:
        transaction = self._carry_out.transaction(request.transaction_id)
        if transaction is None:
            return v21.UsePriorityChargingResponse(
                status="Rejected", status_info=reason("TxNotFound", "no such transaction runs")
            )
        if not self._armed(transaction):
            return v21.UsePriorityChargingResponse(status="NoProfile")
        self._switch_priority(transaction, at, active=request.activate)
        return v21.UsePriorityChargingResponse(status="Accepted")

    def driver_wants_priority(self, at: datetime) -> bool:
        """The driver presses the button for the transaction that runs; False where that does nothing."""
        for evse in self._station.evses.values():
            transaction = evse.transaction
            if transaction is not None and self._armed(transaction):
                assert transaction.wire_id is not None, "a 2.x station names its transactions"
                self._switch_priority(transaction, at, active=not transaction.priority)
                told = v21.NotifyPriorityChargingRequest(
                    transaction_id=transaction.wire_id, activated=transaction.priority
                )
                self._station.outbox.put(Worded("NotifyPriorityCharging", told))
                return True
        return False

    def _armed(self, transaction: Transaction) -> bool:
        return any(
            i.profile.purpose is Purpose.PRIORITY_CHARGING and i.evse_id in {0, transaction.evse_id}
            for i in self._station.profiles.installed
        )

    def _switch_priority(self, transaction: Transaction, at: datetime, *, active: bool) -> None:
        if transaction.priority is active:
            return
        transaction.priority = active
        self._station.limits_changed()
        evse = self._station.evses[transaction.evse_id]
        self._station.tell(evse, at, TransactionStep.UPDATED, Trigger.RATE)
