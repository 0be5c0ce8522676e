"""One variable of a 2.x device model: where it stands, what it is, how it is read and set."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.handlers import whole_number

__all__ = ["Place", "Taken", "Variable", "Write", "fixed", "number", "place_of", "switch"]

Place = tuple[str, str, int, int, str, str]
"""Component, its instance, EVSE, connector (0: none), variable, its instance. Names know no case (part 1, 4.2)."""

Taken = Literal["Accepted", "RebootRequired"]
Write = Callable[[str, datetime], Taken | None]
"""Takes a value over; None where it makes no sense."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and its one attribute, Actual. What cannot be read is written only.

    `least`, `most`: of its number, or of its elements; `values`: what it may be, separated by commas.
    """

    component: str
    name: str
    read: Callable[[], str] | None
    write: Write | None = None
    kind: v21.DataEnum = "string"
    instance: str | None = None
    component_instance: str | None = None
    evse_id: int = 0
    connector_id: int = 0
    unit: str | None = None
    least: float | None = None
    most: float | None = None
    values: str | None = None
    monitored: bool = False
    constant: bool = False

    @property
    def place(self) -> Place:
        return (
            self.component.casefold(),
            (self.component_instance or "").casefold(),
            self.evse_id,
            self.connector_id,
            self.name.casefold(),
            (self.instance or "").casefold(),
        )

    @property
    def mutability(self) -> v21.MutabilityEnum:
        if self.read is None:
            return "WriteOnly"
        return "ReadOnly" if self.write is None else "ReadWrite"

    def wire_component(self) -> v21.Component:
        evse = None
        if self.evse_id:
            evse = v21.EVSE(id=self.evse_id, connector_id=self.connector_id or None)
        return v21.Component(name=self.component, instance=self.component_instance, evse=evse)

    def wire_variable(self) -> v21.Variable:
        return v21.Variable(name=self.name, instance=self.instance)

    def report(self) -> v21.ReportData:
        """All of it, as NotifyReport has it."""
        return v21.ReportData(
            component=self.wire_component(),
            variable=self.wire_variable(),
            variable_attribute=[
                v21.VariableAttribute(
                    type="Actual",
                    value=None if self.read is None else self.read(),
                    mutability=self.mutability,
                    persistent=True,
                    constant=self.constant,
                )
            ],
            variable_characteristics=v21.VariableCharacteristics(
                data_type=self.kind,
                supports_monitoring=self.monitored,
                unit=self.unit,
                min_limit=self.least,
                max_limit=self.most,
                values_list=self.values,
            ),
        )


def place_of(component: v21.Component, variable: v21.Variable) -> Place:
    """Where the central system looks for a variable."""
    evse = component.evse
    return (
        component.name.casefold(),
        (component.instance or "").casefold(),
        0 if evse is None else evse.id,
        0 if evse is None else evse.connector_id or 0,
        variable.name.casefold(),
        (variable.instance or "").casefold(),
    )


def fixed(
    component: str,
    name: str,
    value: object,
    *,
    instance: str | None = None,
    evse_id: int = 0,
    unit: str | None = None,
    values: str | None = None,
    most: float | None = None,
) -> Variable:
    """A variable that never changes."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kind: v21.DataEnum = (
        "boolean" if isinstance(value, bool) else "integer" if isinstance(value, int) else "string"
    )
    if values is not None:
        kind = "MemberList" if "," in text else "OptionList"
    return Variable(
        component,
        name,
        lambda: text,
        kind=kind,
        instance=instance,
        evse_id=evse_id,
        unit=unit,
        values=values,
        most=most,
        constant=True,
    )


def number(
    component: str,
    name: str,
    read: Callable[[], float],
    take: Callable[[int, datetime], None],
    *,
    least: int = 0,
    instance: str | None = None,
    unit: str | None = None,
) -> Variable:
    """A whole number that may be set, from `least` up."""

    def write(text: str, at: datetime) -> Taken | None:
        value = whole_number(text, least=least)
        if value is None:
            return None
        take(value, at)
        return "Accepted"

    return Variable(
        component,
        name,
        lambda: f"{read():g}",
        write,
        kind="integer",
        instance=instance,
        unit=unit,
        least=float(least),
    )


def switch(component: str, name: str, read: Callable[[], bool], take: Callable[[bool], None]) -> Variable:
    """Yes or no, as one likes."""

    def write(text: str, _at: datetime) -> Taken | None:
        if text.lower() not in {"true", "false"}:
            return None
        take(text.lower() == "true")
        return "Accepted"

    return Variable(component, name, lambda: str(read()).lower(), write, kind="boolean")
