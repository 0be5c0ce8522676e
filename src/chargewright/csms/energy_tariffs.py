"""The energy tariffs that sites are supplied by: kept, and looked up by id."""

from datetime import timedelta
from typing import Final

from chargewright.charging.site import Steps
from chargewright.charging.tariff import EnergyTariff
from chargewright.clock import Clock
from chargewright.csms.ports import Shelf, Store
from chargewright.errors import NotFound

__all__ = ["EnergyTariffs"]

_TARIFFS: Final = Shelf("energy-tariff", EnergyTariff)
_OWNER: Final = "*"
_LOOKED_AT: Final = timedelta(days=366)


class EnergyTariffs:
    """In memory, written through."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._tariffs: dict[str, EnergyTariff] = {}

    async def start(self) -> None:
        """Take what is kept from the store."""
        kept = await self._store.read(lambda records: records.items(_TARIFFS, _OWNER))
        self._tariffs = {key: tariff for _, key, tariff in kept}

    def all(self) -> dict[str, EnergyTariff]:
        return dict(sorted(self._tariffs.items()))

    def get(self, tariff_id: str) -> EnergyTariff:
        """Return a tariff. Raises `NotFound`."""
        found = self._tariffs.get(tariff_id)
        if found is None:
            raise NotFound("no such energy tariff", where=tariff_id)
        return found

    async def put(self, tariff_id: str, tariff: EnergyTariff) -> None:
        """Enter or replace a tariff. Raises `InvalidInput` where a day of the coming year has no price."""
        now = self._clock.now()
        tariff.prices(now, now + _LOOKED_AT, Steps.of(0.0))
        await self._store.commit(lambda records: records.put_item(_TARIFFS, _OWNER, tariff_id, tariff))
        self._tariffs[tariff_id] = tariff

    async def delete(self, tariff_id: str) -> None:
        """Forget a tariff. Raises `NotFound`."""
        self.get(tariff_id)
        await self._store.commit(lambda records: records.delete_item(_TARIFFS, _OWNER, tariff_id))
        self._tariffs.pop(tariff_id, None)
