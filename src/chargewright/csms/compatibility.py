"""How each station is read, and every deviation of it: counted, shown with the latest frame, and kept.

Nothing happens here for a message that is right. For one that is not, a counter goes up, and the store is told once
a commit at most: while one is under way, what comes is added up. The record on the shelf is merged inside the
commit, so that nothing is held in memory but what is not written yet.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, tzinfo
from functools import partial
from hashlib import blake2b
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from chargewright.clock import Clock
from chargewright.csms.ports import Bus, ReadLink, Records, Shelf, StationLink, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.quirks import Quirks
from chargewright.domain import events
from chargewright.domain.compatibility import CompatibilityRecord, Deviation, Quirk
from chargewright.domain.requests import TransactionReported
from chargewright.domain.station import Station
from chargewright.errors import InvalidInput
from chargewright.ids import StationId
from chargewright.translate.salvage import identity_told
from chargewright.translate.tolerance import FIXED, RECORD_ONLY, Mode, Switch, Tolerance, switched

__all__ = ["DEVIATIONS_MAX", "FRAME_CHARS_MAX", "Compatibility", "read_switches", "require_zone"]

log = structlog.get_logger(__name__)

DEVIATIONS_MAX: Final = 64
"""Kinds that are kept of one station; what one that makes up new ones all the time says, nobody reads."""
FRAME_CHARS_MAX: Final = 2000
TEXT_CHARS_MAX: Final = 255
SERIES_MAX: Final = 10_000
"""Counters by station and switch; whoever comes later is counted under no name."""

_SHELF: Final = Shelf("compatibility", Deviation)
_MORE: Final = "more"
"""Behind all other keys: those that came when there was no room are counted there."""
_INDEX: Final = re.compile(r"\[\d+\]")
_ODD_IDS: Final = re.compile(r"|0|-\d+")

_Kind = tuple[str, str, str]
"""(what, description, switch)"""


class Compatibility:
    """Implements `deviated` of the station port, and answers how a station is to be read."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        link_of: Callable[[StationId], StationLink | None],
        provisioning: Provisioning,
        quirks: Quirks,
        redacted: Callable[[bytes], bytes],
        everywhere: Mapping[Switch, bool],
    ) -> None:
        """`everywhere`: switches that are set for all stations. `redacted` takes secrets out of a frame."""
        self._store = store
        self._clock = clock
        self._link_of = link_of
        self._provisioning = provisioning
        self.quirks = quirks
        self._redacted = redacted
        self._everywhere = everywhere
        self._pending: dict[StationId, dict[_Kind, Deviation]] = {}
        self._writing: set[StationId] = set()
        self._full: set[StationId] = set()
        self._told: set[tuple[StationId, str, str]] = set()
        self.uses: Counter[tuple[str, str]] = Counter()
        """How often each switch bore something of each station, since the start."""
        provisioning.tolerance_of = self.tolerance_of
        bus.subscribe(self._happened)

    # --- how a station is read ----------------------------------------------------------------------------------

    def tolerance_of(self, station: Station) -> Tolerance:
        """The preset of the station, what holds everywhere, what is known of its model, and what was said of it."""
        return self._tolerance(station, self.quirks.of_station(station))

    def _tolerance(self, station: Station, quirks: tuple[Quirk, ...]) -> Tolerance:
        switches = switched(
            station.reading, self._everywhere, self.quirks.switches(quirks), _own_switches(station)
        )
        return Tolerance(
            switches, require_zone(station.time_zone), record_only=station.reading == RECORD_ONLY
        )

    def bears(self, station_id: StationId, switch: Switch) -> bool:
        station = self._provisioning.station(station_id)
        return station is not None and switch in self.tolerance_of(station).switches

    def reasons(self, station: Station) -> dict[Switch, str]:
        """Who set each switch as it is: `standard`, `preset`, `everywhere`, `model` or `station`."""
        why = dict.fromkeys(Switch, "preset")
        why |= dict.fromkeys(self._everywhere, "everywhere")
        why |= dict.fromkeys(self.quirks.switches(self.quirks.of_station(station)), "model")
        why |= dict.fromkeys(_own_switches(station), "station")
        return why | dict.fromkeys(FIXED, "standard")

    async def read_as(
        self, station_id: StationId, *, mode: Mode, switches: Mapping[Switch, bool], time_zone: str
    ) -> Station:
        """Set what holds for one station, from now on.

        Raises:
            InvalidInput: nobody knows the time zone, or the switch cannot be turned off.
            NotFound: there is no such station.

        """
        require_zone(time_zone)
        for switch, is_on in switches.items():
            if switch in FIXED and not is_on:
                raise InvalidInput("the standard itself asks for it", where=switch)
        own = {str(switch): is_on for switch, is_on in switches.items()}
        station = await self._provisioning.change(
            station_id, lambda s: replace(s, reading=mode, switches=own, time_zone=time_zone)
        )
        self.refresh(station_id)
        return station

    def refresh(self, station_id: StationId) -> None:
        """Have a connected station read as it is to be read now."""
        station = self._provisioning.station(station_id)
        if station is not None:
            self._read_with(self._link_of(station_id), self.tolerance_of(station))

    def _read_with(self, link: object, tolerance: Tolerance) -> None:
        if isinstance(link, ReadLink):
            link.read_with(tolerance)

    def _happened(self, event: events.Event) -> None:
        if isinstance(event, events.StationBooted):
            self.refresh(event.station_id)

    # --- what a station says that is odd, though it can be read -------------------------------------------------

    def judged(self, link: StationLink, report: TransactionReported) -> TransactionReported:
        """Count what is odd about a transaction's ids; suspect where that is not borne."""
        station = self._provisioning.station(link.station_id)
        if station is None:
            return report
        if report.wire_id is not None and _ODD_IDS.fullmatch(report.wire_id):
            report = self._odd(link, report, Switch.TRANSACTION_IDS, "the transaction id is none of ours")
        evse_id = report.evse_id
        if evse_id is not None and (evse_id <= 0 or (station.statuses and evse_id not in station.evse_ids)):
            what = f"a transaction on connector or EVSE {evse_id}"
            report = self._odd(link, report, Switch.CONNECTORS, what)
        return report

    def without_start(self, link: StationLink) -> None:
        """A transaction of which only later events came."""
        what = "a transaction that never started"
        self.deviated(link, "transaction", what, switch=Switch.TRANSACTION_IDS)

    def _odd(
        self, link: StationLink, report: TransactionReported, switch: Switch, what: str
    ) -> TransactionReported:
        if self.bears(link.station_id, switch):
            self.deviated(link, "transaction", what, switch=switch)
            return report
        self.deviated(link, "transaction", what)
        return replace(report, suspect=report.suspect or what)

    # --- deviations ---------------------------------------------------------------------------------------------

    def deviated(
        self, link: StationLink, what: str, description: str, *, switch: str = "", frame: bytes = b""
    ) -> None:
        """Count one."""
        station_id = link.station_id
        text = _INDEX.sub("[]", description)[:TEXT_CHARS_MAX]
        kind = (what[:TEXT_CHARS_MAX], text, switch)
        if switch:
            series: tuple[str, str] = (station_id, switch)
            if series not in self.uses and len(self.uses) >= SERIES_MAX:
                series = ("", switch)
            self.uses[series] += 1
        if (station_id, *kind[:2]) not in self._told and len(self._told) < SERIES_MAX:
            self._told.add((station_id, *kind[:2]))
            log.info("station_deviated", station_id=station_id, what=what, description=description)
        if what == "BootNotification" and frame and not switch:
            self._known_by_refused_boot(link, frame)
        self._add(station_id, kind, frame)

    def _known_by_refused_boot(self, link: StationLink, frame: bytes) -> None:
        """A boot that was refused may still tell the model: what is known of it helps with the next one."""
        identity = identity_told(frame)
        station = self._provisioning.station(link.station_id)
        if identity is not None and station is not None:
            self._read_with(link, self._tolerance(station, self.quirks.of(*identity)))

    def _add(self, station_id: StationId, kind: _Kind, frame: bytes) -> None:
        now = self._clock.now()
        pending = self._pending.setdefault(station_id, {})
        known = pending.get(kind)
        if known is None and len(pending) >= 2 * DEVIATIONS_MAX:
            return  # the store has no room for it either
        shown = frame[: 4 * FRAME_CHARS_MAX].decode(errors="replace")
        if known is None:
            pending[kind] = Deviation(*kind, 1, now, now, shown)
        else:
            pending[kind] = replace(known, count=known.count + 1, last_at=now, frame=shown or known.frame)
        self._write(station_id)

    def _write(self, station_id: StationId) -> None:
        if station_id in self._writing:
            return
        fresh = self._pending.pop(station_id, None)
        if fresh is None:
            return
        self._writing.add(station_id)

        def done(_: None, error: BaseException | None) -> None:
            self._writing.discard(station_id)
            if error is None:
                self._write(station_id)
                return
            pending = self._pending.setdefault(station_id, {})  # the next deviation brings these along
            for kind, old in fresh.items():
                new = pending.get(kind)
                more = 0 if new is None else new.count
                pending[kind] = replace(new or old, count=old.count + more, first_at=old.first_at)

        self._store.submit(partial(self._merge, station_id, fresh), done)

    def _merge(self, station_id: StationId, fresh: Mapping[_Kind, Deviation], records: Records) -> None:
        for kind, new in fresh.items():
            key = _key(kind)
            old = records.item(_SHELF, station_id, key)
            told = replace(new, frame=self._shown(new.frame))
            if old is None and self._is_full(records, station_id):
                key, told = _MORE, replace(new, what="", description="", switch="", frame="")
                old = records.item(_SHELF, station_id, key)
            if old is not None:
                frame = told.frame or old.frame
                told = replace(old, count=old.count + told.count, last_at=told.last_at, frame=frame)
            records.put_item(_SHELF, station_id, key, told)

    def _is_full(self, records: Records, station_id: StationId) -> bool:
        """Whether there is no room for another kind; remembered, because one that is full may go on for ever."""
        if station_id not in self._full:
            kinds = records.items(_SHELF, station_id, limit=DEVIATIONS_MAX)
            if len(kinds) < DEVIATIONS_MAX:
                return False
            self._full.add(station_id)
        return True

    def _shown(self, frame: str) -> str:
        return self._redacted(frame.encode()).decode(errors="replace")[:FRAME_CHARS_MAX] if frame else ""

    async def seen(self, station_id: StationId) -> CompatibilityRecord:
        """Every kind of deviation, up to now."""

        def work(records: Records) -> CompatibilityRecord:
            found = {key: one for _, key, one in records.items(_SHELF, station_id)}
            more = found.pop(_MORE, None)
            return CompatibilityRecord(tuple(found.values()), 0 if more is None else more.count)

        while station_id in self._writing:  # what came meanwhile is written when that is done
            await self._store.commit(lambda _: None)
        return await self._store.commit(work)

    async def forget(self, station_id: StationId) -> None:
        """Begin anew, after the station was mended or deleted."""
        self._pending.pop(station_id, None)
        self._full.discard(station_id)
        self._told = {told for told in self._told if told[0] != station_id}
        await self._store.commit(lambda records: records.delete_items(_SHELF, station_id))


