"""Messages that an operator orders by hand, to one station or to many: kept, sent in their turn, kept with their outcome."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Final

import msgspec
import structlog

from chargewright.charging.judgement import Source
from chargewright.charging.profile import Dialect
from chargewright.charging.rules import violations
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links, Priority
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.provisioning import Provisioning
from chargewright.domain.commands import CommandOutcome, RawAnswered, RawCommand
from chargewright.domain.station import Registration, Station
from chargewright.errors import ChargewrightError, InvalidInput, NotFound
from chargewright.ids import StationId
from chargewright.translate.carried_profile import carried_profile
from chargewright.translate.own_ids import with_own_ids
from chargewright.translate.password_orders import sets_password
from chargewright.translate.translator import translator

__all__ = ["Batch", "Failure", "Kept", "Order", "Ordering", "StationFilter", "kept_of"]

log = structlog.get_logger(__name__)

SENT_AT_ONCE = 500
"""Stations of one batch that are waited for at the same time."""

_PRIORITIES: Final = {
    "RemoteStopTransaction": Priority.STOP,
    "RequestStopTransaction": Priority.STOP,
}
_TOUCH_PROFILES: Final = frozenset({"ClearChargingProfile", "SetChargingProfile", "UpdateDynamicSchedule"})


@dataclass(frozen=True, slots=True)
class StationFilter:
    """Which stations are meant: those that fit all that is said. Texts may hold `*` and `?`."""

    stations: tuple[StationId, ...] | None = None
    site: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    version: str | None = None
    registration: Registration | None = None
    connected: bool | None = None

    def fits(self, station: Station, *, connected: bool) -> bool:
        texts = (
            (self.site, station.site_id or ""),
            (self.vendor, station.vendor),
            (self.model, station.model),
            (self.firmware, station.firmware_version),
            (self.version, station.version or ""),
        )
        return (
            (self.stations is None or station.id in self.stations)
            and all(wanted is None or fnmatchcase(found, wanted) for wanted, found in texts)
            and self.registration in {None, station.registration}
            and self.connected in {None, connected}
        )


class Failure(msgspec.Struct, frozen=True):
    """A CALLERROR, or why there is no answer."""

    code: str
    description: str


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of an answer."""

    response: dict[str, Any] | None = None
    error: Failure | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """One message that is kept and not sent yet."""

    number: int
    station_id: StationId
    command: RawCommand


@dataclass(frozen=True, slots=True)
class Batch:
    """The same message to many stations: by station, the number of its command."""

    action: str
    payload: dict[str, Any]
    at: datetime
    commands: dict[str, int]


_BATCHES: Final = Shelf("batch", Batch)


