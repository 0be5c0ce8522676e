"""Tariffs handed to stations, which then reckon and show costs themselves (OCPP 2.1 part 2, I07 to I11).

They are the same tariffs as ours (`csms/cost.py`). What a station reckons comes back as costDetails, and is kept
beside our own reckoning.
"""

from typing import Final

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.cost import Costs
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.told import told, unanswered
from chargewright.domain.answered import Answered
from chargewright.domain.station_tariff import (
    AskTariffs,
    ChangeTariff,
    ClearTariffs,
    SetDefaultTariff,
    StationTariff,
    TariffCleared,
    TariffsCleared,
    TariffsTold,
)
from chargewright.ids import EvseId, StationId

__all__ = ["StationTariffs"]

_DEFAULTS: Final = Shelf("station-default-tariff", StationTariff)
_GONE: Final = frozenset({"Accepted", "NoTariff"})


class StationTariffs:
    """Sends tariffs and keeps which ones a station took."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands, costs: Costs) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._costs = costs

    async def set_default(self, station_id: StationId, evse_id: EvseId, tariff_id: str) -> Answered:
        """Have a tariff count for everybody at an EVSE, or at all of them (0), who brings none.

        Raises:
            NotFound: no such tariff.
            UnsupportedByVersion: the station's version knows no tariffs. Nothing was sent.

        """
        tariff = self._costs.tariff(tariff_id)
        answer = told(await self._commands.order(station_id, SetDefaultTariff(evse_id, tariff)))
        if answer.accepted:
            kept = StationTariff(evse_id, tariff_id, self._clock.now())

            def keep(records: Records) -> None:
                if evse_id == 0:
                    records.delete_items(_DEFAULTS, station_id)  # it replaces those of all EVSEs
                records.put_item(_DEFAULTS, station_id, numbered(evse_id), kept)

            await self._store.commit(keep)
        return answer

    async def change(self, station_id: StationId, wire_id: str, tariff_id: str) -> Answered:
        """Have a transaction that runs go on by another tariff of the same currency. Raises as `set_default`."""
        tariff = self._costs.tariff(tariff_id)
        return told(await self._commands.order(station_id, ChangeTariff(wire_id, tariff)))

    async def ask(self, station_id: StationId, evse_id: EvseId = EvseId(0)) -> TariffsTold:  # noqa: B008  (an int)
        """Which tariffs the station holds, drivers' own with them.

        Raises:
            UnsupportedByVersion: the station's version knows no tariffs. Nothing was sent.

        """
        outcome = await self._commands.order(station_id, AskTariffs(evse_id))
        if isinstance(outcome.result, TariffsTold):
            return outcome.result
        none = unanswered(outcome)
        return TariffsTold(none.status, none.reason)

    async def clear(
        self, station_id: StationId, tariff_ids: tuple[str, ...] = (), evse_id: EvseId | None = None
    ) -> tuple[TariffCleared, ...]:
        """Take tariffs back: those that are named, or all; of one EVSE, or of all.

        Raises:
            UnsupportedByVersion: the station's version knows no tariffs. Nothing was sent.

        """
        outcome = await self._commands.order(station_id, ClearTariffs(tariff_ids, evse_id))
        if not isinstance(outcome.result, TariffsCleared):
            none = unanswered(outcome)
            return (TariffCleared(None, none.status, none.reason),)
        results = outcome.result.results
        gone = {one.tariff_id for one in results if one.status in _GONE}

        def drop(records: Records) -> None:
            for _, key, kept in records.items(_DEFAULTS, station_id):
                named = kept.tariff_id in gone or (None in gone and not tariff_ids)
                if named and evse_id in {None, 0, kept.evse_id}:
                    records.delete_item(_DEFAULTS, station_id, key)

        await self._store.commit(drop)
        return results

    async def defaults(self, station_id: StationId) -> list[StationTariff]:
        """The default tariffs that the station took, by EVSE."""
        rows = await self._store.read(lambda records: records.items(_DEFAULTS, station_id))
        return [kept for _, _, kept in rows]

    def forget(self, records: Records, station_id: StationId) -> None:
        records.delete_items(_DEFAULTS, station_id)
