"""How stations are to be set up: templates by vendor, model and firmware, wishes for one station, and their state.

What is desired is compared with what a station has at each boot (so after a firmware change too), after each report
of its device model, and whenever somebody asks; what differs is set. A station that a template wants ready first is answered Pending until then.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any, Final

import msgspec
import structlog

from chargewright.clock import Clock
from chargewright.csms.acceptance import Acceptance
from chargewright.csms.commands import Commands, Links
from chargewright.csms.device_model import DeviceModel, is_secret
from chargewright.csms.ports import Bus, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reports import Reports
from chargewright.csms.transactions import Transactions
from chargewright.domain import events
from chargewright.domain.commands import RawCommand
from chargewright.domain.device_model import Variable, VariableOutcome, VariableRead, VariableSet
from chargewright.domain.station import Registration, Station
from chargewright.errors import ChargewrightError, InvalidInput, NotFound
from chargewright.ids import StationId

__all__ = ["Configuration", "ConfigurationTemplate", "SettingState", "StationConfiguration", "same_value"]

log = structlog.get_logger(__name__)

NOT_KEPT: Final = "NotKept"
"""Ours, beside the statuses of OCPP: taken with RebootRequired, and gone again after the boot."""

_TAKEN: Final = frozenset({"Accepted", "RebootRequired"})
_AGAIN: Final = frozenset({"offline", "timeout", "NoAnswer"})
"""The station did not say no: it is asked again."""

_UNSAYABLE: Final = "NotSupported"
"""Components are no words of 1.6, and 2.x has no variables without one."""

_Key = tuple[str, str]
"""The key of a variable, and which attribute of it."""


@dataclass(frozen=True, slots=True)
class ConfigurationTemplate:
    """What stations of a kind are to have. Texts may hold `*` and `?`; where two templates speak, the greater
    priority holds, then the later name.

    `before_acceptance`: stations are answered Pending until it was tried. `reset_when_idle`: they are reset, when
    nobody charges, if they say that a value takes effect after a reboot only.
    """

    name: str
    variables: tuple[VariableSet, ...]
    vendor: str = "*"
    model: str = "*"
    firmware: str = "*"
    version: str = "*"
    priority: int = 0
    before_acceptance: bool = False
    reset_when_idle: bool = False

    def fits(self, station: Station) -> bool:
        return (
            fnmatchcase(station.vendor, self.vendor)
            and fnmatchcase(station.model, self.model)
            and fnmatchcase(station.firmware_version, self.firmware)
            and fnmatchcase(station.version or "", self.version)
        )


@dataclass(frozen=True, slots=True)
class SettingState:
    """What became of one desired value, in OCPP's words (and `NotKept`). `source`: the template, or the station."""

    setting: VariableSet
    status: str
    at: datetime
    firmware: str
    source: str
    reason: str = ""
    drifts: int = 0
    """How often the station was found with another value after it had taken this one."""


@dataclass(frozen=True, slots=True)
class StationConfiguration:
    """What is desired of one station alone, and what became of all that is desired of it."""

    desired: tuple[VariableSet, ...] = ()
    reset_when_idle: bool = False
    states: tuple[SettingState, ...] = ()
    applied: str = ""
    """A digest of what was last applied, and of the firmware then."""
    applied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Wanted:
    setting: VariableSet
    source: str
    reset_when_idle: bool


_TEMPLATES: Final = Shelf("configuration-template", ConfigurationTemplate)
_STATIONS: Final = Shelf("station-configuration", StationConfiguration)
_OWN: Final = "station"


def same_value(one: str, other: str) -> bool:
    """Whether two texts mean the same value: stations answer `TRUE` for `true` and `300.0` for `300`."""
    left, right = one.strip().casefold(), other.strip().casefold()
    if left == right:
        return True
    try:
        return float(left) == float(right)
    except ValueError:
        return [part.strip() for part in left.split(",")] == [part.strip() for part in right.split(",")]


