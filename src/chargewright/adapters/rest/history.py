"""The last day of every site in memory: what it drew, what it might have drawn, and how often a limit was broken.

Sampled while meter values come in. A day at one point a minute is 1440 points a site; after a restart it grows anew.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chargewright.adapters.rest.services import RestServices
from chargewright.adapters.rest.site_power import drawn_now, limit_and_base_w, rows_over
from chargewright.csms.smart_charging import SiteControl
from chargewright.domain import events
from chargewright.ids import SiteId

__all__ = ["History", "Point", "point_now"]

SAMPLE_EVERY = timedelta(minutes=1)
KEPT = 1440


@dataclass(frozen=True, slots=True)
class Point:
    """A site at an instant, in W. `power_w` includes the base load; `limit_w` is None where nothing limits the whole."""

    at: datetime
    power_w: float
    base_w: float
    limit_w: float | None


@dataclass(slots=True)
class _Kept:
    points: deque[Point] = field(default_factory=lambda: deque(maxlen=KEPT))
    samples_over: int = 0


def point_now(services: RestServices, control: SiteControl, now: datetime) -> tuple[Point, list[str]]:
    """The site now, and the rows that carry too much."""
    drawn = drawn_now(services, control, now)
    limit_w, base_w = limit_and_base_w(control, now)
    point = Point(now, base_w + sum(one.power_w for one in drawn.values()), base_w, limit_w)
    return point, rows_over(control, drawn, now)


class History:
    """Listens to the bus and samples every site, once a minute at most."""

    def __init__(self, services: RestServices) -> None:
        self._services = services
        self._kept: dict[SiteId, _Kept] = {}
        self._due: datetime | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        self._unsubscribe = self._services.bus.subscribe(self._happened)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def points(self, site_id: SiteId, since: datetime | None = None) -> Sequence[Point]:
        """The points after `since`, oldest first."""
        kept = self._kept.get(site_id)
        return [p for p in kept.points if since is None or p.at > since] if kept else []

    def samples_over(self, site_id: SiteId) -> int:
        """In how many samples some wire carried more than it may."""
        kept = self._kept.get(site_id)
        return kept.samples_over if kept else 0

    def _happened(self, event: events.Event) -> None:
        if not isinstance(event, events.MeasurementsRecorded | events.TransactionEnded | events.PlanMade):
            return
        now = self._services.clock.now()
        if self._due is not None and now < self._due:
            return
        self._due = now + SAMPLE_EVERY
        for control in self._services.sites.all():
            point, over = point_now(self._services, control, now)
            kept = self._kept.setdefault(control.record.id, _Kept())
            kept.points.append(point)
            kept.samples_over += bool(over)
