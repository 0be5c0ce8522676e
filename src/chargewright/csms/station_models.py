"""What was learnt of a model of station: a new one of that model starts with it.

A model is a vendor, a model name, a firmware version and a version of OCPP. What stations of it declare is kept
value by value; what only a person can know (whether a limit of 0 A pauses it) is told by one, and holds for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.clock import Clock
from chargewright.csms.ports import Shelf, Store
from chargewright.domain.probing import Probe, learnt
from chargewright.domain.station import Station

__all__ = ["ModelKey", "StationModel", "StationModels"]


@dataclass(frozen=True, slots=True)
class ModelKey:
    vendor: str
    model: str
    firmware: str
    version: str

    @classmethod
    def of(cls, station: Station) -> "ModelKey":
        return cls(station.vendor, station.model, station.firmware_version, station.version or "ocpp1.6")

    def __str__(self) -> str:
        return f"{self.vendor}|{self.model}|{self.firmware}|{self.version}"


@dataclass(frozen=True, slots=True)
class StationModel:
    """`declared`: variables by name with the value that a station of this model told last.

    `accepts_zero` and `purposes` are None until a person says otherwise: then the defaults of a version hold.
    `probe` is what a station of it showed when it was asked (`csms/probing.py`).
    """

    key: ModelKey
    at: datetime
    declared: dict[str, str] = field(default_factory=dict)
    accepts_zero: bool | None = None
    purposes: frozenset[Purpose] | None = None
    probe: Probe | None = None


_MODELS: Final = Shelf("station-model", StationModel)


class StationModels:
    """Held in memory once asked for: there are few models, and commissioning must not wait."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._models: dict[str, StationModel] = {}
        self.by_quirks: Callable[[Station, StationAbilities], StationAbilities] = _as_declared
        """What known quirks make of what a station declares."""

    async def load(self) -> None:
        found = await self._store.read(lambda records: records.items(_MODELS))
        self._models = {key: model for _, key, model in found}

    def all(self) -> list[StationModel]:
        return sorted(self._models.values(), key=lambda model: str(model.key))

    def of(self, station: Station) -> StationModel | None:
        """What is known of the station's model."""
        return self._models.get(str(ModelKey.of(station)))

    async def learn(self, station: Station, told: Mapping[str, str]) -> dict[str, str]:
        """Take down what a station declared; what it left out is filled from others of its model."""
        key = ModelKey.of(station)
        known = self._models.get(str(key), StationModel(key, self._clock.now()))
        declared = {**known.declared, **{name: value for name, value in told.items() if value}}
        if declared != known.declared:
            await self._put(replace(known, declared=declared, at=self._clock.now()))
        return declared

    async def say(
        self, key: ModelKey, *, accepts_zero: bool | None, purposes: frozenset[Purpose] | None
    ) -> StationModel:
        """Tell what no station declares; None: the default holds."""
        known = self._models.get(str(key), StationModel(key, self._clock.now()))
        return await self._put(
            replace(known, accepts_zero=accepts_zero, purposes=purposes, at=self._clock.now())
        )

    async def showed(self, station: Station, probe: Probe) -> StationModel:
        """Take down what one station of a model showed when it was asked."""
        key = ModelKey.of(station)
        known = self._models.get(str(key), StationModel(key, self._clock.now()))
        return await self._put(replace(known, probe=probe, at=self._clock.now()))

    def fitted(self, station: Station, abilities: StationAbilities) -> StationAbilities:
        """The abilities with what a station of the model showed, and what a person said of it, who has the last word."""
        abilities = self.by_quirks(station, abilities)
        known = self.of(station)
        if known is None:
            return abilities
        if known.probe is not None:
            abilities = learnt(abilities, known.probe, known.key.version)
        accepts_zero = abilities.accepts_zero if known.accepts_zero is None else known.accepts_zero
        return replace(abilities, accepts_zero=accepts_zero, purposes=known.purposes or abilities.purposes)

    async def _put(self, model: StationModel) -> StationModel:
        await self._store.commit(lambda records: records.put_item(_MODELS, "", str(model.key), model))
        self._models[str(model.key)] = model
        return model


def _as_declared(_: Station, abilities: StationAbilities) -> StationAbilities:
    return abilities
