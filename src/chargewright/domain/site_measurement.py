"""What the meters of a site say beside its stations: grid connection, building, photovoltaics."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

__all__ = ["QUARTER_S", "DayOfReadings", "MeasurementKind", "SiteMeasurement"]

MeasurementKind = Literal["site", "load", "pv", "charging"]
"""`site`: what comes from the grid (negative: goes to it); `load`: the building without charging and generation;
`pv`: what is generated; `charging`: the stations together, noted by ourselves."""

QUARTER_S: Final = 900


@dataclass(frozen=True, slots=True)
class SiteMeasurement:
    """Average power in W from `at` on for `duration_s`."""

    kind: MeasurementKind
    at: datetime
    power_w: float
    duration_s: int = QUARTER_S

    @property
    def end(self) -> datetime:
        return self.at + timedelta(seconds=self.duration_s)


@dataclass(frozen=True, slots=True)
class DayOfReadings:
    """The readings of one kind on one day (UTC), by the minute that each begins in; one minute has one."""

    day: date
    minutes: tuple[int, ...] = ()
    durations_s: tuple[int, ...] = ()
    powers_w: tuple[float, ...] = ()
