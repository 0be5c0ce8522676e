"""Power in both directions, beside profiles: modes that a transaction may use, signals for frequency (OCPP 2.1 block Q)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.told import told
from chargewright.domain.bidirectional import AllowModes, ModesAllowed, SendFrequencySignal, SignalSent
from chargewright.ids import StationId

__all__ = ["Bidirectional"]

_MODES: Final = Journal(Shelf("modes-allowed", ModesAllowed), kept_max=500)
_SIGNALS: Final = Journal(Shelf("frequency-signal", SignalSent), kept_max=500)


class Bidirectional:
    """Sends what stations need to feed back, and keeps what they answered."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands

    async def allow(self, station_id: StationId, wire_id: str, modes: Sequence[str]) -> ModesAllowed:
        """Tell which modes a transaction may use; a car that may use another one renegotiates.

        Raises:
            UnsupportedByVersion: the station's version has no such message. Nothing was sent.

        """
        answer = told(await self._commands.order(station_id, AllowModes(wire_id, tuple(modes))))
        kept = ModesAllowed(wire_id, tuple(modes), self._clock.now(), answer.status, answer.reason)
        await self._store.commit(lambda records: _MODES.append(records, station_id, kept))
        return kept

    async def signal(self, station_id: StationId, value: int, at: datetime | None = None) -> SignalSent:
        """Send a frequency signal ahead of everything that can wait; `at` is now unless told otherwise.

        Raises:
            UnsupportedByVersion: the station's version has no such message. Nothing was sent.

        """
        at = at or self._clock.now()
        order = SendFrequencySignal(at, value)
        answer = told(await self._commands.order(station_id, order, priority=Priority.RAISE_LIMIT))
        kept = SignalSent(at, value, answer.status, answer.reason)
        await self._store.commit(lambda records: _SIGNALS.append(records, station_id, kept))
        return kept

    async def modes(self, station_id: StationId, limit: int) -> list[ModesAllowed]:
        """What transactions were told, the newest first."""
        return list(await self._store.read(lambda records: _MODES.newest(records, station_id, limit)))

    async def signals(self, station_id: StationId, limit: int) -> list[SignalSent]:
        """The signals that were sent, the newest first."""
        return list(await self._store.read(lambda records: _SIGNALS.newest(records, station_id, limit)))

    def forget(self, records: Records, station_id: StationId) -> None:
        _MODES.forget(records, station_id)
        _SIGNALS.forget(records, station_id)
