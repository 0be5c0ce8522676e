"""What breaks at a station, and what follows from it."""

from datetime import datetime

from chargewright.simulator.said import StopReason
from chargewright.simulator.station import Station

__all__ = ["break_down", "repair"]


def break_down(station: Station, evse_id: int, at: datetime) -> None:
    """An EVSE breaks: its transaction ends, and nobody can count on a reservation there (H01.FR.15)."""
    evse = station.evses[evse_id]
    evse.faulted = True
    if evse.transaction is not None:
        station.end(evse, at, StopReason.FAULT)
    station.reservations.lost(evse_id, at)
    station.show(evse, at)
    for tell in station.on_trouble:
        tell(at)


def repair(station: Station, evse_id: int, at: datetime) -> None:
    """It is whole again. Who is plugged in since before has to show the card anew, by plugging in anew."""
    evse = station.evses[evse_id]
    evse.faulted = False
    evse.finished = evse.arrival is not None
    station.show(evse, at)
    for tell in station.on_trouble:
        tell(at)