class Configuration:
    """Keeps what is desired, and brings stations there."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        acceptance: Acceptance,
        transactions: Transactions,
        commands: Commands,
        device_model: DeviceModel,
        reports: Reports,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._acceptance = acceptance
        self._transactions = transactions
        self._commands = commands
        self._device_model = device_model
        self._templates: dict[str, ConfigurationTemplate] = {}
        self._stations: dict[StationId, StationConfiguration] = {}
        self._locks: dict[StationId, asyncio.Lock] = {}
        self._tried: dict[StationId, str] = {}
        self._resets_waiting: set[StationId] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] | None = None
        self._listeners: Mapping[type, Callable[[Any], None]] = {
            events.StationBooted: self._booted,
            events.StationRegistered: self._registered,
            events.TransactionEnded: self._transaction_ended,
        }
        acceptance.hold_back = self._holds_back
        reports.on_told("NotifyReport", self._reported)

    async def start(self) -> None:
        """Take what is desired from the store, and follow the boots of stations."""
        templates, stations = await self._store.read(
            lambda records: (records.items(_TEMPLATES), records.items(_STATIONS, limit=1_000_000))
        )
        self._templates = {name: template for _, name, template in templates}
        self._stations = {StationId(owner): found for owner, _, found in stations}
        self._resets_waiting = {
            station_id
            for station_id, found in self._stations.items()
            if any(state.status == "RebootRequired" for state in found.states) and self._may_reset(station_id)
        }
        self._unsubscribe = self._bus.subscribe(self._happened, *self._listeners)

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        for task in tuple(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)

    @property
    def idle(self) -> bool:
        """True when no station is being set up."""
        return not self._running

    # --- what is desired ----------------------------------------------------------------------------------

    def templates(self) -> list[ConfigurationTemplate]:
        return sorted(self._templates.values(), key=lambda t: t.name)

    def template(self, name: str) -> ConfigurationTemplate:
        if name not in self._templates:
            raise NotFound("no such template", where=name)
        return self._templates[name]

    async def put_template(self, template: ConfigurationTemplate) -> None:
        """Keep a template; it is applied to each station at its next boot, or when somebody asks."""
        _refuse_secrets(template.variables)
        await self._store.commit(lambda records: records.put_item(_TEMPLATES, "", template.name, template))
        self._templates[template.name] = template

    async def delete_template(self, name: str) -> None:
        self.template(name)
        await self._store.commit(lambda records: records.delete_item(_TEMPLATES, "", name))
        self._templates.pop(name, None)

    def of(self, station_id: StationId) -> StationConfiguration:
        """What is desired of a station alone, and the state of all that is desired of it."""
        return self._stations.get(station_id, StationConfiguration())

    def desired(self, station_id: StationId) -> list[tuple[VariableSet, str]]:
        """(what a station is to have, which template says so or `station`)."""
        wanted = self._wanted(self._provisioning.require(station_id))
        return [(one.setting, one.source) for one in wanted.values()]

    async def change_desired(
        self,
        station_id: StationId,
        settings: Sequence[VariableSet] = (),
        *,
        forgotten: Sequence[VariableRead] = (),
        reset_when_idle: bool | None = None,
    ) -> None:
        """Desire values of one station, or no longer; they go before those of templates."""
        _refuse_secrets(settings)
        self._provisioning.require(station_id)
        known = self.of(station_id)
        desired = {_key(one): one for one in known.desired} | {_key(one): one for one in settings}
        for one in forgotten:
            desired.pop(_key(one), None)
        await self._put(
            station_id,
            replace(
                known,
                desired=tuple(desired.values()),
                reset_when_idle=known.reset_when_idle if reset_when_idle is None else reset_when_idle,
            ),
        )

    async def forget(self, station_id: StationId) -> None:
        """The station is gone, and what was desired of it with it."""
        await self._store.commit(lambda records: records.delete_items(_STATIONS, station_id))
        self._stations.pop(station_id, None)
        self._tried.pop(station_id, None)
        self._resets_waiting.discard(station_id)

    # --- applying it --------------------------------------------------------------------------------------

    async def apply(self, station_id: StationId) -> list[SettingState]:
        """Compare what a station has with what it is to have, and set what differs; the state of each value."""
        async with self._locks.setdefault(station_id, asyncio.Lock()):
            station = self._provisioning.require(station_id)
            wanted = self._wanted(station)
            digest = _digest(station, wanted)
            known = {_key(state.setting): state for state in self.of(station_id).states}
            here = await self._read(station, wanted)
            states: dict[_Key, SettingState] = {}
            to_set: list[_Wanted] = []
            for key, one in wanted.items():
                state = self._judged(station, one, here[key], known.get(key))
                if state is None:
                    to_set.append(one)
                else:
                    states[key] = state
            results = await self._device_model.write(station_id, [one.setting for one in to_set])
            for one, result in zip(to_set, results, strict=True):
                before = known.get(_key(one.setting))
                drifts = 0 if before is None or before.setting != one.setting else before.drifts
                drifted = before is not None and before.setting == one.setting and before.status == "Accepted"
                states[_key(one.setting)] = SettingState(
                    one.setting,
                    result.status,
                    self._clock.now(),
                    station.firmware_version,
                    one.source,
                    result.reason,
                    drifts + drifted,
                )
            await self._settle(station_id, digest, tuple(states.values()))
            taken = zip(to_set, results, strict=True)
            if any(one.reset_when_idle and result.status == "RebootRequired" for one, result in taken):
                await self._reset_when_idle(station_id)
            return list(states.values())

    async def _read(self, station: Station, wanted: Mapping[_Key, _Wanted]) -> dict[_Key, VariableOutcome]:
        """What the station has of what is wanted; what its version cannot even name is not asked for."""
        sayable = [one.setting for one in wanted.values() if _is_sayable(station, one.setting)]
        asked = [VariableRead(setting.variable, setting.attribute) for setting in sayable]
        here = await self._device_model.read(station.id, asked) if asked else []
        found = {_key(setting): outcome for setting, outcome in zip(sayable, here, strict=True)}
        return {
            key: found.get(key) or VariableOutcome(one.setting.variable, _UNSAYABLE, one.setting.attribute)
            for key, one in wanted.items()
        }

    def _judged(
        self, station: Station, wanted: _Wanted, found: VariableOutcome, known: SettingState | None
    ) -> SettingState | None:
        """The state of a value that need not, or must not, be set now; None: set it."""
        setting = wanted.setting

        def state(status: str, reason: str = "") -> SettingState:
            drifts = 0 if known is None or known.setting != setting else known.drifts
            return SettingState(
                setting, status, self._clock.now(), station.firmware_version, wanted.source, reason, drifts
            )

        if found.status in {"offline", "timeout"}:
            return state(found.status, found.reason)
        if found.status == _UNSAYABLE:
            return state(found.status, f"{setting.variable} is no variable of {station.version}")
        is_2 = station.version != "ocpp1.6"
        if is_2 and found.status in {"UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"}:
            return state(found.status, found.reason)
        if found.value is not None and same_value(found.value, setting.value):
            return state("Accepted")
        if known is None or known.setting != setting or known.firmware != station.firmware_version:
            return None
        if known.status == "RebootRequired":
            booted = station.booted_at is not None and station.booted_at > known.at
            return state(NOT_KEPT, "it was gone after the boot") if booted else known
        if known.status == "Accepted":
            return (
                known if found.value is None else None
            )  # a value that may only be written cannot drift visibly
        return None if known.status in _AGAIN else known  # refused before, and nothing has changed since

    async def _settle(self, station_id: StationId, digest: str, states: tuple[SettingState, ...]) -> None:
        now = self._clock.now()
        self._tried[station_id] = digest
        done = not any(state.status in _AGAIN for state in states)
        known = self.of(station_id)
        if states or known != StationConfiguration():
            applied = digest if done else known.applied
            await self._put(station_id, replace(known, states=states, applied=applied, applied_at=now))
        refused = [str(s.setting.variable) for s in states if s.status not in _TAKEN | _AGAIN]
        if refused:
            log.warning("configuration_refused", station_id=station_id, variables=refused)

    async def _put(self, station_id: StationId, known: StationConfiguration) -> None:
        await self._store.commit(lambda records: records.put_item(_STATIONS, station_id, "", known))
        self._stations[station_id] = known

    def _wanted(self, station: Station) -> dict[_Key, _Wanted]:
        found: dict[_Key, _Wanted] = {}
        fitting = (t for t in self._templates.values() if t.fits(station))
        for template in sorted(fitting, key=lambda t: (t.priority, t.name)):
            for setting in template.variables:
                found[_key(setting)] = _Wanted(setting, template.name, template.reset_when_idle)
        own = self.of(station.id)
        for setting in own.desired:
            found[_key(setting)] = _Wanted(setting, _OWN, own.reset_when_idle)
        return found

    # --- boots, and who waits for them --------------------------------------------------------------------

    def _holds_back(self, station: Station) -> bool:
        """Whether a station is to be answered Pending: a template wants it ready, and that was not tried yet."""
        if not any(t.before_acceptance and t.fits(station) for t in self._templates.values()):
            return False
        digest = _digest(station, self._wanted(station))
        return digest not in {self.of(station.id).applied, self._tried.get(station.id)}

    def _happened(self, event: events.Event) -> None:
        listener = self._listeners.get(type(event))
        if listener is not None:
            listener(event)

    def _booted(self, event: events.StationBooted) -> None:
        self._resets_waiting.discard(event.station_id)
        station = self._provisioning.station(event.station_id)
        if station is None or event.registration == Registration.REJECTED or not self._wanted(station):
            return
        self._run(self._prepare(event.station_id))

    def _reported(self, station_id: StationId) -> None:
        """A report may show that a value has drifted."""
        if self._acceptance.accepted(station_id) and self._wanted(self._provisioning.require(station_id)):
            self._run(self._prepare(station_id))

    def _registered(self, event: events.StationRegistered) -> None:
        if event.registration == Registration.ACCEPTED and self._links.get(event.station_id) is not None:
            self._run(self._trigger_boot(event.station_id))

    def _transaction_ended(self, event: events.TransactionEnded) -> None:
        if event.station_id in self._resets_waiting:
            self._run(self._reset_when_idle(event.station_id))

    def _may_reset(self, station_id: StationId) -> bool:
        station = self._provisioning.station(station_id)
        return station is not None and any(one.reset_when_idle for one in self._wanted(station).values())

    async def _prepare(self, station_id: StationId) -> None:
        try:
            await self.apply(station_id)
        except ChargewrightError as why:
            log.warning("configuration_not_applied", station_id=station_id, error=str(why))
        # Released even where it refused or did not answer: a station that cannot be set up right still charges.
        if self._acceptance.release(station_id):
            await self._trigger_boot(station_id)

    async def _trigger_boot(self, station_id: StationId) -> None:
        """Spare the station the rest of its waiting time. One that cannot be triggered boots when that is over."""
        await self._commands.order(
            station_id, RawCommand("TriggerMessage", {"requestedMessage": "BootNotification"})
        )

    async def _reset_when_idle(self, station_id: StationId) -> None:
        """2.x stations wait by themselves; a 1.6 station is reset when its last transaction has ended."""
        if self._provisioning.require(station_id).version != "ocpp1.6":
            await self._commands.order(station_id, RawCommand("Reset", {"type": "OnIdle"}))
        elif any(t.station_id == station_id for t in self._transactions.open()):
            self._resets_waiting.add(station_id)
        else:
            self._resets_waiting.discard(station_id)
            await self._commands.order(station_id, RawCommand("Reset", {"type": "Soft"}))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ChargewrightError):
            log.warning("configuration_not_applied", error=str(error))
        elif error is not None:
            log.error("configuration_failed", error=repr(error))


def _key(one: VariableSet | VariableRead) -> _Key:
    return one.variable.key, one.attribute


def _is_sayable(station: Station, setting: VariableSet) -> bool:
    if station.version == "ocpp1.6":
        return setting.attribute == "Actual" and setting.variable == Variable(setting.variable.name)
    return bool(setting.variable.component) or station.version is None  # it was never here: nobody knows


def _digest(station: Station, wanted: Mapping[_Key, _Wanted]) -> str:
    said = [station.firmware_version, sorted((*key, w.setting.value) for key, w in wanted.items())]
    return blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()


def _refuse_secrets(settings: Sequence[VariableSet]) -> None:
    for setting in settings:
        if is_secret(setting.variable):
            raise InvalidInput("passwords are not kept here; rotate them", where=str(setting.variable))
