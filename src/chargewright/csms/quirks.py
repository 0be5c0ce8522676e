"""Known quirks of stations: which apply to one, and what follows for reading it and for controlling it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from chargewright.charging.profile import Purpose, StationAbilities
from chargewright.domain.compatibility import Hint, Quirk
from chargewright.domain.station import Station
from chargewright.translate.tolerance import Switch

__all__ = ["Quirks"]


class Quirks:
    """The registry; it does not change while the process runs."""

    def __init__(self, quirks: Iterable[Quirk] = ()) -> None:
        self._quirks = tuple(sorted(quirks, key=lambda quirk: quirk.id))

    def all(self) -> tuple[Quirk, ...]:
        return self._quirks

    def of(self, vendor: str, model: str, firmware: str) -> tuple[Quirk, ...]:
        """Those that apply to such a station; a station that never booted has none."""
        if not vendor and not model:
            return ()
        return tuple(
            quirk
            for quirk in self._quirks
            if _matches(vendor, quirk.vendor)
            and _matches(model, quirk.model)
            and _matches(firmware, quirk.firmware)
        )

    def of_station(self, station: Station) -> tuple[Quirk, ...]:
        return self.of(station.vendor, station.model, station.firmware_version)

    def switches(self, quirks: Iterable[Quirk]) -> Mapping[Switch, bool]:
        """What those set together; where two differ, the later id wins."""
        return {Switch(name): is_on for quirk in quirks for name, is_on in quirk.switches.items()}

    def hints(self, station: Station) -> frozenset[Hint]:
        return frozenset(hint for quirk in self.of_station(station) for hint in quirk.hints)

    def fitted(self, station: Station, abilities: StationAbilities) -> StationAbilities:
        """The abilities with what the hints take away; a person who said otherwise of the model goes before."""
        hints = self.hints(station)
        if Hint.ONLY_STACK_LEVEL_ZERO in hints:
            abilities = replace(abilities, stack_level_max=0)
        if Hint.REJECTS_ZERO in hints:
            abilities = replace(abilities, accepts_zero=False)
        if Hint.TX_DEFAULT_ONLY in hints:
            abilities = replace(abilities, purposes=frozenset({Purpose.TX_DEFAULT}))
        return abilities


def _matches(text: str, pattern: str) -> bool:
    return fnmatchcase(text.strip().casefold(), pattern.casefold())
