"""Watching variables: monitors set, cleared and reported, and the events that they give rise to.

OCPP 2.0.1 part 2, N02 to N08; OCPP 2.1 part 2, N02 to N08 and N11 to N15 (where a monitor feeds a stream).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.agenda import Appointment
from chargewright.simulator.dialect_v2.device_model import DeviceModel, matches
from chargewright.simulator.dialect_v2.streams import Streams
from chargewright.simulator.dialect_v2.variable import Variable, fixed, place_of
from chargewright.simulator.dialect_v2.variables import BYTES_PER_MESSAGE, ITEMS_PER_MESSAGE
from chargewright.simulator.dialect_v2.words import check_size, parts_of
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["Monitoring"]

LOOK_EVERY: Final = timedelta(seconds=1)
MONITORS_PER_REPORT: Final = 10
CUSTOM_FROM: Final = 1_000
"""Ids of monitors that the central system sets; those below are the station's own."""
MONITORS_MAX: Final = 100
SEVERITY_OWN: Final = 2

_CRITERIA: Final[dict[v21.MonitoringCriterionEnum, frozenset[str]]] = {
    "ThresholdMonitoring": frozenset({"UpperThreshold", "LowerThreshold"}),
    "DeltaMonitoring": frozenset({"Delta", "TargetDelta", "TargetDeltaRelative"}),
    "PeriodicMonitoring": frozenset({"Periodic", "PeriodicClockAligned"}),
}
_PERIODIC: Final = _CRITERIA["PeriodicMonitoring"]


@dataclass(slots=True)
class _Monitor:
    """A monitor, and what it has seen."""

    id: int
    variable: Variable
    kind: v21.MonitorEnum
    value: float
    severity: int
    source: v21.EventNotificationEnum
    transaction: bool = False
    last: str | None = None
    """What was told last; None where nothing was."""
    beyond: bool = False
    next_at: datetime | None = None

    def wire(self) -> v21.VariableMonitoring:
        return v21.VariableMonitoring(
            id=self.id,
            transaction=self.transaction,
            value=self.value,
            type=self.kind,
            severity=self.severity,
            event_notification_type=self.source,
        )


