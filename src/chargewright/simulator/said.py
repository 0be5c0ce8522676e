"""What a station says, in no version's words; a dialect puts it into OCPP. Times are the station's own clock's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from msgspec import Struct

from chargewright.charging.profile import OperationMode

__all__ = [
    "AuthorizationAsked",
    "Booted",
    "BothWays",
    "CertificateAsked",
    "ChargingNeedTold",
    "Context",
    "EvseStatus",
    "FirmwareTold",
    "Heartbeat",
    "LogTold",
    "Message",
    "MeterTold",
    "Reading",
    "ReservationTold",
    "SecurityEventTold",
    "StatusTold",
    "StopReason",
    "Transaction",
    "TransactionStep",
    "TransactionTold",
    "Trigger",
    "Worded",
]


class EvseStatus(Enum):
    """What an EVSE is doing."""

    AVAILABLE = "nobody is here"
    PREPARING = "a car is plugged in and no transaction runs yet"
    CHARGING = "a car draws"
    SUSPENDED_EV = "the car draws nothing of what it is offered"
    SUSPENDED_EVSE = "the car is offered less than its minimum"
    FINISHING = "the transaction is over and the car still plugged in"
    RESERVED = "nobody is here, and somebody is expected"
    UNAVAILABLE = "out of service by order"
    FAULTED = "broken"


class StopReason(Enum):
    """Why a transaction ended."""

    EV_DISCONNECTED = "the cable was pulled"
    REMOTE = "the central system asked"
    DEAUTHORIZED = "the token turned out not to be accepted"
    UNLOCKED = "the connector was unlocked by order"
    SOFT_RESET = "a reset that waits for the stop"
    HARD_RESET = "a reset at once"
    FAULT = "the EVSE broke"


class Trigger(Enum):
    """Why a transaction is told of now."""

    AUTHORIZED = "the driver was accepted"
    REMOTE_START = "the central system started it"
    METER_PERIODIC = "it is time for meter values"
    CHARGING_STATE = "the car began or ceased to draw or to give"
    OPERATION_MODE = "it is to give now, or no longer"
    ASKED = "the central system asked"
    RESET = "the station is about to start anew"
    RESUMED = "it goes on after the station has started anew"
    RATE = "what it may draw was changed"
    TARIFF = "its tariff was changed"
    STOPPED = "it ended"


Context = Literal["Sample.Periodic", "Transaction.Begin", "Transaction.End", "Trigger", "Other"]
"""Why a reading was taken; the words are OCPP's in all versions."""


class TransactionStep(Enum):
    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter of an EVSE shows. `currents_a`: one for each conductor of the EVSE.

    Power and currents are negative while the car gives back.
    """

    at: datetime
    register_wh: float
    power_w: float
    currents_a: tuple[float, ...]
    voltage_v: float
    context: Context
    exported_wh: float | None = None
    """The register of what was given back; None where the meter has none."""
    soc_percent: float | None = None
    """Of the car's battery, where the car tells it."""


@dataclass(slots=True)
class Transaction:
    """One transaction as the station knows it.

    `wire_id`: what the central system calls it. A 2.x station makes it; in 1.6 it comes with the answer to the start.
    `meter_*_wh` are whole watt-hours, as told.
    """

    number: int
    evse_id: int
    id_token: str
    started_at: datetime
    meter_start_wh: int
    wire_id: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    id_kind: str = "ISO14443"
    """2.x: what kind of token it is; a remote start says it."""
    priority: bool = False
    """2.1: its PriorityCharging profile is in force."""
    drawing_s: float = 0.0
    """How long its car has drawn, or given, up to `drawing_since` if it does now."""
    drawing_since: datetime | None = None
    next_seq_no: int = 0
    ended_at: datetime | None = None
    meter_stop_wh: int | None = None
    stop_reason: StopReason | None = None
    deauthorized: bool = False
    told_start: bool = False
    told_stop: bool = False

    def draws(self, at: datetime, *, drawing: bool) -> None:
        """Its car began or ceased to draw or to give, in true time."""
        if self.drawing_since is not None:
            self.drawing_s += (at - self.drawing_since).total_seconds()
        self.drawing_since = at if drawing else None


@dataclass(frozen=True, slots=True)
class Booted:
    reason: str


@dataclass(frozen=True, slots=True)
class Heartbeat:
    pass


@dataclass(frozen=True, slots=True)
class StatusTold:
    evse_id: int
    status: EvseStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class AuthorizationAsked:
    evse_id: int
    id_token: str


@dataclass(frozen=True, slots=True)
class TransactionTold:
    """A step of a transaction. `readings` of the end hold the first and the last one."""

    transaction: Transaction
    step: TransactionStep
    trigger: Trigger
    at: datetime
    seq_no: int
    status: EvseStatus
    readings: tuple[Reading, ...]
    offline: bool
    mode: OperationMode | None = None
    """2.1, where cars can give back: whether this one is to."""


@dataclass(frozen=True, slots=True)
class MeterTold:
    """Meter values because somebody asked, outside of a transaction."""

    evse_id: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class BothWays:
    """What a car that can give back says of itself (ISO 15118-20). Energies count from what it holds now.

    `to_wish_wh`: to what its driver wants by departure; `to_reserve_wh`: to the least it gives down to; `to_full_wh`: to
    where it stops charging. Each of them is below 0 where it holds more.
    """

    discharge_max_a: float
    to_wish_wh: float
    to_reserve_wh: float
    to_full_wh: float
    wished_soc_percent: int


@dataclass(frozen=True, slots=True)
class ChargingNeedTold:
    """What the car says it wants (ISO 15118, by way of 2.x)."""

    evse_id: int
    energy_wh: float
    departure_at: datetime
    current_max_a: float
    phases: int
    voltage_v: float
    both_ways: BothWays | None = None
    """None where it only charges, or nobody may tell it to give."""


@dataclass(frozen=True, slots=True)
class FirmwareTold:
    """How far a firmware update is, in OCPP's word. `signed`: 1.6 has a message of its own for signed firmware."""

    status: str
    request_id: int | None
    signed: bool


@dataclass(frozen=True, slots=True)
class LogTold:
    """How far handing over a log is, in OCPP's word. `diagnostics`: 1.6's older message, which has no request id."""

    status: str
    request_id: int | None
    diagnostics: bool


@dataclass(frozen=True, slots=True)
class SecurityEventTold:
    """Something that touches security; kept until it is delivered (A04.FR.02)."""

    kind: str
    at: datetime
    info: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateAsked:
    """A request for a certificate, PEM. `use` is 2.x's word for what it is for."""

    csr: str
    use: str
    request_id: int


@dataclass(frozen=True, slots=True)
class ReservationTold:
    """A reservation is no more, and nobody cancelled it (2.x only)."""

    reservation_id: int
    status: Literal["Expired", "Removed"]


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """A message that only one family of versions has, in its words already.

    `answered` takes the answer, or None where there is none that means anything.
    """

    action: str
    payload: Struct
    answered: Callable[[Struct | None, datetime], None] | None = None


Message = (
    Booted
    | Heartbeat
    | StatusTold
    | AuthorizationAsked
    | TransactionTold
    | MeterTold
    | ChargingNeedTold
    | FirmwareTold
    | LogTold
    | SecurityEventTold
    | CertificateAsked
    | ReservationTold
    | Worded
)
