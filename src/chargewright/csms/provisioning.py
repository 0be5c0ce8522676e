"""Which stations there are, who may connect, and what they said of themselves (OCPP 1.6 4.2, 2.0.1 block B)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from chargewright.clock import Clock
from chargewright.csms.ports import Admission, Bus, Store
from chargewright.domain import events
from chargewright.domain.requests import BootAnswer, StationBooted, StatusReported
from chargewright.domain.station import EvseStatus, Registration, Station
from chargewright.errors import NotFound
from chargewright.ids import EvseId, StationId
from chargewright.translate.tolerance import Tolerance, switched

__all__ = ["AcceptPolicy", "Provisioning"]

AcceptPolicy = Literal["refuse", "pending", "accept"]
"""What happens to a station that nobody entered: no connection, connected but waiting, or taken in."""


class Provisioning:
    """The stations, held in memory and written through: admission must not wait for a database."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        unknown: AcceptPolicy = "refuse",
        heartbeat_interval_s: int = 300,
        boot_retry_s: int = 60,
    ) -> None:
        """`boot_retry_s`: after how long a station that was not accepted may ask again."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._unknown = unknown
        self._heartbeat_interval_s = heartbeat_interval_s
        self._boot_retry_s = boot_retry_s
        self._stations: dict[StationId, Station] = {}
        self.tolerance_of: Callable[[Station], Tolerance] = _by_mode
        """Which deviations of a station are borne."""

    async def load(self) -> None:
        for station in await self._store.read(lambda records: records.stations()):
            self._stations[station.id] = station

    # --- asked by others ---------------------------------------------------------------------------------

    def station(self, station_id: StationId) -> Station | None:
        return self._stations.get(station_id)

    def require(self, station_id: StationId) -> Station:
        """The station, or `NotFound`."""
        station = self._stations.get(station_id)
        if station is None:
            raise NotFound("no such station", where=station_id)
        return station

    def stations(self) -> list[Station]:
        return list(self._stations.values())

    def accepted(self, station_id: StationId) -> bool:
        station = self._stations.get(station_id)
        return station is not None and station.registration is Registration.ACCEPTED

    # --- admission ---------------------------------------------------------------------------------------

    def entrance(self, station_id: StationId) -> Admission:
        """Whether a station may come in at all; its credentials are judged by whoever asks. Unknown: 404."""
        station = self._stations.get(station_id)
        if station is not None:
            return Admission(101, tolerance=self.tolerance_of(station))
        if self._unknown == "refuse":
            return Admission(404, "this station is not known here")
        return Admission(101, tolerance=self.tolerance_of(Station(station_id)))

    def amend(self, station_id: StationId, change: Callable[[Station], Station]) -> None:
        """Change what is kept of a station, if it is known; nobody waits for the commit."""
        station = self._stations.get(station_id)
        if station is not None:
            self._write(change(station))

    # --- changes -----------------------------------------------------------------------------------------

    async def put(self, station: Station) -> None:
        """Create or replace a station; durable when this returns."""
        before = self._stations.get(station.id)
        await self._store.commit(lambda records: records.put_station(station))
        self._stations[station.id] = station
        if before is not None:
            self._told_registration(before, station)

    def _told_registration(self, before: Station, station: Station) -> None:
        if before.registration is not station.registration:
            now = self._clock.now()
            self._bus.publish(events.StationRegistered(station.id, now, station.registration))

    async def change(self, station_id: StationId, change: Callable[[Station], Station]) -> Station:
        """Apply `change` to the station as it is now; durable when this returns.

        In memory it holds at once: what else changes while the commit runs builds on it, and is not undone by it.
        """
        before = self.require(station_id)
        station = self._stations[station_id] = change(before)
        await self._store.commit(lambda records: records.put_station(station))
        self._told_registration(before, station)
        return station

    async def delete(self, station_id: StationId) -> None:
        self._stations.pop(station_id, None)  # first: its connection's end must not write it again
        if not await self._store.commit(lambda records: records.delete_station(station_id)):
            raise NotFound("no such station", where=station_id)

    def connected(self, station_id: StationId, version: str) -> None:
        """A station is here: take it in where the policy says so, remember its version and the time."""
        now = self._clock.now()
        station = self._stations.get(station_id) or Station(
            station_id,
            registration=Registration.ACCEPTED if self._unknown == "accept" else Registration.PENDING,
        )
        self._write(replace(station, version=version, last_seen_at=now))
        self._bus.publish(events.StationConnected(station_id, now, version))

    def disconnected(self, station_id: StationId) -> None:
        now = self._clock.now()
        station = self._stations.get(station_id)
        if station is not None:
            self._write(replace(station, last_seen_at=now))
        self._bus.publish(events.StationDisconnected(station_id, now))

    def booted(
        self,
        station_id: StationId,
        request: StationBooted,
        hold_back: Callable[[Station], bool] = lambda _: False,
    ) -> BootAnswer:
        """Take down what a station says of itself, and answer it; one that is held back is told Pending."""
        now = self._clock.now()
        station = replace(
            self.require(station_id),
            vendor=request.vendor,
            model=request.model,
            serial_number=request.serial_number,
            firmware_version=request.firmware_version,
            booted_at=now,
            last_seen_at=now,
        )
        self._write(station)
        told = Registration.PENDING if hold_back(station) else station.registration
        self._bus.publish(events.StationBooted(station_id, now, told))
        accepted = told is Registration.ACCEPTED
        return BootAnswer(told, now, self._heartbeat_interval_s if accepted else self._boot_retry_s)

    def status_reported(self, station_id: StationId, request: StatusReported) -> None:
        now = self._clock.now()
        station = self.require(station_id)
        status = EvseStatus(
            request.evse_id, request.connector_id, request.status, request.at or now, request.error
        )
        others = tuple(
            s
            for s in station.statuses
            if (s.evse_id, s.connector_id) != (status.evse_id, status.connector_id)
        )
        evse_ids = tuple(sorted({*station.evse_ids, request.evse_id} - {EvseId(0)}))
        self._write(replace(station, statuses=(*others, status), evse_ids=evse_ids, last_seen_at=now))
        self._bus.publish(events.StationStatusChanged(station_id, status.evse_id, now, status.status))

    def _write(self, station: Station) -> None:
        """Class B of the durability notes: the answer need not wait, the last value wins."""
        self._stations[station.id] = station
        self._store.submit(lambda records: records.put_station(station), _ignore_outcome)


def _by_mode(station: Station) -> Tolerance:
    return Tolerance(switched(station.reading), record_only=station.reading == "record-only")


def _ignore_outcome(result: None, error: BaseException | None) -> None:
    """The next status or boot says it again; a store that is down shows in readiness and in class A answers."""
