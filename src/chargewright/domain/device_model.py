"""The device model: what a station is made of, as variables of components (OCPP 2.x part 1, 4; block B and N).

A key of 1.6 is a variable without a component.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

__all__ = [
    "AttributeKind",
    "AttributeState",
    "Characteristics",
    "EventHappened",
    "EventsNotified",
    "GetVariables",
    "MonitorHere",
    "SetVariables",
    "Variable",
    "VariableOutcome",
    "VariableRead",
    "VariableReported",
    "VariableSet",
    "VariablesAnswered",
]

AttributeKind = Literal["Actual", "Target", "MinSet", "MaxSet"]


@dataclass(frozen=True, slots=True)
class Variable:
    """Which variable. Names are compared without regard to upper and lower case."""

    name: str
    component: str = ""
    instance: str | None = None
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None

    @property
    def key(self) -> str:
        """The same for every spelling of this variable; the variables of a component stand together."""
        seat = "/".join("" if n is None else str(n) for n in (self.evse_id, self.connector_id))
        parts = (self.component, self.component_instance or "", seat, self.name, self.instance or "")
        return "|".join(part.casefold() for part in parts)

    def __str__(self) -> str:
        component = self.component
        if self.component_instance is not None:
            component += f"[{self.component_instance}]"
        if self.evse_id is not None:
            seat = str(self.evse_id) if self.connector_id is None else f"{self.evse_id}.{self.connector_id}"
            component += f"({seat})"
        name = self.name if self.instance is None else f"{self.name}[{self.instance}]"
        return f"{component}.{name}" if component else name


@dataclass(frozen=True, slots=True)
class AttributeState:
    """One attribute as the station last told it; `value` is None where it would not tell (WriteOnly)."""

    kind: AttributeKind = "Actual"
    value: str | None = None
    mutability: str | None = None
    persistent: bool | None = None
    constant: bool | None = None


@dataclass(frozen=True, slots=True)
class Characteristics:
    data_type: str
    supports_monitoring: bool
    unit: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    max_elements: int | None = None
    values_list: str | None = None


@dataclass(frozen=True, slots=True)
class VariableReported:
    """A variable with whatever a station told of it."""

    variable: Variable
    attributes: tuple[AttributeState, ...]
    characteristics: Characteristics | None = None


# --- reading and setting ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VariableRead:
    """One attribute that is asked for."""

    variable: Variable
    attribute: AttributeKind = "Actual"


@dataclass(frozen=True, slots=True)
class VariableSet:
    """One attribute and the value that it is to have."""

    variable: Variable
    value: str
    attribute: AttributeKind = "Actual"


@dataclass(frozen=True, slots=True)
class GetVariables:
    """GetVariables, or GetConfiguration of 1.6, where nothing asked means everything. Outcome: `VariablesAnswered`."""

    asked: tuple[VariableRead, ...] = ()


@dataclass(frozen=True, slots=True)
class SetVariables:
    """SetVariables, or ChangeConfiguration of 1.6, which takes exactly one. Outcome: `VariablesAnswered`."""

    settings: tuple[VariableSet, ...]


@dataclass(frozen=True, slots=True)
class VariableOutcome:
    """What became of one attribute: `status` is Accepted, RebootRequired, Rejected, UnknownVariable ...; OCPP's words."""

    variable: Variable
    status: str
    attribute: AttributeKind = "Actual"
    value: str | None = None
    reason: str = ""
    mutability: str | None = None


@dataclass(frozen=True, slots=True)
class VariablesAnswered:
    outcomes: tuple[VariableOutcome, ...]


# --- monitoring ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MonitorHere:
    """A monitor as a station reports it (NotifyMonitoringReport) or as it was set."""

    id: int
    variable: Variable
    kind: str
    value: float
    severity: int
    transaction: bool = False
    notification: str = ""
    """CustomMonitor, PreconfiguredMonitor, HardWiredMonitor or HardWiredNotification; empty where it is not told."""


@dataclass(frozen=True, slots=True)
class EventHappened:
    """One event of a NotifyEvent. `cause` is the id of the event that led to it."""

    event_id: int
    at: datetime
    trigger: str
    value: str
    variable: Variable
    notification: str
    cause: int | None = None
    tech_code: str = ""
    tech_info: str = ""
    cleared: bool = False
    wire_transaction_id: str | None = None
    monitor_id: int | None = None
    severity: int | None = None


@dataclass(frozen=True, slots=True)
class EventsNotified:
    """NotifyEvent. Answer: `Acknowledged`."""

    action: ClassVar[str] = "NotifyEvent"
    events: tuple[EventHappened, ...]
    content: dict[str, Any]
    """The message as OCPP spells it."""
