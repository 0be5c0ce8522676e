"""Controls of distributed energy resources at stations: ordered, reported, started, alarmed (OCPP 2.1 part 2, block R)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, cast

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.reports import Reports
from chargewright.csms.told import unanswered
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.der import (
    ClearDer,
    DerAlarm,
    DerAnswered,
    DerChange,
    DerControl,
    DerEvent,
    SetDer,
)
from chargewright.domain.reports import Report
from chargewright.domain.requests import Acknowledged
from chargewright.ids import StationId
from chargewright.translate.der_places import reported_control
from chargewright.translate.own_ids import der_control_id

__all__ = ["DerControls"]

_CONTROLS: Final = Shelf("der-control", DerControl)
_EVENTS: Final = Journal(Shelf("der-event", DerEvent), kept_max=1000)
_ACKNOWLEDGED: Final = Acknowledged()


class DerControls:
    """Orders controls, and keeps what stations hold and tell of them."""

    def __init__(self, *, store: Store, clock: Clock, commands: Commands, reports: Reports) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._reports = reports
        reports.on_complete("ReportDERControl", self._reported)

    def handlers(self) -> dict[type, Handler]:
        """Alarms and changes are answered once they are durable."""
        return {DerAlarm: self._alarmed, DerChange: self._changed}

    async def set(
        self,
        station_id: StationId,
        kind: str,
        setting: dict[str, Any],
        *,
        is_default: bool,
        control_id: str | None = None,
    ) -> tuple[str, DerAnswered]:
        """Set a control, under an id of ours where none is given: (id, what the station said).

        Raises:
            InvalidInput: the setting is not that of such a control.
            UnsupportedByVersion: the station's version has no such controls. Nothing was sent.

        """
        if control_id is None:
            number = await self._store.commit(lambda records: records.new_number("derControlId"))
            control_id = der_control_id(number)
        order = SetDer(control_id, kind, is_default, setting)
        answer = _answer(await self._commands.order(station_id, order))
        if answer.status == "Accepted":
            control = DerControl(order.control_id, kind, is_default, setting, self._clock.now())

            def keep(records: Records) -> None:
                records.put_item(_CONTROLS, station_id, control.id, control)
                self._supersede(records, station_id, answer.superseded_ids, superseded=True)

            await self._store.commit(keep)
        return order.control_id, answer

    async def clear(
        self,
        station_id: StationId,
        *,
        is_default: bool,
        kind: str | None = None,
        control_id: str | None = None,
    ) -> DerAnswered:
        """Clear one control, all of a type, or all. What the station does not find is gone as well."""
        order = ClearDer(is_default, kind, control_id)
        answer = _answer(await self._commands.order(station_id, order))
        if answer.status in {"Accepted", "NotFound"}:

            def drop(records: Records) -> None:
                for _, key, control in records.items(_CONTROLS, station_id):
                    fits = control_id == key or (control_id is None and kind in {None, control.type})
                    if fits and control.is_default is is_default:
                        records.delete_item(_CONTROLS, station_id, key)

            await self._store.commit(drop)
        return answer

    async def refresh(
        self,
        station_id: StationId,
        *,
        is_default: bool | None = None,
        kind: str | None = None,
        control_id: str | None = None,
    ) -> Report:
        """Have the station report its controls; what it tells is put into `all` when it is complete."""
        asked = {"isDefault": is_default, "controlType": kind, "controlId": control_id}
        payload = {name: value for name, value in asked.items() if value is not None}
        return await self._reports.order(station_id, "GetDERControl", payload)

    async def all(self, station_id: StationId) -> list[DerControl]:
        """The controls that a station holds, as far as is known."""
        rows = await self._store.read(lambda records: records.items(_CONTROLS, station_id))
        return [control for _, _, control in rows]

    async def events(self, station_id: StationId, limit: int) -> list[DerEvent]:
        """Alarms, starts and stops, the newest first."""
        return list(await self._store.read(lambda records: _EVENTS.newest(records, station_id, limit)))

    def forget(self, records: Records, station_id: StationId) -> None:
        records.delete_items(_CONTROLS, station_id)
        _EVENTS.forget(records, station_id)

    # --- what stations say -----------------------------------------------------------------------------------

    def _alarmed(self, inbound: Inbound) -> None:
        station_id = inbound.station_id
        event = DerEvent(self._clock.now(), alarm=cast("DerAlarm", inbound.request))
        inbound.reply_after(
            self._store, lambda records: _EVENTS.append(records, station_id, event), _ACKNOWLEDGED
        )

    def _changed(self, inbound: Inbound) -> None:
        station_id, change = inbound.station_id, cast("DerChange", inbound.request)
        event = DerEvent(self._clock.now(), change=change)

        def keep(records: Records) -> None:
            _EVENTS.append(records, station_id, event)
            control = records.item(_CONTROLS, station_id, change.control_id)
            if control is not None:
                changed = replace(control, started=change.started, changed_at=change.at)
                records.put_item(_CONTROLS, station_id, control.id, changed)
            self._supersede(records, station_id, change.superseded_ids, superseded=change.started)

        inbound.reply_after(self._store, keep, _ACKNOWLEDGED)

    def _supersede(
        self, records: Records, station_id: StationId, ids: Sequence[str], *, superseded: bool
    ) -> None:
        for control_id in ids:
            control = records.item(_CONTROLS, station_id, control_id)
            if control is not None:
                changed = replace(control, superseded=superseded)
                records.put_item(_CONTROLS, station_id, control_id, changed)

    def _reported(
        self, records: Records, station_id: StationId, _report: Report, items: Sequence[Any]
    ) -> None:
        now = self._clock.now()
        for item in items:
            control_id, kind, is_default, superseded, setting = reported_control(item)
            before = records.item(_CONTROLS, station_id, control_id)
            control = DerControl(
                control_id,
                kind,
                is_default,
                setting,
                changed_at=now if before is None else before.changed_at,
                superseded=superseded,
                started=None if before is None else before.started,
                confirmed_at=now,
            )
            records.put_item(_CONTROLS, station_id, control_id, control)


def _answer(outcome: CommandOutcome) -> DerAnswered:
    if isinstance(outcome.result, DerAnswered):
        return outcome.result
    none = unanswered(outcome)
    return DerAnswered(none.status, none.reason)
