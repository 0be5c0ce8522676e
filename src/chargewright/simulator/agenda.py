"""What a station has planned for later, in order of time."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Agenda", "Appointment"]


@dataclass(slots=True)
class Appointment:
    """Something that will be done at its time, unless it is cancelled before."""

    do: Callable[[datetime], None]
    cancelled: bool = False


class Agenda:
    """Appointments by time; those of one instant come in the order in which they were made."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Appointment]] = []
        self._numbers = itertools.count()

    def plan(self, at: datetime, do: Callable[[datetime], None]) -> Appointment:
        """Do this then; whoever changes their mind sets `cancelled`."""
        appointment = Appointment(do)
        heapq.heappush(self._heap, (at, next(self._numbers), appointment))
        return appointment

    @property
    def due(self) -> datetime | None:
        """When the first appointment is."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, at: datetime) -> None:
        """Do what is due. What that plans for the same instant is done too."""
        while (due := self.due) is not None and due <= at:
            _, _, appointment = heapq.heappop(self._heap)
            appointment.do(at)
