"""What stations are made of: their variables as they told them, read and set in messages of a size they take.

OCPP 2.x part 2, B05 to B08; in 1.6 the configuration keys, which are variables without a component.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

import msgspec

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reports import Reports
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.device_model import (
    AttributeState,
    Characteristics,
    GetVariables,
    SetVariables,
    Variable,
    VariableOutcome,
    VariableRead,
    VariableReported,
    VariablesAnswered,
    VariableSet,
)
from chargewright.domain.reports import Report, ReportPart
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

__all__ = ["DeviceModel", "VariableRecord", "is_secret"]

T = TypeVar("T", VariableRead, VariableSet)

_SECRETS: Final = frozenset({"authorizationkey", "basicauthpassword"})

ITEMS_MAX: Final = 50
"""Variables in one message where the station names no limit: below 16 KiB, and quickly halved if refused."""

_ITEM_BYTES: Final = 200
"""What the punctuation and the field names of one item come to, at most."""

_FRAME_BYTES: Final = 120


def is_secret(variable: Variable) -> bool:
    """Whether the value is a password: never stored, never shown."""
    return variable.name.casefold() in _SECRETS


@dataclass(frozen=True, slots=True)
class VariableRecord:
    """A variable as it was last told. `report` is the request id of the report that last had it."""

    variable: Variable
    attributes: tuple[AttributeState, ...]
    at: datetime
    characteristics: Characteristics | None = None
    report: int | None = None

    @property
    def actual(self) -> str | None:
        return next((a.value for a in self.attributes if a.kind == "Actual"), None)


@dataclass(frozen=True, slots=True)
class _Limits:
    """Of one station: items and bytes in a message that reads, and in one that sets; None: it names no limit."""

    firmware: str
    read_items: int | None = None
    read_bytes: int | None = None
    set_items: int | None = None
    set_bytes: int | None = None


_VARIABLES: Final = Shelf("variable", VariableRecord)
_LIMITS: Final = Shelf("message-limits", _Limits)
_LIMIT_NAMES: Final = {
    "read_items": Variable("ItemsPerMessage", "DeviceDataCtrlr", "GetVariables"),
    "read_bytes": Variable("BytesPerMessage", "DeviceDataCtrlr", "GetVariables"),
    "set_items": Variable("ItemsPerMessage", "DeviceDataCtrlr", "SetVariables"),
    "set_bytes": Variable("BytesPerMessage", "DeviceDataCtrlr", "SetVariables"),
}
_LIMIT_NAMES_16: Final = {"read_items": Variable("GetConfigurationMaxKeys")}

BaseReport = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]


@dataclass(slots=True)
class _Answers:
    """What came of a list of items so far."""

    outcomes: list[VariableOutcome] = field(default_factory=list)
    ended: CommandOutcome | None = None
    """Why nothing more can be sent: the station is away, or does not answer."""


class DeviceModel:
    """Reads and sets variables, and keeps what stations report of themselves."""

    def __init__(
        self, *, store: Store, clock: Clock, provisioning: Provisioning, commands: Commands, reports: Reports
    ) -> None:
        self._store = store
        self._clock = clock
        self._provisioning = provisioning
        self._commands = commands
        self._reports = reports
        self._asking: dict[StationId, asyncio.Lock] = {}
        reports.on_part("NotifyReport", self._keep_part)
        reports.on_complete("NotifyReport", self._forget_what_is_gone)

    async def known(self, station_id: StationId) -> list[VariableRecord]:
        """All variables that the station ever told, by component."""
        found = await self._store.read(lambda records: records.items(_VARIABLES, station_id, limit=100_000))
        return [record for _, _, record in found]

    async def limit(self, station_id: StationId, component: str, name: str, action: str) -> int | None:
        """How much of `action` the station takes in one message; asked once. None: it names no limit that makes sense."""
        variable = Variable(name, component, action)
        known = await self._store.read(lambda records: records.item(_VARIABLES, station_id, variable.key))
        if known is not None:
            return _count(known.actual)
        (outcome,) = await self.read(station_id, [VariableRead(variable)])
        return _count(outcome.value)

    async def read(self, station_id: StationId, asked: Sequence[VariableRead]) -> list[VariableOutcome]:
        """Ask for variables, in as many messages as it takes; one outcome for each, in the order asked.

        In 1.6 nothing asked means every key that the station has. Where the station is away or stops answering, the
        status of what is left is `offline` or `timeout`.

        Raises:
            UnsupportedByVersion: 1.6 has neither components nor attributes.

        """
        if not asked:
            return await self._read_all(station_id)
        limits = await self._limits(station_id) if len(asked) > 1 else _Limits("")
        batches = _batches(asked, limits.read_items, limits.read_bytes)
        outcomes = await self._in_batches(station_id, batches, GetVariables)
        await self._keep(station_id, outcomes)
        return _in_order(asked, outcomes)

    async def write(self, station_id: StationId, settings: Sequence[VariableSet]) -> list[VariableOutcome]:
        """Set variables likewise; a status is Accepted, RebootRequired, or why not.

        Raises:
            InvalidInput: one of them is a password.
            UnsupportedByVersion: 1.6 has neither components nor attributes.

        """
        if not settings:
            return []
        for setting in settings:
            if is_secret(setting.variable):
                raise InvalidInput("passwords are not set here; rotate them", where=str(setting.variable))
        if self._is_16(station_id):
            limits = _Limits("", set_items=1)
        else:
            limits = await self._limits(station_id) if len(settings) > 1 else _Limits("")
        batches = _batches(settings, limits.set_items, limits.set_bytes)
        outcomes = await self._in_batches(station_id, batches, SetVariables)
        await self._keep(station_id, [o for o in outcomes if o.status == "Accepted"])
        return _in_order(settings, outcomes)

    async def refresh(
        self, station_id: StationId, base: BaseReport = "FullInventory"
    ) -> Report | list[VariableOutcome]:
        """Have the station tell everything: 2.x by a report that comes in parts, 1.6 by its answer."""
        if self._is_16(station_id):
            return await self._read_all(station_id)
        return await self._reports.order(station_id, "GetBaseReport", {"reportBase": base})

    async def check_report_size(self, station_id: StationId, payload: Mapping[str, Any]) -> None:
        """A GetReport cannot be cut in two: one that names more variables than the station takes is refused (B08).

        Raises:
            InvalidInput: says how many it takes.

        """
        named = payload.get("componentVariable")
        if not isinstance(named, list) or len(named) < 2:
            return
        items_max = await self.limit(station_id, "DeviceDataCtrlr", "ItemsPerMessage", "GetReport")
        if items_max is not None and len(named) > items_max:
            raise InvalidInput(f"the station takes {items_max} in one order", where="componentVariable")

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone, and what it told with it."""
        for shelf in (_VARIABLES, _LIMITS):
            records.delete_items(shelf, station_id)

    # --- messages of the right size -------------------------------------------------------------------------

    async def _read_all(self, station_id: StationId) -> list[VariableOutcome]:
        if not self._is_16(station_id):
            raise InvalidInput("name the variables, or ask for a report", where="variables")
        answers = _Answers()
        await self._send(station_id, (), GetVariables, answers)
        await self._keep(station_id, answers.outcomes)
        return answers.outcomes

    async def _in_batches(
        self, station_id: StationId, batches: Iterable[tuple[T, ...]], make: Callable[[Any], Any]
    ) -> list[VariableOutcome]:
        answers = _Answers()
        for batch in batches:
            if answers.ended is None:
                await self._send(station_id, batch, make, answers)
            if answers.ended is not None:
                kind, why = answers.ended.kind, answers.ended.description
                seen = {(o.variable.key, o.attribute) for o in answers.outcomes}
                answers.outcomes += [
                    VariableOutcome(item.variable, kind, item.attribute, reason=why)
                    for item in batch
                    if (item.variable.key, item.attribute) not in seen
                ]
        return answers.outcomes

    async def _send(
        self, station_id: StationId, batch: tuple[T, ...], make: Callable[[Any], Any], answers: _Answers
    ) -> None:
        """One message, or its halves where the station finds it too long."""
        outcome = await self._commands.order(station_id, make(batch), priority=Priority.NORMAL)
        if isinstance(outcome.result, VariablesAnswered):
            answers.outcomes += outcome.result.outcomes
        elif outcome.kind == "error" and len(batch) > 1:
            middle = len(batch) // 2
            for half in (batch[:middle], batch[middle:]):
                if answers.ended is None:
                    await self._send(station_id, half, make, answers)
        elif outcome.kind == "error":
            answers.outcomes += [
                VariableOutcome(
                    item.variable, outcome.code or "error", item.attribute, reason=outcome.description
                )
                for item in batch
            ]
        else:
            answers.ended = outcome

    async def _limits(self, station_id: StationId) -> _Limits:
        """What the station takes in one message; asked once per firmware, one variable at first."""
        async with self._asking.setdefault(station_id, asyncio.Lock()):
            firmware = self._provisioning.require(station_id).firmware_version
            known = await self._store.read(lambda records: records.item(_LIMITS, station_id, "limits"))
            if known is not None and known.firmware == firmware:
                return known
            names = _LIMIT_NAMES_16 if self._is_16(station_id) else _LIMIT_NAMES
            first, *rest = (VariableRead(variable) for variable in names.values())
            told = await self._in_batches(station_id, [(first,)], GetVariables)
            if told[0].status in {"offline", "timeout"}:
                return _Limits("", read_items=1, set_items=1)
            items = _count(told[0].value)
            told += await self._in_batches(station_id, _batches(rest, items or 1, None), GetVariables)
            await self._keep(station_id, told)
            values = {outcome.variable.key: _count(outcome.value) for outcome in told}
            limits = _Limits(firmware, **{name: values.get(v.key) for name, v in names.items()})
            await self._store.commit(lambda records: records.put_item(_LIMITS, station_id, "limits", limits))
            return limits

    def _is_16(self, station_id: StationId) -> bool:
        return self._provisioning.require(station_id).version == "ocpp1.6"

    # --- keeping --------------------------------------------------------------------------------------------

    async def _keep(self, station_id: StationId, outcomes: Iterable[VariableOutcome]) -> None:
        told = [
            VariableReported(o.variable, (AttributeState(o.attribute, o.value, o.mutability),))
            for o in outcomes
            if o.status == "Accepted"
        ]
        if told:
            await self._store.commit(lambda records: self._put(records, station_id, told, None))

    def _keep_part(self, records: Records, station_id: StationId, part: ReportPart) -> None:
        self._put(records, station_id, part.items, part.request_id)

    def _put(
        self,
        records: Records,
        station_id: StationId,
        told: Iterable[VariableReported],
        report: int | None,
    ) -> None:
        now = self._clock.now()
        for one in told:
            key = one.variable.key
            old = records.item(_VARIABLES, station_id, key)
            attributes = {a.kind: a for a in (() if old is None else old.attributes)}
            for new in one.attributes:
                shown = replace(new, value=None) if is_secret(one.variable) else new
                attributes[new.kind] = _merged(attributes.get(new.kind), shown)
            record = VariableRecord(
                one.variable,
                tuple(attributes.values()),
                now,
                one.characteristics or (None if old is None else old.characteristics),
                (None if old is None else old.report) if report is None else report,
            )
            records.put_item(_VARIABLES, station_id, key, record)

    def _forget_what_is_gone(
        self, records: Records, station_id: StationId, report: Report, items: Sequence[Any]
    ) -> None:
        """After a full inventory: what an earlier report had and this one has not is no longer there."""
        if report.asked != "GetBaseReport" or report.scope != "FullInventory":
            return
        here = {msgspec.convert(item, VariableReported).variable.key for item in items}
        for _, key, record in records.items(_VARIABLES, station_id, limit=100_000):
            if key not in here and record.report not in {None, report.request_id}:
                records.delete_item(_VARIABLES, station_id, key)


