"""Batteries that give back: cars that may be discharged (V2G), and a site's own battery.

A session that gives has a twin in every solver: what it gives in a slot, beside what it takes. In a wire the twin's
current points the other way. Nobody may rely on it: a limit holds whatever is given or not.

Energy is counted at the meter as if it had been charged: a kWh given back takes 1 / efficiency of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from chargewright.charging.planner.session import Session
from chargewright.charging.planner.wires import Ints
from chargewright.charging.site import Floats, Site

__all__ = ["Giving", "giving_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Giving:
    """The K sessions that may give back, of S; energies in kWh."""

    session: Ints
    """[giver]"""
    most_a: Floats
    """[entry of the problem]: the most it may give there; 0 where it may not."""
    efficiency: Floats
    """[session], 1 where nothing is given back."""
    spare_kwh: Floats
    """[session]: it may leave with so much less than it has now."""
    available_kwh: Floats
    """[giver]: what may be taken before its reserve is touched."""
    room_kwh: Floats
    """[giver]: what fits in."""
    wear_per_kwh: Floats
    """[giver]"""

    def stored(self, flow: Floats, session: Ints) -> Floats:
        """Return what entries' flows (of any unit, negative where given) do to the batteries; `session` of each."""
        if not len(self.session):
            return flow
        return np.where(flow < 0, flow / self.efficiency[session], flow)

    def table(self, drawn: Floats, session: Ints, slot: Ints, *, shape: tuple[int, int]) -> Floats:
        """Return what entries draw, and below that the most that givers give. Shape [session + giver, slot]."""
        given, found = np.zeros(shape), np.zeros(shape)
        found[session, slot], given[session, slot] = drawn, self.most_a
        return np.concatenate([found, given[self.session]])

    def without(self, shut: npt.NDArray[np.bool_], session: Ints, slot: Ints) -> "Giving":
        """Return the same with nothing given where it is shut, [giver, slot]."""
        full = np.zeros((len(self.efficiency), shut.shape[1]), dtype=np.bool_)
        full[self.session] = shut
        return replace(self, most_a=np.where(full[session, slot], 0.0, self.most_a))


def giving_of(sessions: Sequence[Session], site: Site, *, entry_session: Ints) -> Giving:
    """Gather who gives, each no more than its EVSE is rated for. `entry_session`: whose each entry is, [entry]."""
    able = [(i, s.discharge) for i, s in enumerate(sessions) if s.discharge is not None]
    most = np.zeros(len(sessions))
    efficiency, spare = np.ones(len(sessions)), np.zeros(len(sessions))
    for i, own in able:
        most[i] = min(own.current_max_a, site.evses[sessions[i].evse].current_max_a)
        efficiency[i], spare[i] = own.efficiency, own.spare_wh / 1000
    room = [max(sessions[i].energy_wh, own.room_wh or 0.0) for i, own in able]
    return Giving(
        session=np.array([i for i, _ in able], dtype=np.int64),
        most_a=most[entry_session],
        efficiency=efficiency,
        spare_kwh=spare,
        available_kwh=np.array([own.available_wh for _, own in able]) / 1000,
        room_kwh=np.array(room) / 1000,
        wear_per_kwh=np.array([own.wear_per_kwh for _, own in able], dtype=np.float64),
    )
