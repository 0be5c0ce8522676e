"""What stations really take: asked with charging profiles that never come to hold, and cleared again.

Harmless by construction (see `csms/inquiry.py`), so it is no business of the ledger, and a station stays in service
meanwhile. Only one without a transaction is asked, and it is left alone as soon as one begins.
"""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from chargewright.charging.profile import Purpose
from chargewright.charging.site import EvseKey
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.commissioning import learn_abilities
from chargewright.csms.inquiry import Inquiry
from chargewright.csms.ledger import Ledger
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.station_models import ModelKey, StationModels
from chargewright.csms.transactions import Transactions
from chargewright.domain.probing import Probe, learnt
from chargewright.domain.station import Station
from chargewright.errors import ChargewrightError, InvalidInput
from chargewright.ids import EvseId, StationId

__all__ = ["Probing"]

log = structlog.get_logger(__name__)

_PROBES: Final = Shelf("probe", Probe)


class Probing:
    """Asks stations, keeps what they showed, and takes it into what is known of them.

    With `automatic`, the first station of a model that comes into service is asked without being told to, and
    what it shows holds for the model.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        transactions: Transactions,
        commands: Commands,
        ledger: Ledger,
        models: StationModels,
        automatic: bool,
    ) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._transactions = transactions
        self._commands = commands
        self._ledger = ledger
        self._models = models
        self._automatic = automatic
        self._busy: set[StationId] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def idle(self) -> bool:
        """True while no station is asked."""
        return not self._busy

    async def of(self, station_id: StationId) -> Probe | None:
        """The newest round of a station."""
        return await self._store.read(lambda records: records.item(_PROBES, station_id, "newest"))

    def forget(self, records: Records, station_id: StationId) -> None:
        records.delete_items(_PROBES, station_id)

    def hindrance(self, station_id: StationId) -> str:
        """Why a station cannot be asked now; empty where it can."""
        if self._links.get(station_id) is None:
            return "the station is not connected"
        if not self._provisioning.accepted(station_id):
            return "the station is not accepted"
        if self._transactions.open_of(station_id):
            return "a transaction runs at the station"
        if station_id in self._busy:
            return "the station is being asked already"
        return ""

    def commissioned(self, station_id: StationId) -> None:
        """A station came into service: ask it where that is wanted and nobody of its model was asked yet."""
        station = self._provisioning.require(station_id)
        known = self._models.of(station)
        asked = known is not None and known.probe is not None
        if self._automatic and station.model and not asked and not self.hindrance(station_id):
            task = asyncio.get_running_loop().create_task(self._by_itself(station_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _by_itself(self, station_id: StationId) -> None:
        try:
            await self.probe(station_id, for_model=True)
        except ChargewrightError as why:
            log.warning("probe_failed", station_id=station_id, why=str(why))

    async def probe(self, station_id: StationId, *, for_model: bool) -> Probe:
        """Ask a station everything; `for_model`: what it shows holds for all stations of its model.

        Raises:
            InvalidInput: it cannot be asked now, see `hindrance`.

        """
        if why := self.hindrance(station_id):
            raise InvalidInput(why, where=station_id)
        self._busy.add(station_id)
        try:
            probe = await self._ask(self._provisioning.require(station_id))
        finally:
            self._busy.discard(station_id)
        log.info("station_probed", station_id=station_id, state=probe.state, why=probe.why)
        if probe.uncleared:
            log.warning("probe_not_cleared", station_id=station_id, profiles=probe.uncleared)
        if probe.state == "complete":
            await self._take_in(station_id, probe, for_model=for_model)
        return probe

    async def _ask(self, station: Station) -> Probe:
        abilities = await learn_abilities(
            station, commands=self._commands, models=self._models, provisioning=self._provisioning
        )
        before = await self.of(station.id)
        if abilities is None:
            left = () if before is None else before.uncleared
            probe = Probe(self._clock.now(), "interrupted", "the station does not answer", uncleared=left)
            await self._keep(station.id, probe)
            return probe
        inquiry = Inquiry(
            station,
            commands=self._commands,
            clock=self._clock,
            charges=lambda: bool(self._transactions.open_of(station.id)),
            keep=partial(self._keep, station.id),
            new_request_id=self._new_request_id,
            before=before,
        )
        return await inquiry.run(abilities, self._levels(station))

    def _levels(self, station: Station) -> set[int]:
        """The stack levels at which default profiles of ours stand, anywhere on the station."""
        keys = [EvseKey(station.id, evse_id) for evse_id in (EvseId(0), *station.evse_ids)]
        held = [entry.profile for key in keys for entry in self._ledger.held(key)]
        return {profile.stack_level for profile in held if profile.purpose is Purpose.TX_DEFAULT}

    async def _take_in(self, station_id: StationId, probe: Probe, *, for_model: bool) -> None:
        station = self._provisioning.require(station_id)
        meant = [station_id]
        if for_model:
            await self._models.showed(station, probe)
            key = ModelKey.of(station)
            meant = [one.id for one in self._provisioning.stations() if ModelKey.of(one) == key]

        def changed(one: Station) -> Station:
            if one.abilities is None:
                return one
            return replace(one, abilities=learnt(one.abilities, probe, one.version or "ocpp1.6"))

        for one in meant:
            await self._provisioning.change(one, changed)

    async def _keep(self, station_id: StationId, probe: Probe) -> None:
        await self._store.commit(lambda records: records.put_item(_PROBES, station_id, "newest", probe))

    async def _new_request_id(self) -> int:
        return await self._store.commit(lambda records: records.new_number("requestId"))
