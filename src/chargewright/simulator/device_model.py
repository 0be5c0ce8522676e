"""What of a 2.x station may be read and changed: the part of the device model that a simulated one has."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chargewright.simulator.orders import Orders
from chargewright.simulator.profile_store import PROFILES_MAX, STACK_LEVEL_MAX
from chargewright.simulator.station import Station

__all__ = ["Variable", "device_model"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the device model: how it is read, and set if it may be."""

    read: Callable[[], str]
    write: Callable[[int, datetime], None] | None = None
    least: int = 0


def device_model(station: Station, orders: Orders) -> dict[tuple[str, str], Variable]:
    """The variables of one station, by component and name (2.0.1 part 2, appendix 3)."""
    spec, outbox = station.spec, station.outbox

    def fixed(value: object) -> Variable:
        return Variable(lambda: str(value))

    def attempts(count: int, _at: datetime) -> None:
        outbox.attempts_max = count

    def retry(seconds: int, _at: datetime) -> None:
        outbox.retry_interval_s = seconds

    return {
        ("OCPPCommCtrlr", "HeartbeatInterval"): Variable(
            lambda: str(station.heartbeat_interval_s), orders.heartbeat_interval, least=1
        ),
        ("OCPPCommCtrlr", "MessageAttempts"): Variable(lambda: str(outbox.attempts_max), attempts, least=1),
        ("OCPPCommCtrlr", "MessageAttemptInterval"): Variable(lambda: f"{outbox.retry_interval_s:g}", retry),
        ("SampledDataCtrlr", "TxUpdatedInterval"): Variable(
            lambda: str(station.meter_interval_s), orders.meter_interval
        ),
        ("SmartChargingCtrlr", "Enabled"): fixed("true"),
        ("SmartChargingCtrlr", "Entries"): fixed(PROFILES_MAX),
        ("SmartChargingCtrlr", "PeriodsPerSchedule"): fixed(spec.periods_max),
        ("SmartChargingCtrlr", "ProfileStackLevel"): fixed(STACK_LEVEL_MAX),
        ("SmartChargingCtrlr", "RateUnit"): fixed(spec.unit),
        ("TxCtrlr", "StopTxOnEVSideDisconnect"): fixed("true"),
        ("TxCtrlr", "StopTxOnInvalidId"): fixed("true"),
        ("TxCtrlr", "TxStartPoint"): fixed("Authorized"),
        ("TxCtrlr", "TxStopPoint"): fixed("EVConnected,Authorized"),
    }
