"""Meter values: the hot path in, and the newest value of every EVSE for those who plan (OCPP 1.6 4.7, 2.0.1 J)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chargewright.domain.metering import (
    CURRENT_EXPORT,
    CURRENT_IMPORT,
    ENERGY_EXPORT,
    ENERGY_IMPORT,
    POWER_EXPORT,
    POWER_IMPORT,
    SOC,
    Reading,
    Sample,
)
from chargewright.ids import EvseId, StationId

__all__ = ["LiveMeter", "LiveMeters"]

_KEPT = frozenset({CURRENT_IMPORT, POWER_IMPORT, ENERGY_IMPORT})
_AT_THE_OUTLET = frozenset({None, "Outlet"})
_LINE_PHASES = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L3-L1"})


@dataclass(slots=True)
class LiveMeter:
    """The newest of each quantity that one EVSE's meter told, with the time it was measured."""

    at: datetime | None = None
    current_at: datetime | None = None
    current_a: dict[str, float] = field(default_factory=dict)
    """By phase; a value without a phase stands under the empty string."""
    power_at: datetime | None = None
    power_w: float | None = None
    """Below 0 while the car gives back."""
    energy_wh: float | None = None
    exported_wh: float | None = None
    """The register of what was given back; None: the station tells none."""
    given_a: float = 0.0
    """What the car gives back, as of `current_at`: the largest phase current."""
    soc_percent: float | None = None
    """Of the car's battery, where the station tells it."""
    soc_at: datetime | None = None

    def take(self, reading: Reading) -> None:
        """Replace each quantity that the reading tells."""
        self.at = reading.at
        # Most readings tell one quantity of each kind: the dicts are made only once there is something for them.
        currents_a: dict[str, float] | None = None
        powers_w: dict[str, float] | None = None
        for sample in reading.samples:
            measurand = sample.measurand
            if measurand not in _KEPT:
                self._take_rare(sample, reading.at)
                continue
            value, phase = sample.value, sample.phase
            if value is None or sample.location not in _AT_THE_OUTLET:
                continue
            if measurand == CURRENT_IMPORT:
                if currents_a is None:
                    currents_a = {}
                currents_a[phase or ""] = value
            elif measurand == POWER_IMPORT:
                if powers_w is None:
                    powers_w = {}
                powers_w[phase or ""] = value
            elif phase is None:
                self.energy_wh = value
        if powers_w is not None:
            total_w = powers_w.get("")
            self.power_w = sum(powers_w.values()) if total_w is None else total_w
            self.power_at = reading.at
        if currents_a is not None:
            if len(currents_a) > 1 and not _LINE_PHASES.issuperset(currents_a):
                lines = {phase: value for phase, value in currents_a.items() if phase in _LINE_PHASES}
                currents_a = lines or currents_a
            self.current_a, self.current_at = currents_a, reading.at
        if self.exported_wh is not None:
            self._take_back(reading)

    def _take_rare(self, sample: Sample, at: datetime) -> None:
        """Take what few stations tell."""
        if sample.value is None:
            return
        if sample.measurand == SOC:
            self.soc_percent, self.soc_at = sample.value, at
        elif sample.measurand == ENERGY_EXPORT and sample.phase is None and sample.location in _AT_THE_OUTLET:
            self.exported_wh = sample.value

    def _take_back(self, reading: Reading) -> None:
        """Take what a station that can give back tells of it: its power and current point the other way."""
        told = [s for s in reading.samples if s.value is not None and s.location in _AT_THE_OUTLET]
        given_w = [s for s in told if s.measurand == POWER_EXPORT]
        given_a = [s.value or 0.0 for s in told if s.measurand == CURRENT_EXPORT]
        if given_w:
            whole = [s.value or 0.0 for s in given_w if s.phase is None]
            drawn_w = (self.power_w or 0.0) if self.power_at == reading.at else 0.0
            self.power_w = drawn_w - (whole[0] if whole else sum(s.value or 0.0 for s in given_w))
            self.power_at = reading.at
        if given_a:
            if self.current_at != reading.at:
                self.current_a, self.current_at = {"": 0.0}, reading.at
            self.given_a = max(given_a)
        elif self.current_at == reading.at:
            self.given_a = 0.0

    @property
    def current_a_max(self) -> float | None:
        """The largest phase current, None where the station does not meter current."""
        return max(self.current_a.values(), default=None)


class LiveMeters:
    """The newest reading of every EVSE. A cache: the store has them all."""

    def __init__(self) -> None:
        self._meters: dict[tuple[StationId, EvseId], LiveMeter] = {}

    def of(self, station_id: StationId, evse_id: EvseId) -> LiveMeter | None:
        return self._meters.get((station_id, evse_id))

    def update(self, station_id: StationId, readings: Sequence[Reading]) -> None:
        """Take over what is newer than what is known (offline stations deliver late)."""
        for reading in readings:
            key = (station_id, reading.evse_id)
            meter = self._meters.get(key)
            if meter is None:
                meter = self._meters[key] = LiveMeter()
            if meter.at is None or reading.at >= meter.at:
                meter.take(reading)