class Ordering:
    """Takes orders. `profiles_touched` is told before and after a message that changes charging profiles."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        commands: Commands,
        profiles_touched: Callable[[StationId], Awaitable[None]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._commands = commands
        self._profiles_touched = profiles_touched
        self._running: set[asyncio.Task[Any]] = set()

    async def take(
        self, station_id: StationId, action: str, payload: Mapping[str, Any], *, judged: bool = True
    ) -> Order:
        """Keep an order, with an id in each place where OCPP lets us choose one and none is given.

        `judged`: a charging profile that breaks a rule of the standard is refused.

        Raises:
            NotFound: no such station.
            InvalidInput: the charging profile that it carries breaks a rule, which is said; or it sets the
                station's password, which would lock the station out and lie readable among the commands.

        """
        _refuse_passwords(action, payload)
        version = self._version(station_id)
        if judged and version is not None:
            _judge_profile(version, action, payload)
        return await self._store.commit(lambda records: self._keep(records, station_id, action, payload))

    async def send(self, order: Order) -> CommandOutcome:
        """Send an order in its turn and keep how it ended.

        Raises:
            UnsupportedByVersion, InvalidInput: refused before it left; kept as an error `NotSent`.

        """
        touches = order.command.action in _TOUCH_PROFILES
        if touches:
            await self._profiles_touched(order.station_id)
        try:
            outcome = await self._commands.order(
                order.station_id,
                order.command,
                priority=_PRIORITIES.get(order.command.action, Priority.NORMAL),
            )
        except ChargewrightError as why:
            await self._finish(order, "error", Kept(error=Failure("NotSent", str(why))))
            raise
        if touches:  # again: the base profile may have been renewed just before this one
            await self._profiles_touched(order.station_id)
        await self._finish(order, outcome.kind, kept_of(outcome))
        return outcome

    def send_later(self, order: Order) -> None:
        """Send without anybody waiting; how it ended is found under its number."""
        self._run(self._send_quietly(order))

    # --- many stations ---------------------------------------------------------------------------------------

    def meant(self, wanted: StationFilter) -> list[StationId]:
        """The stations that fit, by id.

        Raises:
            NotFound: a station is named that is not there.
            InvalidInput: nothing is said at all; who means every station says `connected` or `stations`.

        """
        if wanted == StationFilter():
            raise InvalidInput("says nothing: name stations, or what they have in common", where="filter")
        for station_id in wanted.stations or ():
            self._provisioning.require(station_id)
        found = [
            station.id
            for station in self._provisioning.stations()
            if wanted.fits(station, connected=self._links.get(station.id) is not None)
        ]
        return sorted(found)

    async def take_batch(
        self, station_ids: Sequence[StationId], action: str, payload: Mapping[str, Any]
    ) -> tuple[int, Sequence[Order]]:
        """Keep one order for each station under one number; none of them is sent yet. Raises as `take`."""
        _refuse_passwords(action, payload)
        at = self._clock.now()

        def keep(records: Records) -> tuple[int, Sequence[Order]]:
            orders = [self._keep(records, station_id, action, payload) for station_id in station_ids]
            number = records.new_number("batch")
            commands = {str(order.station_id): order.number for order in orders}
            records.put_item(_BATCHES, "", numbered(number), Batch(action, dict(payload), at, commands))
            return number, orders

        return await self._store.commit(keep)

    async def send_batch(self, orders: Sequence[Order]) -> None:
        """Send them all side by side; each ends by itself, a refused one too."""
        room = asyncio.Semaphore(SENT_AT_ONCE)

        async def send(order: Order) -> None:
            async with room:
                await self._send_quietly(order)

        await asyncio.gather(*(send(order) for order in orders))

    def send_batch_later(self, orders: Sequence[Order]) -> None:
        self._run(self.send_batch(orders))

    async def batch(self, number: int) -> Batch:
        """A batch by its number, or `NotFound`."""
        found = await self._store.read(lambda records: records.item(_BATCHES, "", numbered(number)))
        if found is None:
            raise NotFound("no such batch", where=str(number))
        return found

    # --- inside ----------------------------------------------------------------------------------------------

    def _keep(
        self, records: Records, station_id: StationId, action: str, payload: Mapping[str, Any]
    ) -> Order:
        version, filled = self._version(station_id), dict(payload)
        if version is not None:
            filled = with_own_ids(translator(version), action, payload, records.new_number)
        content = msgspec.json.encode(filled)
        number = records.append_command(station_id, self._clock.now(), action, content)
        return Order(number, station_id, RawCommand(action, filled))

    def _version(self, station_id: StationId) -> str | None:
        link = self._links.get(station_id)
        return self._provisioning.require(station_id).version if link is None else link.version

    async def _send_quietly(self, order: Order) -> None:
        try:
            await self.send(order)
        except ChargewrightError as why:
            log.info("command_not_sent", station_id=order.station_id, command=order.number, error=str(why))

    async def _finish(self, order: Order, outcome: str, kept: Kept) -> None:
        at, content = self._clock.now(), msgspec.json.encode(kept)
        await self._store.commit(lambda records: records.finish_command(order.number, at, outcome, content))

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._running.discard)


def _refuse_passwords(action: str, payload: Mapping[str, Any]) -> None:
    if sets_password(action, payload):
        what = "passwords are not sent by hand: POST /stations/{id}/password changes one here and there"
        raise InvalidInput(what, where=action)


def _judge_profile(version: str, action: str, payload: Mapping[str, Any]) -> None:
    tongue = translator(version)
    try:
        found = carried_profile(tongue, action, with_own_ids(tongue, action, payload, lambda _: 1))
    except ChargewrightError:
        return  # what breaks the schema is said when it is about to be sent, and kept with that
    if found is None:
        return
    evse_id, profile = found
    source = Source.CSMS if action == "SetChargingProfile" else Source.REMOTE_START
    judged = violations(profile, dialect=Dialect.of(version), evse_id=evse_id, source=source)
    broken = next((v for v in judged if v.severity == "violation"), None)
    if broken is not None:
        what = f"{broken.text} ({broken.requirement}); judged=0 sends it all the same"
        raise InvalidInput(what, where=broken.path)


def kept_of(outcome: CommandOutcome) -> Kept:
    """What is stored of how a command ended."""
    if isinstance(outcome.result, RawAnswered):
        return Kept(response=outcome.result.response)
    return Kept(error=Failure(outcome.code, outcome.description or "the station is not connected"))
