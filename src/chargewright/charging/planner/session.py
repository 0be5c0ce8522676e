"""A car as the planner sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chargewright.charging.site import EvseKey, Site, Steps
from chargewright.errors import InvalidInput

__all__ = ["Discharge", "Session", "judge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """What a battery may give back; energies as metered when they were charged."""

    current_max_a: float
    """Per conductor."""
    available_wh: float
    """So much may be taken from what it has now; then its reserve is reached."""
    room_wh: float | None = None
    """So much fits in from now on; None: no more than is wanted."""
    spare_wh: float = 0.0
    """It may leave with so much less than it has now. 0 where more is wanted."""
    efficiency: float = 0.85
    """Of a kWh charged, so much comes back."""
    wear_per_kwh: float = 0.0
    """What giving a kWh costs the battery; counts where money does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A car at an EVSE, or one that is expected, as far as the planner cares."""

    id: str
    evse: EvseKey
    arrival: datetime
    departure: datetime
    """Nothing is planned beyond: what the driver said, or the median of what is expected."""
    energy_wh: float
    """Still wanted."""
    current_max_a: float
    current_min_a: float = 6.0
    """Below this the car draws nothing; 0 where it follows any current."""
    watts_per_a: float | None = None
    """W at 1 A of limit; None: the car uses every conductor of the EVSE."""
    weight: float = 1.0
    """Priority: an unserved Wh of this session counts this many times."""
    can_pause: bool = True
    """False: the car does not wake from 0 A, so it keeps at least its minimum while it is there."""
    on_until: datetime | None = None
    """Switched on so lately that it keeps at least its minimum until then, where there is room for all of these. Not
    for one that gives back."""
    off_until: datetime | None = None
    """Switched off so lately that it gets nothing before."""
    charging: bool = False
    """It draws current now: to pause it costs a switch."""
    energy_min_wh: float = 0.0
    """The part of `energy_wh` that is guaranteed."""
    guarantee_by: datetime | None = None
    """When the guaranteed part is to be there: an early quantile of the departure. None: by the departure."""
    energy_delivered_wh: float = 0.0
    """What it has got already; fair shares are shares of this plus `energy_wh`."""
    tail_wh: float = 0.0
    """The last so many Wh are taken at a current that falls in proportion to what is left: they take their time."""
    step_a: float = 0.1
    """The station's resolution."""
    rates_a: tuple[float, ...] | None = None
    """The only currents the station knows; None: every step from the minimum to the maximum."""
    ceiling_a: Steps | None = None
    """Already sent and inside a lease: the plan stays at or below it."""
    discharge: Discharge | None = None
    """A car that may be discharged, or a site's own battery; None: it only charges."""


def judge(site: Site, sessions: Sequence[Session]) -> None:
    """Raise `InvalidInput` for the first session that makes no sense."""
    for session in sessions:
        where = f"session {session.id}"
        if session.evse not in site.evses:
            raise InvalidInput(f"unknown EVSE {session.evse}", where=where)
        if not 0 <= session.current_min_a <= session.current_max_a:
            raise InvalidInput("needs 0 <= current_min_a <= current_max_a", where=where)
        if session.weight <= 0 or session.step_a <= 0:
            raise InvalidInput("weight and step must be positive", where=where)
        if session.watts_per_a is not None and session.watts_per_a <= 0:
            raise InvalidInput("watts_per_a must be positive", where=where)
        if session.discharge is not None:
            if not session.can_pause:
                raise InvalidInput("a car that may not pause cannot give back", where=where)
            _judge_discharge(session.discharge, session.energy_wh, where)


def _judge_discharge(given: Discharge, energy_wh: float, where: str) -> None:
    if not 0 < given.efficiency <= 1:
        raise InvalidInput("needs 0 < efficiency <= 1", where=where)
    if min(given.current_max_a, given.available_wh, given.room_wh or 0.0, given.wear_per_kwh) < 0:
        raise InvalidInput("currents, energies and wear of a discharge are 0 or more", where=where)
    if not 0 <= given.spare_wh <= given.available_wh:
        raise InvalidInput("needs 0 <= spare_wh <= available_wh", where=where)
    if given.spare_wh > 0 and energy_wh > 0:
        raise InvalidInput("a session that wants energy has none to spare", where=where)
