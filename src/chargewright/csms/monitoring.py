"""What stations watch on themselves and tell when it happens (OCPP 2.x part 2, N01 to N08).

Events are kept as they come. Those that a monitor or the station's wiring raised as alerts make up the list of
alerts: one for each variable and monitor, active until the station says that it is cleared.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import msgspec

from chargewright.clock import Clock, iso
from chargewright.csms.commands import Commands
from chargewright.csms.device_model import DeviceModel
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.reports import Reports
from chargewright.domain.commands import CommandOutcome, RawAnswered, RawCommand
from chargewright.domain.device_model import EventHappened, EventsNotified, MonitorHere, Variable
from chargewright.domain.reports import Report
from chargewright.domain.requests import Acknowledged
from chargewright.ids import StationId

__all__ = ["Alert", "MonitorRecord", "Monitoring", "MonitoringState"]

EVENTS_KEPT: Final = 5_000
"""Events kept per station: weeks of a busy one."""

_TRIMMED_EVERY: Final = 500

_FRAME_BYTES: Final = 120
"""What a message has around its items, at most."""

_ALERTING: Final = "Alerting"


@dataclass(frozen=True, slots=True)
class MonitorRecord:
    """A monitor that a station has, as far as we know."""

    monitor: MonitorHere
    at: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a station raised. `cleared_at` is None while it lasts; `event` is the one told last."""

    event: EventHappened
    since: datetime
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MonitoringState:
    """The base and the level that the station accepted last; None: not set from here."""

    base: str | None = None
    severity: int | None = None


_MONITORS: Final = Shelf("monitor", MonitorRecord)
_EVENTS: Final = Shelf("station-event", EventHappened)
_ALERTS: Final = Shelf("station-alert", Alert)
_STATES: Final = Shelf("monitoring-state", MonitoringState)
_ACKNOWLEDGED: Final = Acknowledged()