class Monitoring:
    """The monitors of one station.

    Its own watch for trouble and need no looking. As long as there are others, it looks once a second.
    """

    def __init__(self, station: Station, model: DeviceModel, streams: Streams) -> None:
        self._station = station
        self._model = model
        self._streams = streams
        self._monitors: dict[int, _Monitor] | None = None
        self._numbers = CUSTOM_FROM
        self._events = 0
        self._level = 9
        self._base: v21.MonitoringBaseEnum = "All"
        self._look: Appointment | None = None
        station.on_trouble.append(self._check)

    def handlers(self) -> Handlers:
        return {
            "ClearVariableMonitoring": self._clear,
            "GetMonitoringReport": self._report,
            "SetMonitoringBase": self._set_base,
            "SetMonitoringLevel": self._set_level,
            "SetVariableMonitoring": self._set,
        }

    def variables(self) -> Iterator[Variable]:
        """What the device model says of monitoring."""
        yield fixed("MonitoringCtrlr", "Available", value=True)
        yield fixed("MonitoringCtrlr", "Enabled", value=True)
        yield Variable("MonitoringCtrlr", "ActiveMonitoringBase", lambda: self._base, kind="OptionList")
        yield Variable("MonitoringCtrlr", "ActiveMonitoringLevel", lambda: str(self._level), kind="integer")
        for instance in ("SetVariableMonitoring", "ClearVariableMonitoring"):
            yield fixed("MonitoringCtrlr", "ItemsPerMessage", ITEMS_PER_MESSAGE, instance=instance)
            yield fixed("MonitoringCtrlr", "BytesPerMessage", BYTES_PER_MESSAGE, instance=instance)

    @property
    def _all(self) -> dict[int, _Monitor]:
        """Every monitor by id; the station's own are made when the device model is first needed."""
        if self._monitors is None:
            self._monitors = {monitor.id: monitor for monitor in self._own()}
        return self._monitors

    def _own(self) -> Iterable[_Monitor]:
        """Hard-wired ones on each EVSE, and a preconfigured one on the whole station."""
        problems = [v for v in self._model.variables.values() if v.name == "Problem"]
        for n, variable in enumerate(problems, start=1):
            source: v21.EventNotificationEnum = (
                "HardWiredMonitor" if variable.evse_id else "PreconfiguredMonitor"
            )
            yield _Monitor(n, variable, "Delta", 1.0, SEVERITY_OWN, source, last="false")

    # --- orders ----------------------------------------------------------------------------------------------------

    def _set(self, request: v21.SetVariableMonitoringRequest, at: datetime) -> Struct:
        wanted = request.set_monitoring_data
        check_size(request, len(wanted), items_max=ITEMS_PER_MESSAGE, bytes_max=BYTES_PER_MESSAGE)
        results = []
        for data in wanted:
            status, monitor = self._set_one(data, at)
            results.append(
                v21.SetMonitoringResult(
                    status=status,
                    type=data.type,
                    component=data.component,
                    variable=data.variable,
                    severity=data.severity,
                    id=None if monitor is None else monitor.id,
                )
            )
        self._look_from(at)
        return v21.SetVariableMonitoringResponse(set_monitoring_result=results)

    def _set_one(
        self, data: v21.SetMonitoringData, at: datetime
    ) -> tuple[v21.SetMonitoringStatusEnum, _Monitor | None]:
        variable = self._model.variables.get(place_of(data.component, data.variable))
        if variable is None:
            return self._model.unknown(data.component, data.variable), None
        numeric = variable.kind in {"integer", "decimal"}
        threshold = data.type in _CRITERIA["ThresholdMonitoring"]
        if not variable.monitored or data.type.startswith("Target") or (threshold and not numeric):
            return "UnsupportedMonitorType", None
        if data.value < 0 and data.type not in _CRITERIA["ThresholdMonitoring"]:
            return "Rejected", None
        if threshold and not (variable.least or 0.0) <= data.value <= (variable.most or data.value):
            return "Rejected", None  # N04.FR.14: out of the variable's range
        if data.severity > 9:
            return "Rejected", None
        before = None if data.id is None else self._all.get(data.id)
        if data.id is not None and (before is None or before.variable is not variable):
            return "Rejected", None
        if before is None and any(
            (m.variable, m.kind, m.severity) == (variable, data.type, data.severity)
            for m in self._all.values()
        ):
            return "Duplicate", None
        if before is None and len(self._all) >= MONITORS_MAX:
            return "Rejected", None
        if before is None:
            self._numbers += 1
        monitor = _Monitor(
            self._numbers if before is None else before.id,
            variable,
            data.type,
            data.value,
            data.severity,
            "CustomMonitor" if before is None else before.source,
            transaction=bool(data.transaction),
        )
        self._all[monitor.id] = monitor
        if monitor.kind in _PERIODIC:
            self._streams.offer(monitor.id, data.periodic_event_stream, at)
        self._begin(monitor, at)
        return "Accepted", monitor

    def _clear(self, request: v21.ClearVariableMonitoringRequest, _at: datetime) -> Struct:
        check_size(request, len(request.id), items_max=ITEMS_PER_MESSAGE, bytes_max=BYTES_PER_MESSAGE)
        results = []
        for monitor_id in request.id:
            monitor = self._all.get(monitor_id)
            status: v21.ClearMonitoringStatusEnum = "Accepted"
            if monitor is None:
                status = "NotFound"
            elif monitor.source == "HardWiredMonitor":
                status = "Rejected"
            else:
                self._drop(monitor_id)
            results.append(v21.ClearMonitoringResult(status=status, id=monitor_id))
        return v21.ClearVariableMonitoringResponse(clear_monitoring_result=results)

    def _drop(self, monitor_id: int) -> None:
        del self._all[monitor_id]
        self._streams.close_of(monitor_id)

    def _set_base(self, request: v21.SetMonitoringBaseRequest, _at: datetime) -> Struct:
        """All brings the preconfigured back; FactoryDefault drops the others, HardWiredOnly all but the wired (N03)."""
        self._base = base = request.monitoring_base
        for monitor in list(self._all.values()):
            custom = monitor.source == "CustomMonitor"
            preconfigured = monitor.source == "PreconfiguredMonitor"
            if (custom and base != "All") or (preconfigured and base == "HardWiredOnly"):
                self._drop(monitor.id)
        if base != "HardWiredOnly":
            for monitor in self._own():
                self._all.setdefault(monitor.id, monitor)
        return v21.SetMonitoringBaseResponse(status="Accepted")

    def _set_level(self, request: v21.SetMonitoringLevelRequest, _at: datetime) -> Struct:
        if not 0 <= request.severity <= 9:
            return v21.SetMonitoringLevelResponse(status="Rejected")
        self._level = request.severity
        return v21.SetMonitoringLevelResponse(status="Accepted")

    def _report(self, request: v21.GetMonitoringReportRequest, at: datetime) -> Struct:
        asked, criteria = request.component_variable, request.monitoring_criteria
        kinds = None if criteria is None else frozenset().union(*(_CRITERIA[c] for c in criteria))
        found: dict[tuple[object, ...], list[_Monitor]] = {}
        for monitor in self._all.values():
            if (kinds is None or monitor.kind in kinds) and (
                asked is None or any(matches(monitor.variable, wanted) for wanted in asked)
            ):
                found.setdefault(monitor.variable.place, []).append(monitor)
        if not found:
            return v21.GetMonitoringReportResponse(status="EmptyResultSet")
        for n, part, more in parts_of(list(found.values()), MONITORS_PER_REPORT):
            told = v21.NotifyMonitoringReportRequest(
                request_id=request.request_id,
                seq_no=n,
                generated_at=self._station.clock(at),
                monitor=[
                    v21.MonitoringData(
                        component=monitors[0].variable.wire_component(),
                        variable=monitors[0].variable.wire_variable(),
                        variable_monitoring=[monitor.wire() for monitor in monitors],
                    )
                    for monitors in part
                ],
                tbc=more or None,
            )
            self._station.outbox.put(Worded("NotifyMonitoringReport", told))
        return v21.GetMonitoringReportResponse(status="Accepted")

    # --- events ----------------------------------------------------------------------------------------------------

    def _look_from(self, at: datetime) -> None:
        """Look once a second as long as somebody else's monitor is there."""
        if self._look is not None or all(m.source != "CustomMonitor" for m in self._all.values()):
            return

        def look(now: datetime) -> None:
            self._look = None
            self._check(now)
            self._look_from(now)

        self._look = self._station.agenda.plan(at + LOOK_EVERY, look)

    def _begin(self, monitor: _Monitor, at: datetime) -> None:
        """What a delta counts from, and when a period first ends."""
        monitor.last = _value(monitor)
        if monitor.kind == "Periodic":
            monitor.next_at = later(at, max(monitor.value, 1.0))
        elif monitor.kind == "PeriodicClockAligned":
            monitor.next_at = _aligned_after(at, monitor.value)

    def _check(self, at: datetime) -> None:
        events = []
        for monitor in self._all.values():
            if monitor.transaction and not self._station.running:
                continue
            event = self._seen(monitor, at)
            if event is not None and monitor.severity <= self._level:
                events.append(event)
        if events:
            told = v21.NotifyEventRequest(generated_at=self._station.clock(at), seq_no=0, event_data=events)
            self._station.outbox.put(Worded("NotifyEvent", told))

    def _seen(self, monitor: _Monitor, at: datetime) -> v21.EventData | None:
        """What a monitor has to tell now, if anything (N07.FR.16 to 19, N08)."""
        value = _value(monitor)
        match monitor.kind:
            case "UpperThreshold" | "LowerThreshold":
                above = float(value) > monitor.value
                beyond = above if monitor.kind == "UpperThreshold" else float(value) < monitor.value
                if beyond is monitor.beyond:
                    return None
                monitor.beyond = beyond
                return self._event(monitor, value, "Alerting", at, cleared=not beyond)
            case "Delta":
                if not _differs(monitor, value):
                    return None
                monitor.last = value
                return self._event(monitor, value, "Delta", at)
            case _:
                if monitor.next_at is None or at < monitor.next_at:
                    return None
                monitor.next_at = later(monitor.next_at, max(monitor.value, 1.0))
                if self._streams.take(monitor.id, value, at):
                    return None
                return self._event(monitor, value, "Periodic", at)

    def _event(
        self,
        monitor: _Monitor,
        value: str,
        trigger: v21.EventTriggerEnum,
        at: datetime,
        *,
        cleared: bool = False,
    ) -> v21.EventData:
        self._events += 1
        evse = self._station.evses.get(monitor.variable.evse_id)
        transaction = None if evse is None else evse.transaction
        return v21.EventData(
            event_id=self._events,
            timestamp=self._station.clock(at),
            trigger=trigger,
            actual_value=value,
            component=monitor.variable.wire_component(),
            event_notification_type=monitor.source,
            variable=monitor.variable.wire_variable(),
            cleared=cleared or None,
            transaction_id=None if transaction is None else transaction.wire_id,
            variable_monitoring_id=monitor.id,
        )


def _value(monitor: _Monitor) -> str:
    read = monitor.variable.read
    assert read is not None, "what is monitored can be read"
    return read()


def _differs(monitor: _Monitor, value: str) -> bool:
    """By as much as the monitor says, where it is a number; else at all (N07.FR.17, 18)."""
    last = monitor.last
    if last is None or monitor.variable.kind not in {"integer", "decimal"}:
        return value != last
    return abs(float(value) - float(last)) >= monitor.value and value != last


def _aligned_after(at: datetime, every_s: float) -> datetime:
    every_s = max(every_s, 1.0)
    return later(at, every_s - at.timestamp() % every_s)
