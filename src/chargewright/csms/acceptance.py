"""What a station may say, and may be told, before it is accepted (OCPP 1.6 4.2, OCPP 2.x part 2, B01 to B03).

| | registered as accepted | held back or pending | rejected |
|---|---|---|---|
| it may say | everything | BootNotification, and what it was ordered to say | BootNotification |
| it may be told | everything | everything but to start or stop a transaction | nothing |

A station that is to be accepted is held back (answered Pending) while something prepares it: `Configuration`.
"""

from collections.abc import Callable

from chargewright.csms.provisioning import Provisioning
from chargewright.domain.requests import BootAnswer, StationBooted
from chargewright.domain.station import Registration, Station
from chargewright.ids import StationId

__all__ = ["Acceptance"]

_NOT_WHILE_PENDING = frozenset(
    {
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "RequestStartTransaction",
        "RequestStopTransaction",
    }
)


class Acceptance:
    """Judges each message of a station that is not accepted, and each order to it."""

    def __init__(self, provisioning: Provisioning) -> None:
        self._provisioning = provisioning
        self._held_back: set[StationId] = set()
        self._asked: dict[StationId, set[str]] = {}
        self.hold_back: Callable[[Station], bool] = _nobody
        """Asked at each boot of an accepted station: is there something to be done before it may begin?"""

    def booted(self, station_id: StationId, request: StationBooted) -> BootAnswer:
        """Answer a BootNotification. What was asked for before is forgotten: the station begins anew."""
        self._asked.pop(station_id, None)
        return self._provisioning.booted(station_id, request, self._hold)

    def release(self, station_id: StationId) -> bool:
        """The station is prepared: its next boot is answered as it is registered. False: it was not held back."""
        if station_id not in self._held_back:
            return False
        self._held_back.discard(station_id)
        return True

    def _hold(self, station: Station) -> bool:
        if station.registration is Registration.ACCEPTED and self.hold_back(station):
            self._held_back.add(station.id)
            return True
        self._held_back.discard(station.id)
        return False

    def accepted(self, station_id: StationId) -> bool:
        """Whether the station was told, or would be told now, that it is accepted."""
        return station_id not in self._held_back and self._provisioning.accepted(station_id)

    def may_say(self, station_id: StationId, action: str) -> bool:
        """For a message other than BootNotification."""
        if station_id not in self._held_back and self._provisioning.accepted(station_id):
            return True  # as `accepted`, written out: this is asked of every message
        return action in self._asked.get(station_id, ())

    def refuses(self, station_id: StationId, action: str) -> str | None:
        """Why an order must not leave, or None."""
        station = self._provisioning.station(station_id)
        if station is None or self.accepted(station_id):
            return None
        if station.registration is Registration.REJECTED:
            return "the station is rejected: nothing is sent to it"
        if action in _NOT_WHILE_PENDING:
            return "the station is pending: no transaction is started or stopped there"
        return None

    def ordered(self, station_id: StationId, actions: frozenset[str]) -> None:
        """An order has left whose consequences are these messages of the station."""
        if actions and not self.accepted(station_id):
            self._asked.setdefault(station_id, set()).update(actions)


def _nobody(_: Station) -> bool:
    return False
