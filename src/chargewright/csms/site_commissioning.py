"""Which stations of a site are in service, and bringing those into it that are not or have the wrong base share."""

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime, timedelta

from chargewright.charging.profile import Purpose
from chargewright.charging.site import Evse, EvseKey
from chargewright.csms.control_services import ControlServices
from chargewright.csms.delivery import RETRY_AFTER, Outlet
from chargewright.csms.leases import Lease
from chargewright.ids import StationId

__all__ = ["REBOOT_GRACE", "SiteCommissioning"]

REBOOT_GRACE = timedelta(seconds=30)
"""A station that booted is trusted to have kept its base profile for so long, until it was given it again."""


class SiteCommissioning:
    """`spawn` runs what takes its time, `changed` is called when a station came into service or would not."""

    def __init__(
        self,
        services: ControlServices,
        *,
        spawn: Callable[[Coroutine[None, None, None]], None],
        changed: Callable[[], None],
    ) -> None:
        self._services = services
        self._spawn = spawn
        self._changed = changed
        self._under_way: set[StationId] = set()
        self._again: dict[StationId, datetime] = {}
        self._right_bases: dict[EvseKey, tuple[int, int]] = {}

    def in_service(self, station_id: StationId) -> bool:
        """Whether the station's base profile is confirmed, also after its last boot."""
        station = self._services.provisioning.station(station_id)
        if station is None or station.commissioned_at is None:
            return False
        booted_at = station.booted_at
        if booted_at is None or booted_at <= station.commissioned_at:
            return True
        return self._services.clock.now() < booted_at + REBOOT_GRACE

    def bring(self, outlets: Mapping[EvseKey, Outlet], base_tenths: Mapping[EvseKey, int]) -> None:
        """Bring every connected station into service that is not, or whose base share is no longer the right one."""
        services = self._services
        now = services.clock.now()
        by_station: dict[StationId, dict[EvseKey, Evse]] = {}
        for key, outlet in outlets.items():
            by_station.setdefault(key.station_id, {})[key] = outlet.evse
        for station_id, evses in by_station.items():
            if station_id in self._under_way or services.links.get(station_id) is None:
                continue
            again = self._again.get(station_id)
            if not services.provisioning.accepted(station_id) or (again is not None and now < again):
                continue
            station = services.provisioning.require(station_id)
            since = station.commissioned_at
            confirmed = since is not None and (station.booted_at is None or station.booted_at <= since)
            if confirmed and all(self._has_right_base(key, evse, base_tenths) for key, evse in evses.items()):
                continue
            self._under_way.add(station_id)
            self._spawn(self._commission(station_id, evses, base_tenths))

    def _has_right_base(self, key: EvseKey, evse: Evse, base_tenths: Mapping[EvseKey, int]) -> bool:
        entry = self._services.ledger.newest(key, Purpose.TX_DEFAULT)
        if entry is None:
            return False
        right = (entry.entry_id, base_tenths[key])
        if self._right_bases.get(key) != right:
            if Lease.of(entry, evse).at(self._services.clock.now()) != base_tenths[key]:
                return False
            self._right_bases[key] = right
        return True

    async def _commission(
        self, station_id: StationId, evses: Mapping[EvseKey, Evse], base_tenths: Mapping[EvseKey, int]
    ) -> None:
        try:
            if not await self._services.commissioner.commission(station_id, evses, base_tenths):
                self._again[station_id] = self._services.clock.now() + RETRY_AFTER
        finally:
            self._under_way.discard(station_id)
            self._changed()