def _key(kind: _Kind) -> str:
    return blake2b("\0".join(kind).encode(), digest_size=12).hexdigest()


def _own_switches(station: Station) -> dict[Switch, bool]:
    return {Switch(name): is_on for name, is_on in station.switches.items()}


def require_zone(name: str) -> tzinfo:
    """The time zone of that name (`Europe/Berlin`); empty: UTC. Raises InvalidInput."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError) as why:
        raise InvalidInput(f"{name!r} is no time zone", where="time_zone") from why


def read_switches(text: str) -> dict[Switch, bool]:
    """`types, timestamps, -many_calls` as settings write it: on, and with a minus off; `all` is every one.

    Raises:
        InvalidInput: there is no such switch, or it cannot be turned off.

    """
    found: dict[Switch, bool] = {}
    for word in text.replace(",", " ").split():
        name, is_on = word.lstrip("-"), not word.startswith("-")
        if name == "all" and is_on:
            found |= dict.fromkeys(Switch, True)
            continue
        try:
            switch = Switch(name)
        except ValueError as why:
            known = ", ".join(Switch)
            raise InvalidInput(f"{name!r} is none of {known}", where="stations.tolerated") from why
        if switch in FIXED and not is_on:
            raise InvalidInput(f"{name}: the standard itself asks for it", where="stations.tolerated")
        found[switch] = is_on
    return found
