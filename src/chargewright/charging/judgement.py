"""What judging a profile yields: values with a requirement's number, the place on the wire and the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from chargewright.charging.profile import Dialect, Installed, Profile, Purpose, StationAbilities

__all__ = ["Case", "Source", "Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a profile breaks, or (a note) one thing that is legal and will not do what it seems to.

    `requirement`: the standard's number, or its section and erratum. `path`: in the wire's own spelling.
    """

    requirement: str
    path: str
    text: str
    severity: Literal["violation", "note"] = "violation"


class Source(StrEnum):
    """Who brings the profile."""

    CSMS = "SetChargingProfile"
    REMOTE_START = "RequestStartTransaction"
    EXTERNAL = "an external control system"


@dataclass(slots=True, kw_only=True)
class Case:
    """One profile before the judge: what is known about it, and what was found."""

    profile: Profile
    dialect: Dialect
    evse_id: int
    station: StationAbilities | None
    installed: Sequence[Installed]
    transactions: Mapping[int, str] | None
    source: Source
    at: datetime | None
    ev_needs_known: bool | None
    ev_per_phase: bool | None
    found: list[Violation] = field(default_factory=list)

    @property
    def old(self) -> bool:
        """Tell whether this is 1.6, with its own words and one schedule."""
        return self.dialect.version == "ocpp1.6"

    @property
    def newest(self) -> bool:
        return self.dialect.version == "ocpp2.1"

    @property
    def root(self) -> str:
        """The profile's name on the wire: a remote start spells it alike in every version."""
        return "csChargingProfiles" if self.old and self.source is Source.CSMS else "chargingProfile"

    @property
    def evse_path(self) -> str:
        return "connectorId" if self.old else "evseId"

    @property
    def evse_word(self) -> str:
        return "connector" if self.old else "EVSE"

    @property
    def purpose_word(self) -> str:
        """The purpose as this version spells it."""
        if self.old and self.profile.purpose is Purpose.STATION_MAX:
            return "ChargePointMaxProfile"
        return str(self.profile.purpose)

    def at_profile(self, name: str) -> str:
        """Return the path of a field of the profile."""
        return f"{self.root}.{name}"

    def at_schedule(self, index: int, name: str = "") -> str:
        """Return the path of a schedule, or of a field of it."""
        place = f"{self.root}.chargingSchedule" + ("" if self.old else f"[{index}]")
        return f"{place}.{name}" if name else place

    def at_period(self, index: int, number: int, name: str = "") -> str:
        """Return the path of a period of a schedule, or of a field of it."""
        place = self.at_schedule(index, f"chargingSchedulePeriod[{number}]")
        return f"{place}.{name}" if name else place

    def breach(self, path: str, text: str, *, v2: str, v16: str = "") -> None:
        """Write down a rule that is broken, under its number in this version; `v16` only where 1.6 can break it."""
        self.found.append(Violation(self._requirement(v16, v2), path, text))

    def note(self, path: str, text: str, *, v2: str, v16: str = "") -> None:
        """Write down what is legal and still will surprise its author."""
        self.found.append(Violation(self._requirement(v16, v2), path, text, "note"))

    def _requirement(self, v16: str, v2: str) -> str:
        requirement = v16 if self.old else v2
        assert requirement, f"a rule of 2.x was judged in {self.dialect.version}"
        return requirement