def _merged(old: AttributeState | None, new: AttributeState) -> AttributeState:
    """What the newer message does not say stays as it was."""
    if old is None:
        return new
    return AttributeState(
        new.kind,
        new.value,
        new.mutability or old.mutability,
        old.persistent if new.persistent is None else new.persistent,
        old.constant if new.constant is None else new.constant,
    )


def _batches(items: Sequence[T], items_max: int | None, bytes_max: int | None) -> Iterator[tuple[T, ...]]:
    """Cut a list into messages; an item that is too long for any message still gets one of its own."""
    batch: list[T] = []
    size = _FRAME_BYTES
    for item in items:
        length = _ITEM_BYTES + len(msgspec.json.encode(_texts(item)))
        full = len(batch) >= min(items_max or ITEMS_MAX, ITEMS_MAX)
        if batch and (full or (bytes_max is not None and size + length > bytes_max)):
            yield tuple(batch)
            batch, size = [], _FRAME_BYTES
        batch.append(item)
        size += length
    if batch:
        yield tuple(batch)


def _texts(item: VariableRead | VariableSet) -> list[str | None]:
    variable = item.variable
    value = item.value if isinstance(item, VariableSet) else ""
    return [value, variable.component, variable.component_instance, variable.name, variable.instance]


def _in_order(
    asked: Sequence[VariableRead | VariableSet], outcomes: Iterable[VariableOutcome]
) -> list[VariableOutcome]:
    """One outcome for each item asked, whatever the station left out or added."""
    found = {(o.variable.key, o.attribute): o for o in outcomes}
    return [
        found.get(
            (item.variable.key, item.attribute),
            VariableOutcome(item.variable, "NoAnswer", item.attribute, reason="the station left it out"),
        )
        for item in asked
    ]


def _count(text: str | None) -> int | None:
    """A limit that makes sense; stations also send 0, nothing, or words."""
    text = (text or "").strip()
    return int(text) if text.isdigit() and int(text) > 0 else None
