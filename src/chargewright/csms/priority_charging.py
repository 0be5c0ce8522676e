"""Charging first: switched here or at the station, and known to the control of the site (OCPP 2.1 part 2, K21, K22).

While a transaction charges first, its own profile does not count: its EVSE is reckoned with at its rating until its
readings obey the plan again.
"""

from typing import Final, cast

from chargewright.charging.site import EvseKey
from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.sites import Sites
from chargewright.csms.told import told
from chargewright.csms.transactions import Transactions
from chargewright.domain.answered import Answered
from chargewright.domain.priority_charging import PriorityChange, PriorityTold, UsePriority
from chargewright.domain.requests import Acknowledged
from chargewright.ids import StationId

__all__ = ["PriorityCharging"]

_CHANGES: Final = Journal(Shelf("priority-charging", PriorityChange), kept_max=500)
_ACKNOWLEDGED: Final = Acknowledged()


class PriorityCharging:
    """Switches it, and hears who switched it."""

    def __init__(
        self, *, store: Store, clock: Clock, commands: Commands, transactions: Transactions, sites: Sites
    ) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._transactions = transactions
        self._sites = sites

    def handlers(self) -> dict[type, Handler]:
        return {PriorityTold: self._told}

    async def use(self, station_id: StationId, wire_id: str, *, is_active: bool) -> Answered:
        """Have a transaction charge first, or as the others again: Accepted, Rejected or NoProfile.

        Raises:
            UnsupportedByVersion: the station's version has no priority charging. Nothing was sent.

        """
        answer = told(await self._commands.order(station_id, UsePriority(wire_id, is_active)))
        change = PriorityChange(
            self._clock.now(), wire_id, is_active, "operator", answer.status, answer.reason
        )
        await self._store.commit(lambda records: _CHANGES.append(records, station_id, change))
        if answer.accepted:
            self._tell_site(station_id, wire_id, is_active=is_active)
        return answer

    async def changes(self, station_id: StationId, limit: int) -> list[PriorityChange]:
        """Every switch, the newest first."""
        return list(await self._store.read(lambda records: _CHANGES.newest(records, station_id, limit)))

    def forget(self, records: Records, station_id: StationId) -> None:
        _CHANGES.forget(records, station_id)

    def _told(self, inbound: Inbound) -> None:
        station_id, request = inbound.station_id, cast("PriorityTold", inbound.request)
        change = PriorityChange(self._clock.now(), request.wire_id, request.is_active, "station")
        self._tell_site(station_id, request.wire_id, is_active=request.is_active)
        inbound.reply_after(
            self._store, lambda records: _CHANGES.append(records, station_id, change), _ACKNOWLEDGED
        )

    def _tell_site(self, station_id: StationId, wire_id: str, *, is_active: bool) -> None:
        if not is_active:
            return  # readings that obey the plan are what ends it
        for transaction in self._transactions.open_of(station_id):
            if transaction.wire_id == wire_id and transaction.evse_id is not None:
                key = EvseKey(station_id, transaction.evse_id)
                self._sites.overruled(key, "priority charging overrules the plan's profile")