class Monitoring:
    """Sets and clears monitors, and keeps events."""

    def __init__(
        self, *, store: Store, clock: Clock, commands: Commands, reports: Reports, device_model: DeviceModel
    ) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._reports = reports
        self._device_model = device_model
        self._since_trimmed: dict[StationId, int] = {}
        reports.on_complete("NotifyMonitoringReport", self._keep_report)

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`: a NotifyEvent is answered once it is durable."""
        return {EventsNotified: self._notified}

    # --- orders -------------------------------------------------------------------------------------------

    async def set_base(self, station_id: StationId, base: str) -> CommandOutcome:
        """SetMonitoringBase: All, FactoryDefault or HardWiredOnly. What was set by hand is gone after the last two."""
        outcome = await self._raw(station_id, "SetMonitoringBase", {"monitoringBase": base})
        if _status(outcome) == "Accepted":

            def keep(records: Records) -> None:
                self._put_state(records, station_id, base=base)
                if (
                    base != "All"
                ):  # custom monitors are removed (N03.FR.04, N03.FR.05); a report tells what is left
                    records.delete_items(_MONITORS, station_id)

            await self._store.commit(keep)
        return outcome

    async def set_level(self, station_id: StationId, severity: int) -> CommandOutcome:
        """SetMonitoringLevel: events of a severity number up to this one are told (0 danger to 9 debug)."""
        outcome = await self._raw(station_id, "SetMonitoringLevel", {"severity": severity})
        if _status(outcome) == "Accepted":
            await self._store.commit(lambda records: self._put_state(records, station_id, severity=severity))
        return outcome

    async def set_monitors(
        self, station_id: StationId, wanted: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """SetVariableMonitoring in messages that the station takes; each wish and result as OCPP spells it.

        What the station accepts is remembered under the id that it gave. A wish that was not answered has the
        status `offline`, `timeout` or the CALLERROR code.
        """
        results: list[dict[str, Any]] = []
        for batch in await self._batches(station_id, "SetVariableMonitoring", wanted):
            outcome = await self._raw(station_id, "SetVariableMonitoring", {"setMonitoringData": batch})
            told = _results(outcome, "setMonitoringResult", len(batch))
            results += told
            wishes = {_wish_key(wish): wish for wish in batch}
            kept = [
                _monitor(wishes[_wish_key(result)], result)
                for result in told
                if result["status"] == "Accepted" and "id" in result and _wish_key(result) in wishes
            ]
            await self._store.commit(partial(self._put, station_id=station_id, monitors=kept))
        return results

    async def clear_monitors(self, station_id: StationId, ids: Sequence[int]) -> list[dict[str, Any]]:
        """ClearVariableMonitoring likewise: what the station cleared or does not know is forgotten here too."""
        results: list[dict[str, Any]] = []
        for batch in await self._batches(station_id, "ClearVariableMonitoring", list(ids)):
            outcome = await self._raw(station_id, "ClearVariableMonitoring", {"id": batch})
            told = _results(outcome, "clearMonitoringResult", len(batch))
            results += [{"id": number, **result} for number, result in zip(batch, told, strict=True)]
        gone = [r["id"] for r in results if r["status"] in {"Accepted", "NotFound"}]

        def forget(records: Records) -> None:
            for number in gone:
                records.delete_item(_MONITORS, station_id, numbered(number))

        await self._store.commit(forget)
        return results

    # --- what is known --------------------------------------------------------------------------------------

    async def monitors(self, station_id: StationId) -> list[MonitorRecord]:
        found = await self._store.read(lambda records: records.items(_MONITORS, station_id))
        return [record for _, _, record in found]

    async def state(self, station_id: StationId) -> MonitoringState:
        found = await self._store.read(lambda records: records.item(_STATES, station_id, "state"))
        return found or MonitoringState()

    async def events(self, station_id: StationId, limit: int = 100) -> list[EventHappened]:
        """The newest first, by the station's clock."""
        found = await self._store.read(lambda records: records.newest_items(_EVENTS, station_id, limit))
        return [event for _, event in found]

    async def alerts(self, station_id: StationId, *, active: bool | None = None) -> list[Alert]:
        found = await self._store.read(lambda records: records.items(_ALERTS, station_id))
        return [a for _, _, a in found if active is None or (a.cleared_at is None) is active]

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone, and its monitors, events and alerts with it."""
        for shelf in (_MONITORS, _EVENTS, _ALERTS, _STATES):
            records.delete_items(shelf, station_id)

    # --- inside -----------------------------------------------------------------------------------------------

    async def _raw(self, station_id: StationId, action: str, payload: dict[str, Any]) -> CommandOutcome:
        return await self._commands.order(station_id, RawCommand(action, payload))

    async def _batches(self, station_id: StationId, action: str, items: Sequence[Any]) -> list[list[Any]]:
        """Cut by what the station takes in one message; asked where it has not told it yet (N04.FR.08, N06)."""
        if len(items) < 2:
            return [list(items)]
        items_max = await self._device_model.limit(station_id, "MonitoringCtrlr", "ItemsPerMessage", action)
        bytes_max = await self._device_model.limit(station_id, "MonitoringCtrlr", "BytesPerMessage", action)
        batches: list[list[Any]] = [[]]
        size = _FRAME_BYTES
        for item in items:
            length = len(msgspec.json.encode(item)) + 1
            full = len(batches[-1]) == items_max or (bytes_max is not None and size + length > bytes_max)
            if batches[-1] and full:
                batches.append([])
                size = _FRAME_BYTES
            batches[-1].append(item)
            size += length
        return batches

    def _put_state(self, records: Records, station_id: StationId, **change: Any) -> None:
        state = records.item(_STATES, station_id, "state") or MonitoringState()
        records.put_item(_STATES, station_id, "state", replace(state, **change))

    def _put(self, records: Records, station_id: StationId, monitors: Sequence[MonitorHere]) -> None:
        now = self._clock.now()
        for monitor in monitors:
            records.put_item(_MONITORS, station_id, numbered(monitor.id), MonitorRecord(monitor, now))

    def _keep_report(
        self, records: Records, station_id: StationId, _report: Report, items: Sequence[Any]
    ) -> None:
        self._put(records, station_id, [msgspec.convert(item, MonitorHere) for item in items])

    def _notified(self, inbound: Any) -> None:
        station_id, notified = inbound.station_id, inbound.request
        inbound.reply_after(
            self._store,
            lambda records: self._keep_events(records, station_id, notified.events),
            _ACKNOWLEDGED,
        )

    def _keep_events(self, records: Records, station_id: StationId, events: Sequence[EventHappened]) -> None:
        for event in events:
            # The time goes first, so that the newest are found at once; the id keeps two of one instant apart.
            records.put_item(_EVENTS, station_id, f"{iso(event.at)} {numbered(event.event_id)}", event)
            if event.trigger == _ALERTING:
                self._keep_alert(records, station_id, event)
        seen = self._since_trimmed.get(station_id, 0) + len(events)
        if seen >= _TRIMMED_EVERY:
            seen = 0
            newest = records.newest_items(_EVENTS, station_id, EVENTS_KEPT + _TRIMMED_EVERY)
            for key, _ in newest[EVENTS_KEPT:]:
                records.delete_item(_EVENTS, station_id, key)
        self._since_trimmed[station_id] = seen

    def _keep_alert(self, records: Records, station_id: StationId, event: EventHappened) -> None:
        monitor = "" if event.monitor_id is None else str(event.monitor_id)
        key = f"{event.variable.key} {monitor}"
        old = records.item(_ALERTS, station_id, key)
        lasts = old is not None and old.cleared_at is None
        since = old.since if old is not None and (lasts or event.cleared) else event.at
        if old is not None and event.at < old.event.at:
            return  # told late: what is known is newer
        alert = Alert(event, since, event.at if event.cleared else None)
        records.put_item(_ALERTS, station_id, key, alert)


def _status(outcome: CommandOutcome) -> str:
    return str(outcome.result.response.get("status", "")) if isinstance(outcome.result, RawAnswered) else ""


def _results(outcome: CommandOutcome, name: str, count: int) -> list[dict[str, Any]]:
    """One result for each thing asked, whatever the station left out."""
    if not isinstance(outcome.result, RawAnswered):
        missing = {"status": outcome.code or outcome.kind, "reason": outcome.description}
        return [dict(missing) for _ in range(count)]
    told = outcome.result.response.get(name)
    found = [dict(one) for one in told] if isinstance(told, list) else []
    return [*found, *({"status": "NoAnswer"} for _ in range(count - len(found)))][:count]


def _wish_key(one: Mapping[str, Any]) -> bytes:
    """What a result and the wish that it answers have in common: results may come in any order."""
    return msgspec.json.encode(
        [one.get(name) for name in ("component", "variable", "type", "severity")], order="sorted"
    )


def _monitor(wish: Mapping[str, Any], result: Mapping[str, Any]) -> MonitorHere:
    component, variable = result["component"], result["variable"]
    evse = component.get("evse") or {}
    return MonitorHere(
        id=int(result["id"]),
        variable=Variable(
            variable["name"],
            component["name"],
            variable.get("instance"),
            component.get("instance"),
            evse.get("id"),
            evse.get("connectorId"),
        ),
        kind=str(result["type"]),
        value=float(wish["value"]),
        severity=int(result["severity"]),
        transaction=bool(wish.get("transaction", False)),
        notification="CustomMonitor",
    )
