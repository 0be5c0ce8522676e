"""The wires of a site under control as they stand now, and what its batteries add to them."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from chargewright.charging.conductors import loaded
from chargewright.charging.planner.session import Session
from chargewright.charging.site import EvseKey, Site, Steps
from chargewright.csms.batteries import Batteries, power_wanted, with_batteries
from chargewright.csms.envelope import Exposure
from chargewright.csms.limit_events import LimitEvents, limited_site, next_change
from chargewright.csms.site_definition import read_definition
from chargewright.csms.site_outlook import Outlook
from chargewright.csms.site_plan import SitePlan
from chargewright.csms.wishes import with_base
from chargewright.domain.site import SiteRecord

__all__ = ["SiteWires"]


class SiteWires:
    """From the definition to the site that plans and envelope are made for.

    Limit events lower it, the house and batteries load it, cars that use few conductors leave room in it.
    """

    def __init__(self, limit_events: LimitEvents, batteries: Batteries) -> None:
        self._limit_events, self._batteries = limit_events, batteries
        self.changes_at: datetime | None = None
        """When a limit event begins, ends or comes in sight."""

    def adopt(self, record: SiteRecord, now: datetime) -> None:
        """Take over a definition; raises `InvalidInput` for one that makes no sense."""
        limits = self._limit_events.of(record.id)
        wired = limited_site(record, limits, now)
        self.full = self._full = limited_site(record, limits, now, batteries=True)
        self.wired = self.site = self._bare = wired
        self._record, self.changes_at = record, next_change(limits, now)

    def stand(
        self,
        outlook: Outlook,
        conductors: Mapping[EvseKey, tuple[int, ...]],
        *,
        idle_a: Mapping[EvseKey, float],
        now: datetime,
        settle: timedelta,
    ) -> None:
        """Take in what is known now. `idle_a` is what the next car at each EVSE may draw unseen."""
        definition = read_definition(self._record.definition)

        def stands(site: Site) -> Site:
            return loaded(with_base(site, definition, outlook.base_limit_power_w), conductors, idle_a)

        self._bare = stands(self.wired)
        self.full = stands(self._full) if definition.batteries else self._bare
        self._lay(now, settle)

    def planned(
        self, now: datetime, settle: timedelta
    ) -> tuple[Site, list[Session], Mapping[EvseKey, Steps]]:
        """Return the site that is to be planned, its batteries that may be, and what the others may draw."""
        sessions = self._batteries.sessions(self._record, self._bare, now)
        if not sessions:
            return self.site, [], {}
        return self.full, sessions, self._batteries.drawn_a(self._record, self._bare, now, settle)

    async def order(
        self, made: SitePlan, exposures: Mapping[EvseKey, Exposure], *, now: datetime, settle: timedelta
    ) -> None:
        """Order batteries what a plan wants of them, as far as there is room beside what stations may draw."""
        wanted_w = power_wanted(self._record, made.sessions, made.tenths_a, phase_v=self.site.nominal_v)
        if wanted_w:
            until = now + timedelta(seconds=self._record.settings.lease_s)
            await self._batteries.order(
                self._record,
                wanted_w,
                site=self._bare,
                full=self.full,
                exposures=exposures,
                until=until,
                settle=settle,
            )
            self._lay(now, settle)

    def _lay(self, now: datetime, settle: timedelta) -> None:
        drawn_a = self._batteries.drawn_a(self._record, self._bare, now, settle)
        site = with_batteries(self._bare, self.full, drawn_a)
        if site != self.site:
            self.site = site
