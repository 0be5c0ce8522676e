"""Security events: told by stations or noticed here, durable before anybody is answered (1.6 security paper, 2.x A04)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from chargewright.clock import Clock
from chargewright.csms.dispatch import Inbound
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.domain import events
from chargewright.domain.requests import Acknowledged
from chargewright.domain.security import SecurityEvent, SecurityEventReported
from chargewright.ids import StationId

__all__ = ["CRITICAL", "DOWNGRADE", "FOREIGN_CERTIFICATE", "SHELF", "WRONG_CREDENTIALS", "SecurityEvents"]

log = structlog.get_logger(__name__)

SHELF: Final = Shelf("security_event", SecurityEvent)

CRITICAL: Final = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
    }
)
"""The events that the standard calls critical (2.0.1 part 2, appendix 1; 1.6 security paper, appendix)."""

DOWNGRADE: Final = "SecurityProfileDowngrade"
FOREIGN_CERTIFICATE: Final = "ForeignStationCertificate"
WRONG_CREDENTIALS: Final = "WrongCredentials"
"""What is noticed at the door here; the standard has no words for it."""

_REPEATED_AFTER: Final = timedelta(minutes=1)
"""Anybody can knock at the door under any name, as often as he likes: the same thing is noted once in this time."""

_NOTED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Noted:
    station_id: StationId
    kind: str


class SecurityEvents:
    """Records them, and tells the critical ones and our own on the bus."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._noted: dict[_Noted, datetime] = {}

    def handlers(self) -> dict[type, Callable[[Inbound], None]]:
        return {SecurityEventReported: self._reported}

    def notice(self, station_id: StationId, kind: str, tech_info: str) -> None:
        """Record something that was noticed here; nobody waits for it."""
        now = self._clock.now()
        noted = _Noted(station_id, kind)
        last = self._noted.get(noted)
        if last is not None and now - last < _REPEATED_AFTER:
            return
        if len(self._noted) >= _NOTED_MAX:
            self._noted = {key: at for key, at in self._noted.items() if now - at < _REPEATED_AFTER}
        if len(self._noted) >= _NOTED_MAX:
            return  # a flood under invented names: the log of the first ten thousand says enough
        self._noted[noted] = now
        log.warning("security_event", station_id=station_id, kind=kind, tech_info=tech_info)
        event = SecurityEvent(kind, now, now, tech_info, noticed_here=True)
        self._store.submit(lambda records: _keep(records, station_id, event), _nobody_waits)
        self._publish(station_id, event)

    async def of(self, station_id: StationId, limit: int) -> list[SecurityEvent]:
        """The newest first."""
        found = await self._store.read(lambda records: records.newest_items(SHELF, station_id, limit))
        return [event for _, event in found]

    def _reported(self, inbound: Inbound) -> None:
        said = cast("SecurityEventReported", inbound.request)
        event = SecurityEvent(
            said.kind, said.at, self._clock.now(), said.tech_info, critical=said.kind in CRITICAL
        )

        def done(_: None, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            inbound.reply(Acknowledged())
            if event.critical:
                self._publish(inbound.station_id, event)

        self._store.submit(lambda records: _keep(records, inbound.station_id, event), done)

    def _publish(self, station_id: StationId, event: SecurityEvent) -> None:
        self._bus.publish(events.SecurityAlerted(station_id, event.at, event.kind, event.tech_info))


def _keep(records: Records, station_id: StationId, event: SecurityEvent) -> None:
    records.put_item(SHELF, station_id, numbered(records.new_number("security_event")), event)


def _nobody_waits(result: None, error: BaseException | None) -> None:
    """It was logged; a store that is down shows in readiness."""
