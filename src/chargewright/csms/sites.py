"""The sites under control: kept, changed, and told what happens at their stations."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.control_services import ControlServices
from chargewright.csms.discharging import carried_over
from chargewright.csms.sessions import delivered_wh
from chargewright.csms.site_bounds import judged_site
from chargewright.csms.site_definition import read_definition, site_of
from chargewright.csms.smart_charging import SiteControl
from chargewright.csms.wishes import goals_of
from chargewright.domain import events
from chargewright.domain.site import ChargingNeed, SiteRecord, SiteSettings
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId, StationId

__all__ = ["Sites"]


class Sites:
    """One running `SiteControl` a site."""

    def __init__(self, services: ControlServices) -> None:
        self._services = services
        self._controls: dict[SiteId, SiteControl] = {}
        self._by_station: dict[StationId, SiteControl | None] = {}
        """Filled as stations are asked for: meter values ask for theirs every time."""
        self._tasks: dict[SiteId, asyncio.Task[None]] = {}
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Load the sites and control them until `stop`."""
        self._unsubscribe = self._services.bus.subscribe(self._happened)
        for record in await self._services.store.read(lambda records: records.sites()):
            self._control(record)

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()

    @property
    def idle(self) -> bool:
        return all(control.idle for control in self._controls.values())

    def all(self) -> list[SiteControl]:
        return list(self._controls.values())

    def records(self) -> list[SiteRecord]:
        return [control.record for control in self._controls.values()]

    def outlook_changed(self, site_id: SiteId) -> None:
        """Prices or carbon intensity of a site changed: its plan may have to, too."""
        control = self._controls.get(site_id)
        if control is not None:
            control.changed()

    def limits_changed(self, site_id: SiteId) -> None:
        """A limit event of a site came, changed or went."""
        control = self.get(site_id)
        control.adopt(control.record)

    def battery_told(self, site_id: SiteId) -> None:
        """A battery that could not be planned can, or cannot any more."""
        self.get(site_id).changed()

    def get(self, site_id: SiteId) -> SiteControl:
        """The control of a site. Raises `NotFound`."""
        control = self._controls.get(site_id)
        if control is None:
            raise NotFound("no such site", where=site_id)
        return control

    async def put(self, site_id: SiteId, name: str, definition: bytes, settings: SiteSettings) -> SiteControl:
        """Create or replace a site; durable and under control when this returns.

        Raises:
            InvalidInput: the definition or the goal makes no sense, or a station belongs to another site already.

        """
        goals_of(settings.goal)
        record = SiteRecord(site_id, name, definition, settings, self._services.clock.now())
        described = read_definition(definition)
        judged_site(described, lambda: site_of(site_id, name, described, batteries=True))
        site = site_of(site_id, name, described)
        for key in site.evses:
            other = self._of_station(key.station_id)
            if other is not None and other.record.id != site_id:
                raise InvalidInput(f"belongs to site {other.record.id}", where=f"station {key.station_id}")
        await self._services.store.commit(lambda records: records.put_site(record))
        control = self._controls.get(site_id)
        if control is None:
            control = self._control(record)
        else:
            control.adopt(record)
        self._by_station.clear()
        self._services.bus.publish(events.SiteChanged(site_id, record.updated_at))
        return control

    async def change_settings(
        self, site_id: SiteId, change: Callable[[SiteSettings], SiteSettings]
    ) -> SiteControl:
        """Apply `change` to the settings of a site."""
        record = self.get(site_id).record
        return await self.put(site_id, record.name, record.definition, change(record.settings))

    async def tell_need(self, need: ChargingNeed) -> None:
        """Take in what a driver wants, durably.

        Raises:
            NotFound: the station belongs to no site.

        """
        control = self._of_station(need.station_id)
        if control is None or EvseKey(need.station_id, need.evse_id) not in control.site.evses:
            raise NotFound("no site has this EVSE", where=f"{need.station_id}/{need.evse_id}")
        if need.energy_wh is not None and need.energy_wh < 0:
            raise InvalidInput("must not be negative", where="energy_wh")
        key = EvseKey(need.station_id, need.evse_id)
        need = replace(need, at=self._services.clock.now(), delivered_wh=self.delivered_wh(key))
        before, meter = control.need(key), self._services.live.of(key.station_id, key.evse_id)
        need = carried_over(
            replace(need, exported_wh=self.exported_wh(key)), before, meter, control.record.settings
        )
        await self._services.store.commit(lambda records: records.put_charging_need(need))
        control.need_told(need)

    def plans_for(self, key: EvseKey) -> bool:
        """Whether a transaction at this EVSE gets charging profiles from a plan."""
        control = self._of_station(key.station_id)
        return control is not None and control.record.settings.enabled and key in control.site.evses

    def discharges(self, station_id: StationId) -> bool:
        """Whether cars at a station may be told to give back: its site allows it, and it takes such orders."""
        control = self._of_station(station_id)
        return control is not None and control.discharges(station_id)

    def evse(self, key: EvseKey) -> Evse | None:
        """An EVSE as its site describes it; None where it belongs to none."""
        control = self._of_station(key.station_id)
        return None if control is None else control.site.evses.get(key)

    def delivered_wh(self, key: EvseKey) -> float:
        """What the transaction that runs at an EVSE got until its newest reading; 0 where none does."""
        for transaction in self._services.transactions.open():
            if (transaction.station_id, transaction.evse_id) == (key.station_id, key.evse_id):
                return delivered_wh(transaction, self._services.live.of(key.station_id, key.evse_id))
        return 0.0

    def exported_wh(self, key: EvseKey) -> float:
        """The newest register of what was given back at an EVSE; 0 where none was told."""
        meter = self._services.live.of(key.station_id, key.evse_id)
        return 0.0 if meter is None else meter.exported_wh or 0.0

    def renegotiate(self, key: EvseKey) -> None:
        """Have the profile of an EVSE sent again with the next plan, changed or not (2.x K16)."""
        control = self._of_station(key.station_id)
        if control is not None:
            control.renegotiate(key)

    def overruled(self, key: EvseKey, why: str) -> None:
        """Something at the station overrules our profiles: the EVSE counts at its rating until it obeys again."""
        control = self._of_station(key.station_id)
        if control is not None:
            control.overruled(key, why)

    async def profiles_touched(self, station_id: StationId) -> None:
        """Somebody sends charging profiles past us: the ledger no longer tells what the station holds.

        It counts at its rating from now on, until its base profile is installed and confirmed again.
        """
        control = self._of_station(station_id)
        if control is not None:
            await self._services.provisioning.change(station_id, lambda s: replace(s, commissioned_at=None))
            control.changed()

    def _control(self, record: SiteRecord) -> SiteControl:
        control = SiteControl(record, self._services)
        self._controls[record.id] = control
        self._by_station.clear()
        self._tasks[record.id] = asyncio.get_running_loop().create_task(control.run())
        return control

    def _of_station(self, station_id: StationId) -> SiteControl | None:
        try:
            return self._by_station[station_id]
        except KeyError:
            found = next((c for c in self._controls.values() if c.covers(station_id)), None)
            self._by_station[station_id] = found
            return found

    def _happened(self, event: events.Event) -> None:
        match event:
            case events.MeasurementsRecorded():
                control = self._of_station(event.station_id)
                if control is not None:
                    control.measured(EvseKey(event.station_id, event.evse_id))
            case events.NeedTold(need):
                control = self._of_station(need.station_id)
                if control is not None:
                    control.need_told(need)
                    if need.source == "car":
                        control.renegotiate(EvseKey(need.station_id, need.evse_id))
            case (
                events.TransactionBegan(station_id=station_id)
                | events.TransactionEnded(station_id=station_id)
                | events.StationBooted(station_id=station_id)
                | events.StationConnected(station_id=station_id)
                | events.StationDisconnected(station_id=station_id)
            ):
                control = self._of_station(station_id)
                if control is not None:
                    control.changed()
            case _:
                pass
