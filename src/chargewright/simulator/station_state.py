"""What a station is and has; what it does stands in `station.py`."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from chargewright.charging.composite import ActiveTransaction
from chargewright.charging.profile import OperationMode
from chargewright.simulator.agenda import Agenda
from chargewright.simulator.blocks.access import Access
from chargewright.simulator.blocks.credentials import Credentials
from chargewright.simulator.blocks.reservations import Reservations
from chargewright.simulator.evse import LONG_AGO, NEVER, Evse
from chargewright.simulator.outbox import Outbox
from chargewright.simulator.profile_store import ProfileStore
from chargewright.simulator.said import (
    Context,
    Reading,
    Transaction,
)
from chargewright.simulator.scenario import StationSpec
from chargewright.simulator.station_log import StationLog
from chargewright.simulator.transfer import Transfer

__all__ = ["Measured", "Meter", "StationState"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What the meter of an EVSE measures now."""

    register_wh: float
    currents_a: tuple[float, ...]
    """Negative: given back."""
    exported_wh: float = 0.0
    soc: float | None = None
    """Of the battery of the car that is here, 0 to 1."""


Meter = Callable[[int], Measured]
"""EVSE id -> what its meter shows."""


@dataclass(slots=True)
class StationState:
    """One station's state. Its `outbox` holds what it says; its `transactions` all that it ever began."""

    spec: StationSpec
    meter: Meter
    rng: random.Random
    outbox: Outbox = field(default_factory=Outbox)
    evses: dict[int, Evse] = field(init=False)
    profiles: ProfileStore = field(init=False)
    transactions: list[Transaction] = field(default_factory=list)
    faults: dict[str, float] = field(default_factory=dict)
    """Faults in force, by kind, with their value."""
    heartbeat_interval_s: int = 300
    meter_interval_s: int = 60
    local_offline: bool = True
    """Unknown tokens may start a transaction while there is no link."""
    online: bool = False
    booted: bool = False
    boot_due: datetime = NEVER
    heartbeat_due: datetime = NEVER
    down_until: datetime = LONG_AGO
    reset: Literal["when idle", "when told", "now"] | None = None
    """A reset that was ordered and waits: for the end of transactions, for the outbox, for nothing."""
    began: list[Transaction] = field(default_factory=list)
    """Transactions whose start was answered and that nobody took note of yet; whoever drives the station empties it."""
    boot_reason: str = "PowerUp"
    pending: bool = False
    """The central system has taken note of the boot, and wants to configure the station first."""
    firmware_version: str = "1.0"
    agenda: Agenda = field(default_factory=Agenda)
    transfers: list[Transfer] = field(default_factory=list)
    """Files that are to be carried now; whoever drives the station takes them away."""
    log: StationLog = field(default_factory=StationLog)
    access: Access = field(default_factory=Access)
    reservations: Reservations = field(init=False)
    credentials: Credentials = field(init=False)
    trusted_roots: tuple[str, ...] = ()
    """Certificates, PEM, that a central system must be certified by; empty where none was ever installed."""
    after_boot: list[Callable[[datetime], None]] = field(default_factory=list)
    """What is done once when the next boot is accepted."""
    on_end: list[Callable[[Evse, Transaction, datetime], None]] = field(default_factory=list)
    """Who wants to know that a transaction is over."""
    on_external_limit: list[Callable[[float | None, datetime], None]] = field(default_factory=list)
    """Who minds a limit from beside the central system, in A per phase for the whole station; None ends it."""
    on_trouble: list[Callable[[datetime], None]] = field(default_factory=list)
    """Who wants to know that something broke, or is whole again."""

    def clock(self, at: datetime) -> datetime:
        """What the station's clock shows."""
        offset_s = self.faults.get("clock_off", 0.0)
        return at + timedelta(seconds=offset_s) if offset_s else at

    @property
    def due(self) -> datetime:
        """When `tick` has something to do."""
        due = min(evse.due for evse in self.evses.values())
        due = min(due, self.agenda.due or NEVER)
        if self.online:
            due = min(due, self.boot_due, self.heartbeat_due if self.booted else NEVER)
            return min(due, self.outbox.due or NEVER)
        return due if self.down_until is LONG_AGO else min(due, self.down_until)

    def next_meter(self, at: datetime) -> datetime:
        """At multiples of the interval, as clocks show them: a thousand stations' values fall into few commits."""
        interval_s = self.meter_interval_s
        if interval_s <= 0:
            return NEVER
        return datetime.fromtimestamp((at.timestamp() // interval_s + 1) * interval_s, UTC)

    def wants_link(self, at: datetime) -> bool:
        """Whether it is up, and nothing keeps it from the network."""
        return at >= self.down_until and "link_lost" not in self.faults

    @property
    def reset_due(self) -> bool:
        """Whether an ordered reset waits for nothing any more."""
        told = self.outbox.empty if self.online else not self.outbox.kept
        idle = all(evse.transaction is None for evse in self.evses.values())
        return (
            self.reset == "now"
            or (self.reset == "when told" and told)
            or (self.reset == "when idle" and told and idle)
        )

    @property
    def is_16(self) -> bool:
        return self.spec.version == "ocpp1.6"

    @property
    def running(self) -> dict[int, ActiveTransaction]:
        return {
            evse.id: ActiveTransaction(t.wire_id or "", t.started_at, t.started_at, t.priority)
            for evse in self.evses.values()
            if (t := evse.transaction) is not None
        }

    def read(self, evse: Evse, at: datetime, context: Context) -> Reading:
        """Read the meter."""
        measured = self.meter(evse.id)
        voltage_v = self.spec.voltage_v
        told = measured.soc is not None and self.gives(evse)
        return Reading(
            self.clock(at),
            measured.register_wh,
            sum(measured.currents_a) * voltage_v,
            measured.currents_a,
            voltage_v,
            context,
            exported_wh=measured.exported_wh if self.spec.v2x else None,
            soc_percent=100 * measured.soc if measured.soc is not None and told else None,
        )

    def gives(self, evse: Evse) -> bool:
        """Whether the car here can give energy back, and the station is built for it."""
        return self.spec.v2x and evse.arrival is not None and evse.arrival.car.discharge_max_a > 0

    def mode(self, evse: Evse) -> OperationMode | None:
        """How energy is transferred now; None where it is always drawn, and nobody needs to be told."""
        if not self.spec.v2x:
            return None
        return OperationMode.CENTRAL_SETPOINT if evse.limit_a < 0 else OperationMode.CHARGING_ONLY
