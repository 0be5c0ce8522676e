"""Local authorization lists: what each station should hold, and the way there (1.6 5.15, 2.0.1 block D).

A list that the station holds as we left it (its version says so) gets the differences; any other one is sent whole.
Long ones go in portions: the first whole, the others as differences, each with a version of its own.

    VersionMismatch, or Failed on a difference -> once more, whole      Failed on a whole one -> a human has to look
    NotSupported (as a status, as an error, or version -1)              -> remembered; asked again after the next boot
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final

import msgspec
import structlog

from chargewright.clock import Clock
from chargewright.csms.authorization import authorize
from chargewright.csms.commands import Commands, Links
from chargewright.csms.ports import Bus, Records, Shelf, Store
from chargewright.csms.shelves import whole
from chargewright.domain import events
from chargewright.domain.commands import CommandOutcome, ReadVariables, VariablesRead
from chargewright.domain.local_list import (
    ListEntry,
    ListState,
    ListVersion,
    LocalList,
    LocalListSent,
    ReadListVersion,
    SendLocalList,
    TokenChoice,
)
from chargewright.errors import ChargewrightError, InvalidInput, NotFound
from chargewright.ids import StationId
from chargewright.translate.tokens import ID_TOKEN_LENGTH_MAX

__all__ = ["LocalLists", "entry_digest"]

log = structlog.get_logger(__name__)

_LISTS: Final = Shelf("local-list", LocalList)
_OWNER: Final = "stations"

PORTION_ENTRIES: Final = 100
"""Entries of one message where the station does not say: what every one that was tried takes in one frame."""
PORTION_BYTES: Final = 30_000
"""Of one message where the station does not say: half of what a careful station accepts as a frame."""
_FRAME_BYTES: Final = 200
"""What a message takes beside its entries."""
_ENTRY_BYTES: Final = 60
"""What an entry takes beside its texts: the names of its fields."""

_LIMITS_16: Final = ("SendLocalListMaxLength", "LocalAuthListMaxLength")
_LIMITS_2: Final = (
    "LocalAuthListCtrlr.ItemsPerMessage",
    "LocalAuthListCtrlr.BytesPerMessage",
)
_UNSUPPORTED: Final = frozenset({"NotSupported", "NotImplemented"})


@dataclass(frozen=True, slots=True)
class _Limits:
    entries: int = PORTION_ENTRIES
    total_max: int | None = None
    bytes_max: int = PORTION_BYTES


class LocalLists:
    """Keeps what each station should hold, and brings stations to hold it."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, commands: Commands, links: Links) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._commands = commands
        self._links = links
        self._lists: dict[StationId, LocalList] = {}
        self._locks: dict[StationId, asyncio.Lock] = {}
        self._tasks: dict[StationId, asyncio.Task[None]] = {}
        self._again: set[StationId] = set()
        self._left_out: dict[StationId, int] = {}

    async def load(self) -> None:
        kept = await self._store.read(lambda records: dict(whole(records, _LISTS, _OWNER)))
        self._lists = {StationId(station): one for station, one in kept.items()}
        self._bus.subscribe(self._heard, events.StationBooted)

    async def stop(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    # --- asked ------------------------------------------------------------------------------------------------

    def read(self, station_id: StationId) -> LocalList:
        """The list of a station. Raises `NotFound` where none was ever asked for."""
        found = self._lists.get(station_id)
        if found is None:
            raise NotFound("this station has no local list", where=station_id)
        return found

    def all(self) -> dict[StationId, LocalList]:
        return dict(self._lists)

    async def entries(self, station_id: StationId) -> list[ListEntry]:
        """What the station should hold, in order of token."""
        choice = self.read(station_id).choice
        return await self._store.read(lambda records: self._chosen(records, station_id, choice))

    # --- ordered ----------------------------------------------------------------------------------------------

    async def put(self, station_id: StationId, choice: TokenChoice) -> LocalList:
        """Have a station hold the tokens of `choice` from now on; sent at once where it is connected.

        Raises:
            InvalidInput: a token that is named does not exist.

        """
        await self._store.read(lambda records: _must_exist(records, choice.tokens))
        before = self._lists.get(station_id)
        state = ListState.BEHIND
        kept = LocalList(choice) if before is None else replace(before, choice=choice, state=state, reason="")
        await self._keep(station_id, kept)
        return await self.synchronise(station_id)

    async def delete(self, station_id: StationId) -> LocalList:
        """Have a station hold an empty list. What it answers stands in the list."""
        return await self.put(station_id, TokenChoice())

    async def synchronise(self, station_id: StationId, *, in_full: bool = False) -> LocalList:
        """Bring a station to hold what it should, now. `in_full`: as a full update whatever it holds."""
        self.read(station_id)
        if self._links.get(station_id) is None:
            return self.read(station_id)
        lock = self._locks.setdefault(station_id, asyncio.Lock())
        async with lock:
            return await self._synchronise(station_id, in_full=in_full)

    async def ask_version(self, station_id: StationId) -> LocalList:
        """Ask which version the station holds, and keep what it says; no list is needed for that here."""
        version, why = self._version(await self._commands.order(station_id, ReadListVersion()))
        kept = self._lists.get(station_id) or LocalList(TokenChoice(), reason=why)
        kept = replace(kept, reported_version=version, changed_at=self._clock.now())
        if version == -1:
            kept = replace(kept, state=ListState.UNSUPPORTED, reason="the station has no local list")
        elif version is not None and version != (kept.version if kept.held else 0):
            kept = replace(kept, state=ListState.BEHIND, reason=f"the station holds version {version}")
        if station_id in self._lists:
            await self._keep(station_id, kept)
        return kept

    async def forget(self, station_id: StationId, id_token: str) -> LocalList | None:
        """Take one token out of the list of a station for good; None where the station has no list with it."""
        kept = self._lists.get(station_id)
        if kept is None:
            return None
        named = {entry.id_token for entry in await self.entries(station_id)}
        gone = id_token.casefold()
        if gone not in {token.casefold() for token in named}:
            return None
        # What was chosen by group or kind is named from here on: else the token would come back.
        rest = tuple(sorted(token for token in named if token.casefold() != gone))
        return await self.put(station_id, TokenChoice(tokens=rest))

    def tokens_changed(self) -> None:
        """Tokens were entered, changed or deleted: every list may be behind."""
        for station_id in self._lists:
            self._set_off(station_id)

    # --- the way there ----------------------------------------------------------------------------------------

    async def _synchronise(self, station_id: StationId, *, in_full: bool) -> LocalList:
        version, why = self._version(await self._commands.order(station_id, ReadListVersion()))
        kept = replace(self.read(station_id), reported_version=version)
        if version is None:
            state = ListState.UNSUPPORTED if why in _UNSUPPORTED else ListState.BEHIND
            return await self._settle(station_id, kept, state, why)
        if version == -1:
            return await self._settle(
                station_id, kept, ListState.UNSUPPORTED, "the station has no local list"
            )
        choice = kept.choice
        chosen = await self._store.read(lambda records: self._chosen(records, station_id, choice))
        link = self._links.get(station_id)
        length_max = ID_TOKEN_LENGTH_MAX.get("" if link is None else link.version, 0)
        wanted = [entry for entry in chosen if len(entry.id_token) <= length_max]
        self._left_out[station_id] = len(chosen) - len(wanted)
        limits = await self._limits(station_id)
        if limits.total_max is not None and len(wanted) > limits.total_max:
            why = f"{len(wanted)} tokens are chosen, the station holds {limits.total_max}"
            return await self._settle(station_id, kept, ListState.FAILED, why)
        if version == 0 and not wanted and not in_full:
            # An empty list has version 0, whatever we called it (1.6 5.10, D02.FR.02): it holds what it should.
            kept = replace(kept, held={}, held_kinds={})
            return await self._settle(station_id, kept, ListState.CURRENT, "")
        if version != kept.version or kept.held is None:
            in_full, kept = True, replace(kept, held=None)
        elif not wanted and kept.held:
            in_full = True  # clearing needs no names
        if not in_full:
            changes = _changes(wanted, kept)
            if not changes:
                return await self._settle(station_id, kept, ListState.CURRENT, "")
            kept, status = await self._send(station_id, kept, changes, limits, full=False)
            if status not in {"VersionMismatch", "Failed"}:
                return await self._ended(station_id, kept, status)
        kept, status = await self._send(station_id, kept, wanted, limits, full=True)
        if status in {"VersionMismatch", "Failed"}:
            # Once more, with a higher version: some stations count on from where we cannot see.
            kept = replace(kept, version=max(kept.version, version) + 1)
            kept, status = await self._send(station_id, kept, wanted, limits, full=True)
        return await self._ended(station_id, kept, status)

    async def _ended(self, station_id: StationId, kept: LocalList, status: str) -> LocalList:
        if status == "Accepted":
            return await self._settle(station_id, kept, ListState.CURRENT, "")
        if status in _UNSUPPORTED:
            return await self._settle(station_id, kept, ListState.UNSUPPORTED, status)
        failed = status in {"Failed", "VersionMismatch"}
        state = ListState.FAILED if failed else ListState.BEHIND
        return await self._settle(station_id, kept, state, status)

    async def _settle(
        self, station_id: StationId, kept: LocalList, state: ListState, reason: str
    ) -> LocalList:
        # The choice may have changed while this one was sent: then it is behind again, and set off by whoever did.
        choice = self.read(station_id).choice
        if choice != kept.choice and state is ListState.CURRENT:
            state, reason = ListState.BEHIND, "another choice was made meanwhile"
        left_out = self._left_out.pop(station_id, 0)
        if left_out and not reason:
            reason = f"{left_out} of the tokens are longer than its version of OCPP can say"
        settled = replace(kept, choice=choice, state=state, reason=reason, changed_at=self._clock.now())
        await self._keep(station_id, settled)
        return settled

    async def _send(
        self,
        station_id: StationId,
        kept: LocalList,
        entries: Sequence[ListEntry],
        limits: _Limits,
        *,
        full: bool,
    ) -> tuple[LocalList, str]:
        """Send all entries in portions; what was accepted is kept portion by portion. The status is the last one."""
        first = full
        base = max(kept.version, kept.reported_version or 0)
        for portion in _portions(entries, limits) or [[]]:
            version = base + 1
            order = SendLocalList(version, first, tuple(portion))
            status = _status(await self._commands.order(station_id, order))
            if status != "Accepted":
                # Nobody knows what a list holds that was refused half-way, or not answered for.
                return replace(kept, held=None), status
            held = {} if first else dict(kept.held or {})
            kinds = {} if first else dict(kept.held_kinds or {})
            for entry in portion:
                if entry.info is None:
                    held.pop(entry.id_token, None)
                    kinds.pop(entry.id_token, None)
                else:
                    held[entry.id_token], kinds[entry.id_token] = entry_digest(entry), entry.kind
            kept = replace(kept, version=version, reported_version=version, held=held, held_kinds=kinds)
            await self._keep(station_id, replace(kept, choice=self.read(station_id).choice))
            first, base = False, version
        return kept, "Accepted"

    async def _limits(self, station_id: StationId) -> _Limits:
        """What one message may hold, as the station says; the careful guess where it does not."""
        link = self._links.get(station_id)
        names = _LIMITS_16 if link is not None and link.version == "ocpp1.6" else _LIMITS_2
        outcome = await self._commands.order(station_id, ReadVariables(names))
        told = outcome.result.values if isinstance(outcome.result, VariablesRead) else {}
        numbers = {name: int(text) for name, text in told.items() if text.isdecimal() and int(text) > 0}
        if names is _LIMITS_16:
            entries = numbers.get("SendLocalListMaxLength", PORTION_ENTRIES)
            return _Limits(entries, numbers.get("LocalAuthListMaxLength"))
        return _Limits(
            numbers.get("LocalAuthListCtrlr.ItemsPerMessage", PORTION_ENTRIES),
            bytes_max=numbers.get("LocalAuthListCtrlr.BytesPerMessage", PORTION_BYTES),
        )

    def _version(self, outcome: CommandOutcome) -> tuple[int | None, str]:
        if isinstance(outcome.result, ListVersion):
            return outcome.result.version, ""
        return None, outcome.code or outcome.description or outcome.kind

    def _chosen(self, records: Records, station_id: StationId, choice: TokenChoice) -> list[ListEntry]:
        named = {token.casefold() for token in choice.tokens}
        now = self._clock.now()
        return [
            ListEntry(
                token.id_token,
                token.kind,
                replace(
                    authorize(records, token.id_token, at=now, kind=token.kind, station_id=station_id),
                    # A list is no cache: an entry is good until the token itself expires.
                    expires_at=token.expires_at,
                ),
            )
            for token in records.tokens()
            if choice.everybody
            or token.id_token.casefold() in named
            or token.group_id in choice.groups
            or token.kind in choice.kinds
        ]

    async def _keep(self, station_id: StationId, kept: LocalList) -> None:
        await self._store.commit(lambda records: records.put_item(_LISTS, _OWNER, station_id, kept))
        self._lists[station_id] = kept

    # --- by itself --------------------------------------------------------------------------------------------

    def _heard(self, event: events.Event) -> None:
        if isinstance(event, events.StationBooted) and event.station_id in self._lists:
            kept = self._lists[event.station_id]
            if kept.state is not ListState.FAILED and event.registration == "Accepted":
                self._set_off(event.station_id)

    def _set_off(self, station_id: StationId) -> None:
        if self._links.get(station_id) is None:
            return
        if station_id in self._tasks:
            self._again.add(station_id)
            return
        task = asyncio.get_running_loop().create_task(self._run(station_id))
        self._tasks[station_id] = task

    async def _run(self, station_id: StationId) -> None:
        try:
            await self.synchronise(station_id)
        except ChargewrightError as why:
            log.info("local_list_not_sent", station_id=station_id, why=str(why))
        finally:
            del self._tasks[station_id]
        if station_id in self._again:
            self._again.discard(station_id)
            self._set_off(station_id)


def _changes(wanted: Sequence[ListEntry], kept: LocalList) -> list[ListEntry]:
    """What the station lacks, has otherwise, or should not have any more."""
    held, kinds = kept.held or {}, kept.held_kinds or {}
    ids = {entry.id_token for entry in wanted}
    gone = [ListEntry(token, kinds.get(token, "ISO14443")) for token in held if token not in ids]
    return [entry for entry in wanted if held.get(entry.id_token) != entry_digest(entry)] + gone


def entry_digest(entry: ListEntry) -> str:
    """Return what tells this entry from another one of the same token."""
    return blake2b(msgspec.json.encode(entry), digest_size=8).hexdigest()


def _portions(entries: Sequence[ListEntry], limits: _Limits) -> list[list[ListEntry]]:
    portions: list[list[ListEntry]] = []
    size = 0
    for entry in entries:
        length = len(msgspec.json.encode(entry)) + _ENTRY_BYTES
        if (
            portions
            and len(portions[-1]) < limits.entries
            and size + length <= limits.bytes_max - _FRAME_BYTES
        ):
            portions[-1].append(entry)
            size += length
        else:
            portions.append([entry])
            size = length
    return portions


def _status(outcome: CommandOutcome) -> str:
    if isinstance(outcome.result, LocalListSent):
        return outcome.result.status
    return outcome.code or outcome.kind


def _must_exist(records: Records, tokens: Sequence[str]) -> None:
    for token in tokens:
        if records.token(token) is None:
            raise InvalidInput("no such token", where=token)
