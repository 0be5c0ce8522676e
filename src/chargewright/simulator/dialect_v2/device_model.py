"""Reading, setting and reporting the device model (OCPP 2.x part 2, B05 to B08)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.dialect_v2.variable import Place, Variable, place_of
from chargewright.simulator.dialect_v2.variables import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargewright.simulator.dialect_v2.words import check_size, parts_of, reason
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["DeviceModel", "matches"]

VARIABLES_PER_REPORT: Final = 25

Unknown = Literal["UnknownComponent", "UnknownVariable"]


class DeviceModel:
    """The variables of one station. They are gathered when somebody first asks: most stations are never asked."""

    def __init__(self, station: Station, gather: Callable[[], Iterable[Variable]]) -> None:
        self._station = station
        self._gather = gather

    @cached_property
    def variables(self) -> dict[Place, Variable]:
        return {variable.place: variable for variable in self._gather()}

    @cached_property
    def _components(self) -> set[tuple[str, str, int, int]]:
        return {place[:4] for place in self.variables}

    def unknown(self, component: v21.Component, variable: v21.Variable) -> Unknown:
        """In OCPP's word what of a variable is unknown that is not here."""
        known = place_of(component, variable)[:4] in self._components
        return "UnknownVariable" if known else "UnknownComponent"

    def handlers(self) -> Handlers:
        return {
            "GetBaseReport": self._base_report,
            "GetReport": self._custom_report,
            "GetVariables": self._get_variables,
            "SetVariables": self._set_variables,
        }

    # --- values ----------------------------------------------------------------------------------------------------

    def _get_variables(self, request: v21.GetVariablesRequest, _at: datetime) -> Struct:
        wanted = request.get_variable_data
        check_size(request, len(wanted), items_max=ITEMS_PER_MESSAGE, bytes_max=BYTES_PER_MESSAGE)
        return v21.GetVariablesResponse(get_variable_result=[self._get(data) for data in wanted])

    def _get(self, wanted: v21.GetVariableData) -> v21.GetVariableResult:
        status: v21.GetVariableStatusEnum = "Accepted"
        value: str | None = None
        found = self.variables.get(place_of(wanted.component, wanted.variable))
        if found is None:
            status = self.unknown(wanted.component, wanted.variable)
        elif wanted.attribute_type not in {None, "Actual"}:
            status = "NotSupportedAttributeType"
        elif found.read is None:
            status = "Rejected"  # B06.FR.09: what is written only is not told
        else:
            value = found.read()
        return v21.GetVariableResult(
            attribute_status=status,
            component=wanted.component,
            variable=wanted.variable,
            attribute_type=wanted.attribute_type,
            attribute_value=value,
        )

    def _set_variables(self, request: v21.SetVariablesRequest, at: datetime) -> Struct:
        wanted = request.set_variable_data
        check_size(request, len(wanted), items_max=ITEMS_PER_MESSAGE, bytes_max=BYTES_PER_MESSAGE)
        results = []
        for data in wanted:
            status, why = self._set(data, at)
            results.append(
                v21.SetVariableResult(
                    attribute_status=status,
                    component=data.component,
                    variable=data.variable,
                    attribute_type=data.attribute_type,
                    attribute_status_info=why,
                )
            )
        return v21.SetVariablesResponse(set_variable_result=results)

    def _set(
        self, wanted: v21.SetVariableData, at: datetime
    ) -> tuple[v21.SetVariableStatusEnum, v21.StatusInfo | None]:
        found = self.variables.get(place_of(wanted.component, wanted.variable))
        if found is None:
            return self.unknown(wanted.component, wanted.variable), None
        if wanted.attribute_type not in {None, "Actual"}:
            return "NotSupportedAttributeType", None
        if found.write is None:
            return "Rejected", reason("ReadOnly")
        taken = found.write(wanted.attribute_value, at)
        return ("Rejected", reason("InvalidValue")) if taken is None else (taken, None)

    # --- reports ---------------------------------------------------------------------------------------------------

    def _base_report(self, request: v21.GetBaseReportRequest, at: datetime) -> Struct:
        found = list(self.variables.values())
        if request.report_base == "ConfigurationInventory":
            found = [v for v in found if v.write is not None]
        elif request.report_base == "SummaryInventory":
            found = [v for v in found if v.name in _SUMMARY]
        self._report(request.request_id, found, at)
        return v21.GetBaseReportResponse(status="Accepted")

    def _custom_report(self, request: v21.GetReportRequest, at: datetime) -> Struct:
        asked, criteria = request.component_variable, request.component_criteria
        check_size(request, len(asked or ()), items_max=ITEMS_PER_MESSAGE, bytes_max=BYTES_PER_MESSAGE)
        found = [
            variable
            for variable in self.variables.values()
            if (asked is None or any(matches(variable, wanted) for wanted in asked))
            and (criteria is None or any(self._meets(variable, criterion) for criterion in criteria))
        ]
        if not found:
            return v21.GetReportResponse(status="EmptyResultSet")
        self._report(request.request_id, found, at)
        return v21.GetReportResponse(status="Accepted")

    def _meets(self, variable: Variable, criterion: v21.ComponentCriterionEnum) -> bool:
        """Whether the component says so of itself; without the variable it is as good as active, available, enabled.

        B08.FR.07 to 10.
        """
        about = self.variables.get((*variable.place[:4], criterion.casefold(), ""))
        if about is None or about.read is None:
            return criterion != "Problem"
        return about.read() == "true"

    def _report(self, request_id: int, found: list[Variable], at: datetime) -> None:
        for n, part, more in parts_of(found, VARIABLES_PER_REPORT):
            told = v21.NotifyReportRequest(
                request_id=request_id,
                generated_at=self._station.clock(at),
                seq_no=n,
                report_data=[variable.report() for variable in part],
                tbc=more or None,
            )
            self._station.outbox.put(Worded("NotifyReport", told))


_SUMMARY: Final = frozenset({"AvailabilityState", "Problem", "Available", "Enabled"})


def matches(variable: Variable, wanted: v21.ComponentVariable) -> bool:
    """Whether a variable is among what is asked for: what is not said matches anything (B08.FR.20 to 22)."""
    component, name = wanted.component, wanted.variable
    if component.name.casefold() != variable.component.casefold():
        return False
    if component.instance is not None and component.instance != variable.component_instance:
        return False
    evse = component.evse
    if evse is not None and (
        evse.id != variable.evse_id or evse.connector_id not in {None, variable.connector_id}
    ):
        return False
    return name is None or (
        name.name.casefold() == variable.name.casefold() and name.instance in {None, variable.instance}
    )
