"""Batteries swapped at stations: ordered here or begun there, every step kept (OCPP 2.1 part 2, block S)."""

from typing import Final, cast

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.told import told
from chargewright.domain.battery_swap import BatteriesSwapped, RequestSwap, SwapEvent, SwapRequest
from chargewright.domain.requests import Acknowledged
from chargewright.ids import StationId

__all__ = ["BatterySwaps"]

REPEATED_WITHIN: Final = 20
"""Steps among which a repeated message is looked for: a station repeats what it got no answer to, soon."""

_EVENTS: Final = Journal(Shelf("battery-swap", SwapEvent), kept_max=1000)
_REQUESTS: Final = Journal(Shelf("battery-swap-request", SwapRequest), kept_max=1000)
_ACKNOWLEDGED: Final = Acknowledged()


class BatterySwaps:
    """Orders swaps, and keeps what came of them."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands

    def handlers(self) -> dict[type, Handler]:
        """Each step is answered once it is durable."""
        return {BatteriesSwapped: self._swapped}

    async def request(self, station_id: StationId, id_token: str, *, kind: str | None = None) -> SwapRequest:
        """Have a station swap batteries for a driver, under a request id of ours.

        Raises:
            UnsupportedByVersion: the station's version knows no swapping. Nothing was sent.

        """

        def prepare(records: Records) -> tuple[int, str, str]:
            token = records.token(id_token)
            name = id_token if token is None else token.id_token
            found_kind = kind or ("ISO14443" if token is None else token.kind)
            return records.new_number("requestId"), name, found_kind

        number, name, found_kind = await self._store.commit(prepare)
        answer = told(await self._commands.order(station_id, RequestSwap(number, name, found_kind)))
        made = SwapRequest(number, name, self._clock.now(), answer.status, answer.reason)
        await self._store.commit(lambda records: _REQUESTS.append(records, station_id, made))
        return made

    async def requests(self, station_id: StationId, limit: int) -> list[SwapRequest]:
        """Swaps that were ordered here, the newest first."""
        return list(await self._store.read(lambda records: _REQUESTS.newest(records, station_id, limit)))

    async def events(self, station_id: StationId, limit: int) -> list[SwapEvent]:
        """Steps that the station told, the newest first."""
        return list(await self._store.read(lambda records: _EVENTS.newest(records, station_id, limit)))

    def forget(self, records: Records, station_id: StationId) -> None:
        _EVENTS.forget(records, station_id)
        _REQUESTS.forget(records, station_id)

    def _swapped(self, inbound: Inbound) -> None:
        station_id = inbound.station_id
        event = SwapEvent(self._clock.now(), cast("BatteriesSwapped", inbound.request))

        def keep(records: Records) -> None:
            before = _EVENTS.newest(records, station_id, REPEATED_WITHIN)
            if all(other.told != event.told for other in before):
                _EVENTS.append(records, station_id, event)

        inbound.reply_after(self._store, keep, _ACKNOWLEDGED)
