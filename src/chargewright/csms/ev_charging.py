"""Cars that say what they want, and limits that others set at a station (OCPP 2.x K11 to K18).

What a car needs becomes the need of its transaction; the next plan answers it with a charging profile. A car's own
schedule is held against the profile in force: one that asks for more is refused, and the profile sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from chargewright.charging.profile import Purpose, RateUnit
from chargewright.charging.site import Evse, EvseKey
from chargewright.clock import Clock, later
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.leases import Lease
from chargewright.csms.ledger import Ledger
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.csms.reports import Reports
from chargewright.csms.sites import Sites
from chargewright.domain import events
from chargewright.domain.ev_charging import (
    EvSchedule,
    EvScheduleAnswer,
    EvScheduleReported,
    ExternalLimit,
    ExternalLimitCleared,
    ExternalLimitReported,
    KnownEvSchedule,
)
from chargewright.domain.reports import Report
from chargewright.domain.requests import Acknowledged, NeedsAnswer, NeedsReported
from chargewright.domain.site import ChargingNeed
from chargewright.ids import EvseId, StationId

__all__ = ["EvCharging", "ProfilesSeen"]

TOLERANCE_A: Final = 0.1
"""A car that means to draw so little more than it may was told a rounded figure."""

_LIMITS: Final = Shelf("external_limit", ExternalLimit)
_SCHEDULES: Final = Shelf("ev_schedule", KnownEvSchedule)
_ACKNOWLEDGED: Final = Acknowledged()


class EvCharging:
    """Answers what concerns cars and the limits of others, and keeps it."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, ledger: Ledger, sites: Sites, reports: Reports
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ledger = ledger
        self._sites = sites
        reports.on_complete("ReportChargingProfiles", self._profiles_reported)

    def handlers(self) -> dict[type, Handler]:
        return {
            NeedsReported: self._needs,
            EvScheduleReported: self._schedule,
            ExternalLimitReported: self._limited,
            ExternalLimitCleared: self._released,
        }

    # --- asked by others ---------------------------------------------------------------------------------------

    async def external_limits(self, station_id: StationId) -> list[ExternalLimit]:
        """The limits of others that hold at a station, as far as it told them."""
        found = await self._store.read(lambda records: records.items(_LIMITS, station_id))
        return [limit for _, _, limit in found]

    async def ev_schedules(self, station_id: StationId) -> list[KnownEvSchedule]:
        """The newest schedule of a car, for each EVSE that told one."""
        found = await self._store.read(lambda records: records.items(_SCHEDULES, station_id))
        return [schedule for _, _, schedule in found]

    async def profiles_seen(self, station_id: StationId) -> "ProfilesSeen | None":
        """What the station's last complete report of its charging profiles showed beside our ledger."""
        return await self._store.read(lambda records: records.item(_SEEN, station_id, "newest"))

    # --- what stations say -------------------------------------------------------------------------------------

    def _needs(self, inbound: Inbound) -> None:
        """K15.FR.03 to 05: a plan follows where there is a site to plan; else no schedule can be given."""
        request = cast("NeedsReported", inbound.request)
        need = ChargingNeed(
            inbound.station_id,
            request.evse_id,
            self._clock.now(),
            request.energy_wh,
            request.departure_at,
            request.current_max_a,
            source="car",
            energy_min_wh=request.energy_min_wh,
            soc_now_percent=request.soc_now_percent,
            soc_target_percent=request.soc_target_percent,
            battery_wh=request.battery_wh,
            discharge_power_w_max=request.discharge_power_w_max,
            discharge_down_to_wh=request.discharge_down_to_wh,
            charge_up_to_wh=request.charge_up_to_wh,
            exported_wh=self._sites.exported_wh(EvseKey(inbound.station_id, request.evse_id)),
            delivered_wh=self._sites.delivered_wh(EvseKey(inbound.station_id, request.evse_id)),
        )
        planned = self._sites.plans_for(EvseKey(need.station_id, need.evse_id))

        def done(_: None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            inbound.reply(NeedsAnswer("Processing" if planned else "Rejected"))
            self._bus.publish(events.NeedTold(need))

        self._store.submit(lambda records: records.put_charging_need(need), done)

    def _schedule(self, inbound: Inbound) -> None:
        request = cast("EvScheduleReported", inbound.request)
        key, now = EvseKey(inbound.station_id, request.evse_id), self._clock.now()
        evse = self._sites.evse(key)
        why = "" if evse is None else self._exceeds(key, evse, request.schedule, now)
        known = KnownEvSchedule(
            request.evse_id, request.schedule, "Rejected" if why else "Accepted", now, why
        )

        def done(_: None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            inbound.reply(EvScheduleAnswer(known.status))
            if why:
                self._sites.renegotiate(key)

        self._store.submit(
            lambda records: records.put_item(_SCHEDULES, inbound.station_id, numbered(key.evse_id), known),
            done,
        )

    def _exceeds(self, key: EvseKey, evse: Evse, wanted: EvSchedule, now: datetime) -> str:
        """Where a car's schedule goes beyond the profile in force, in words; empty where it does not.

        After the end of that profile nothing is said yet: the next one comes before.
        """
        # The newest that left, answered or not: a car may be quicker with its schedule than our ledger.
        leases = [entry for entry in self._ledger.held(key) if entry.profile.purpose is Purpose.TX]
        if not leases:
            return ""
        lease = Lease.of(leases[-1], evse)
        instants = {now, lease.start, *(span.start for span in lease.spans)}
        instants |= {later(wanted.at, start_s) for start_s, _ in wanted.steps}
        for at in sorted(instants):
            allowed, asked_a = lease.at(at), _asked_a(wanted, at, evse)
            if at < now or allowed is None or asked_a is None:
                continue
            if asked_a > allowed / 10 + TOLERANCE_A:
                return f"{asked_a:.1f} A at {at.isoformat()}, where {allowed / 10:g} A are allowed"
        return ""

    def _limited(self, inbound: Inbound) -> None:
        request = cast("ExternalLimitReported", inbound.request)
        limit = ExternalLimit(
            request.source,
            request.evse_id,
            request.is_grid_critical,
            request.schedules,
            self._clock.now(),
            request.is_local_generation,
        )
        station_id, key = inbound.station_id, _limit_key(request.evse_id, request.source)
        inbound.reply_after(
            self._store,
            lambda records: records.put_item(_LIMITS, station_id, key, limit),
            _ACKNOWLEDGED,
        )

    def _released(self, inbound: Inbound) -> None:
        request = cast("ExternalLimitCleared", inbound.request)
        station_id = inbound.station_id

        def forget(records: Records) -> None:
            """Of the EVSE that is named; where none is, all that this source had set."""
            for _, key, limit in records.items(_LIMITS, station_id):
                if limit.source == request.source and request.evse_id in {None, limit.evse_id}:
                    records.delete_item(_LIMITS, station_id, key)

        inbound.reply_after(self._store, forget, _ACKNOWLEDGED)

    # --- profiles that a station says it holds -----------------------------------------------------------------

    def _profiles_reported(
        self, records: Records, station_id: StationId, report: Report, items: Sequence[Any]
    ) -> None:
        """K09: hold what a station says it has against what we know to have sent."""
        known = {(int(entry.evse_id), entry.profile.id) for entry in records.installed_profiles(station_id)}
        unknown = [item for item in items if (item["evseId"], item["chargingProfile"]["id"]) not in known]
        seen = ProfilesSeen(report.request_id, self._clock.now(), len(items), unknown)
        records.put_item(_SEEN, station_id, "newest", seen)


@dataclass(frozen=True, slots=True)
class ProfilesSeen:
    """The last complete report of a station's charging profiles: `unknown` are those that were not sent by a plan."""

    request_id: int
    at: datetime
    count: int
    unknown: list[Any]


_SEEN: Final = Shelf("profiles_seen", ProfilesSeen)


def _limit_key(evse_id: EvseId | None, source: str) -> str:
    return f"{numbered(evse_id or 0)}/{source}"


def _asked_a(wanted: EvSchedule, at: datetime, evse: Evse) -> float | None:
    """Amperes per conductor that a car means to draw at an instant; None where its schedule does not speak."""
    after_s = (at - wanted.at).total_seconds()
    if after_s < 0 or (wanted.duration_s is not None and after_s >= wanted.duration_s):
        return None
    amount = next((limit for start_s, limit in reversed(wanted.steps) if start_s <= after_s), None)
    if amount is None or wanted.unit is RateUnit.A:
        return amount
    return amount / (evse.voltage_v * evse.phases)
