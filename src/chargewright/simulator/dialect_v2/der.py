"""Controls of distributed energy resources: set, superseded, started, stopped, reported, cleared (OCPP 2.1 part 2, block R).

A station whose cars only charge keeps them, minds their times and reports them; there is no inverter that obeys them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.agenda import Appointment
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["Der"]

CONTROLS_MAX: Final = 24

_FIELDS: Final[dict[str, str]] = {
    "EnterService": "enter_service",
    "FixedPFAbsorb": "fixed_pf_absorb",
    "FixedPFInject": "fixed_pf_inject",
    "FixedVar": "fixed_var",
    "FreqDroop": "freq_droop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limit_max_discharge",
}
"""Where the settings of a type of control stand; those of all others are a curve."""


@dataclass(slots=True)
class _Control:
    wire: v21.SetDERControlRequest
    field: str
    superseded: bool = False
    started: bool = False
    appointment: Appointment | None = None

    @property
    def settings(self) -> Any:
        return getattr(self.wire, self.field)

    @property
    def id(self) -> str:
        return self.wire.control_id

    def rivals(self, other: "_Control") -> bool:
        return (
            self.wire.control_type == other.wire.control_type
            and self.wire.is_default is other.wire.is_default
            and self.id != other.id
        )


class Der:
    """The controls of one station, by id."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._controls: dict[str, _Control] = {}
        self._alarm: v21.DERControlEnum | None = None

    def handlers_21(self) -> Handlers:
        return {
            "ClearDERControl": self._clear,
            "GetDERControl": self._get,
            "SetDERControl": self._set,
        }

    def _set(self, request: v21.SetDERControlRequest, at: datetime) -> Struct:
        field = _FIELDS.get(request.control_type, "curve")
        given = [name for name in (*_FIELDS.values(), "curve") if getattr(request, name) is not None]
        if given != [field]:
            return v21.SetDERControlResponse(
                status="Rejected", status_info=reason("InvalidValue", f"{request.control_type} needs {field}")
            )
        if request.control_id not in self._controls and len(self._controls) >= CONTROLS_MAX:
            return v21.SetDERControlResponse(status="Rejected", status_info=reason("TooManyElements"))
        self._drop(request.control_id)
        control = _Control(request, field)
        superseded = []
        for rival in self._controls.values():
            if rival.rivals(control) and not rival.superseded:
                # The lower number has priority; of two equal ones the newer (R04.FR.07).
                if control.settings.priority <= rival.settings.priority:
                    rival.superseded = True
                    superseded.append(rival.id)
                else:
                    control.superseded = True
        self._controls[control.id] = control
        self._schedule(control, at, superseded)
        return v21.SetDERControlResponse(status="Accepted", superseded_ids=superseded or None)

    def _schedule(self, control: _Control, at: datetime, superseded: list[str]) -> None:
        """A control with a time starts and stops, and tells it (R05)."""
        start = getattr(control.settings, "start_time", None)
        duration_s = getattr(control.settings, "duration", None)
        if control.wire.is_default or (start is None and duration_s is None):
            return
        ahead = self._station.clock(at) - at
        start_at = at if start is None else max(as_utc(start) - ahead, at)

        def stop(now: datetime) -> None:
            self._controls.pop(control.id, None)
            self._tell_start_stop(control, now, started=False)

        def begin(now: datetime) -> None:
            control.started = True
            self._tell_start_stop(control, now, started=True, superseded=superseded)
            if duration_s is not None:
                over_at = later(now, duration_s)
                control.appointment = self._station.agenda.plan(over_at, stop)

        control.appointment = self._station.agenda.plan(start_at, begin)

    def _tell_start_stop(
        self, control: _Control, at: datetime, *, started: bool, superseded: list[str] | None = None
    ) -> None:
        told = v21.NotifyDERStartStopRequest(
            control_id=control.id,
            started=started,
            timestamp=self._station.clock(at),
            superseded_ids=superseded or None,
        )
        self._station.outbox.put(Worded("NotifyDERStartStop", told))

    def _drop(self, control_id: str) -> None:
        control = self._controls.pop(control_id, None)
        if control is not None and control.appointment is not None:
            control.appointment.cancelled = True

    def _found(
        self, control_type: str | None, control_id: str | None, *, is_default: bool | None
    ) -> list[_Control]:
        return [
            control
            for control in self._controls.values()
            if control_type in {None, control.wire.control_type}
            and control_id in {None, control.id}
            and is_default in {None, control.wire.is_default}
        ]

    def _clear(self, request: v21.ClearDERControlRequest, at: datetime) -> Struct:
        found = self._found(request.control_type, request.control_id, is_default=request.is_default)
        for control in found:
            self._drop(control.id)
            if control.started:
                self._tell_start_stop(control, at, started=False)
        return v21.ClearDERControlResponse(status="Accepted" if found else "NotFound")

    def _get(self, request: v21.GetDERControlRequest, _at: datetime) -> Struct:
        found = self._found(request.control_type, request.control_id, is_default=request.is_default)
        if not found:
            return v21.GetDERControlResponse(status="NotFound")
        lists: dict[str, list[Any]] = {}
        for control in found:
            lists.setdefault(control.field, []).append(_REPORTED[control.field](control))
        settings: dict[str, Any] = {"request_id": request.request_id, **lists}
        told = v21.ReportDERControlRequest(**settings)
        self._station.outbox.put(Worded("ReportDERControl", told))
        return v21.GetDERControlResponse(status="Accepted")

    # --- alarms (R06) ----------------------------------------------------------------------------------------------

    def toggle_alarm(self, at: datetime) -> bool:
        """The grid leaves the bounds of a control that is set, or comes back; False where none is set."""
        if self._alarm is None:
            if not self._controls:
                return False
            self._alarm = next(iter(self._controls.values())).wire.control_type
            ended = None
        else:
            ended = True
        told = v21.NotifyDERAlarmRequest(
            control_type=self._alarm,
            timestamp=self._station.clock(at),
            grid_event_fault=None if ended else "OverVoltage",
            alarm_ended=ended,
        )
        if ended:
            self._alarm = None
        self._station.outbox.put(Worded("NotifyDERAlarm", told))
        return True


def _about(control: _Control) -> dict[str, Any]:
    return {
        "id": control.id,
        "is_default": control.wire.is_default,
        "is_superseded": control.superseded,
    }


def _pf(control: _Control) -> v21.FixedPFGet:
    return v21.FixedPFGet(fixed_pf=control.settings, **_about(control))


_REPORTED: Final[dict[str, Callable[[_Control], Struct]]] = {
    "curve": lambda c: v21.DERCurveGet(curve=c.settings, curve_type=c.wire.control_type, **_about(c)),
    "enter_service": lambda c: v21.EnterServiceGet(enter_service=c.settings, id=c.id),
    "fixed_pf_absorb": _pf,
    "fixed_pf_inject": _pf,
    "fixed_var": lambda c: v21.FixedVarGet(fixed_var=c.settings, **_about(c)),
    "freq_droop": lambda c: v21.FreqDroopGet(freq_droop=c.settings, **_about(c)),
    "gradient": lambda c: v21.GradientGet(gradient=c.settings, id=c.id),
    "limit_max_discharge": lambda c: v21.LimitMaxDischargeGet(limit_max_discharge=c.settings, **_about(c)),
}
