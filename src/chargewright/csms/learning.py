"""What past transactions teach of those that run: when cars leave, what they take, what they can do.

Hears transactions that end and readings while they run. Of each ended transaction one stay is kept for its site, and
for its token what the car showed, both on shelves; they are read again at start. A site that never learnt is taught
by the transactions that are stored.

No token is kept here: what is learnt of one stands under a keyed hash of it, with a key made for this installation.
What was learnt of a token or of a site is dropped when asked; a site whose settings say so neither learns nor is told.
A transaction's end is taken for the departure: a station that ends transactions when the battery is full, or on
StopTransaction from the app long before the plug is pulled, teaches stays that are too short.
"""

import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.stays import CAPACITY, Arrived, Expected, Outlook, Stay, StayEstimate, Stays
from chargewright.charging.tail import SESSIONS_KEPT, CarSeen, Drawn, Trace, car_of
from chargewright.clock import Clock
from chargewright.csms.learnt import Hits, SiteLearnt, TokenLearnt, Upcoming
from chargewright.csms.metering import LiveMeter
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.csms.sessions import Foreseen
from chargewright.csms.site_definition import read_definition, site_of
from chargewright.domain import events
from chargewright.domain.site import ChargingNeed, SiteRecord
from chargewright.domain.transaction import Transaction
from chargewright.errors import NotFound
from chargewright.ids import SiteId, StationId, TransactionId

__all__ = ["Learning"]

log = structlog.get_logger(__name__)

SHORTEST = timedelta(minutes=1)
"""A shorter transaction is a plug that did not fit, not a stay."""

CARS_MAX = 20_000
"""Tokens of which something is known of the car; who has not come for longest is forgotten first."""

TAUGHT_BY = timedelta(days=180)
"""A site that never learnt looks so far back into the stored transactions."""

PAGE = 500

NOTHING_A = 0.5
TELLING_A = 3.0


@dataclass(frozen=True, slots=True)
class _CarHistory:
    """What the newest transactions of a token showed, the oldest first."""

    seen: tuple[CarSeen, ...]


@dataclass(frozen=True, slots=True)
class _Taught:
    """A site that was taught once is not taught again: what was dropped on request stays dropped."""

    at: datetime


_STAYS: Final = Shelf("stay", Stay)
"""By site and number."""
_CARS: Final = Shelf("car-seen", _CarHistory)
_TAUGHT: Final = Shelf("stays-taught", _Taught)
_KEY: Final = Shelf("learning-key", str)


@dataclass(slots=True)
class _Watched:
    """A transaction that runs."""

    transaction_id: TransactionId
    meter_start_wh: float | None
    arrived: Arrived
    outlook: Outlook
    first: StayEstimate
    trace: Trace
    delivered_wh: float = 0.0


@dataclass(slots=True)
class _Known:
    """A site as it is remembered. `keys` are those of its stays on the shelf, the oldest first."""

    record: SiteRecord
    stays: Stays
    keys: deque[str] = field(default_factory=deque)
    hits: Hits = field(default_factory=Hits)


class Learning:
    """One for all sites. Between events it only answers; nothing of it runs by itself."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, new_key: Callable[[], str]) -> None:
        """`new_key` makes the secret under which tokens are hashed, once in the life of an installation."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._new_key = new_key
        self._key = b""
        self._sites: dict[SiteId, _Known] = {}
        self._site_of: dict[StationId, SiteId] = {}
        self._cars: dict[str, tuple[CarSeen, ...]] = {}
        self._watched: dict[EvseKey, _Watched] = {}
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Take up what was learnt. Before the sites are controlled."""
        self._key = (await self._store.commit(self._read_key)).encode()
        cars = await self._store.read(lambda records: records.items(_CARS, limit=CARS_MAX))
        self._cars = {user: history.seen for user, _, history in sorted(cars, key=lambda c: c[2].seen[-1].at)}
        for record in await self._store.read(lambda records: records.sites()):
            self._adopt(await self._store.commit(partial(self._load, record)))
        self._unsubscribe = self._bus.subscribe(self._happened, events.TransactionEnded, events.SiteChanged)

    def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    # --- asked by the control of a site ---------------------------------------------------------------------------

    def foresee(
        self,
        record: SiteRecord,
        evse: Evse,
        transaction: Transaction,
        need: ChargingNeed | None,
        *,
        delivered_wh: float,
    ) -> Foreseen | None:
        """What is to be expected of a transaction that runs; None where the site does not learn."""
        known = self._sites.get(record.id)
        if known is None or not record.settings.learn or transaction.started_at is None:
            return None
        now = self._clock.now()
        user = self._name(transaction.id_token)
        learnt = self._cars.get(user, ())
        capacity_wh = car_of(learnt, now).capacity_wh if learnt else None
        arrived = _arrived(transaction, evse.key, need, user=user, capacity_wh=capacity_wh)
        watched = self._watched.get(evse.key)
        if watched is None or watched.transaction_id != transaction.id or watched.arrived != arrived:
            settings = record.settings
            expected = Expected(float(settings.dwell_default_s), settings.energy_default_wh)
            outlook = known.stays.outlook(arrived, expected)
            same = watched is not None and watched.transaction_id == transaction.id
            watched = self._watched[evse.key] = _Watched(
                transaction.id,
                transaction.meter_start_wh,
                arrived,
                outlook,
                outlook.at(arrived.arrival),
                watched.trace if watched is not None and same else Trace(evse.current_min_a),
            )
        watched.delivered_wh = delivered_wh
        return Foreseen(
            watched.outlook.at(now, delivered_wh),
            car_of((*learnt, watched.trace.seen(now)), now),
            watched.trace.missing_wh(),
        )

    def measured(self, evse: Evse, meter: LiveMeter, *, limit_a: float | None, limit_since: datetime) -> None:
        """A reading of an EVSE with a transaction, and the limit that has been in force there since then."""
        watched, at, current_a = self._watched.get(evse.key), meter.current_at, meter.current_a_max
        if watched is None or at is None or current_a is None:
            return
        delivered_wh = None
        if meter.energy_wh is not None and watched.meter_start_wh is not None:
            delivered_wh = watched.delivered_wh = max(meter.energy_wh - watched.meter_start_wh, 0.0)
        watched.trace.take(
            Drawn(
                at=at,
                current_a=current_a,
                limit_a=limit_a,
                limit_since=limit_since,
                delivered_wh=delivered_wh,
                phases=_phases(meter, evse, current_a),
                soc_percent=meter.soc_percent,
            )
        )

    # --- asked by people ------------------------------------------------------------------------------------------

    def of_site(self, site_id: SiteId) -> SiteLearnt:
        """What a site knows, and expects of those that are there. Raises `NotFound`."""
        known = self._require(site_id)
        now = self._clock.now()
        upcoming = tuple(
            Upcoming(
                key,
                watched.transaction_id,
                watched.outlook.at(now, watched.delivered_wh),
                car_of((*self._cars.get(watched.arrived.user, ()), watched.trace.seen(now)), now),
            )
            for key, watched in sorted(self._watched.items(), key=lambda item: str(item[0]))
            if self._site_of.get(key.station_id) == site_id
        )
        return SiteLearnt(len(known.stays), known.record.settings.learn, known.hits, upcoming)

    def of_token(self, id_token: str) -> TokenLearnt:
        """What is known of a token; nothing, for one that never came."""
        user = self._name(id_token)
        stays = {site_id: known.stays.stays_of(user) for site_id, known in self._sites.items()}
        car = car_of(self._cars.get(user, ()), self._clock.now())
        return TokenLearnt({site_id: count for site_id, count in stays.items() if count}, car)

    async def teach(self, site_id: SiteId, stays: Sequence[Stay]) -> None:
        """Remember stays that something else saw at this site, the oldest first, durably. Raises `NotFound`."""

        def keep(records: Records) -> tuple[SiteRecord, list[tuple[str, Stay]]]:
            record = records.site(site_id)
            if record is None:
                raise NotFound("no such site", where=site_id)
            for stay in stays[-CAPACITY:]:
                records.put_item(_STAYS, site_id, numbered(records.new_number(_STAYS.name)), stay)
            return self._load(record, records)

        self._adopt(await self._store.commit(keep))

    async def forget_token(self, id_token: str) -> None:
        """Drop all that was learnt of a token, durably. Its next transactions teach anew."""
        user, sites = self._name(id_token), list(self._sites)

        def drop(records: Records) -> set[str]:
            records.delete_items(_CARS, user)
            dropped = set()
            for site_id in sites:
                for _, key, stay in records.items(_STAYS, site_id):
                    if stay.arrived.user == user:
                        records.delete_item(_STAYS, site_id, key)
                        dropped.add(key)
            return dropped

        dropped = await self._store.commit(drop)
        self._cars.pop(user, None)
        for known in self._sites.values():
            known.stays.forget(user)
            known.keys = deque(key for key in known.keys if key not in dropped)
        # what was drawn from the dropped stays for a transaction that runs is made anew at the next plan
        self._watched = {key: one for key, one in self._watched.items() if one.arrived.user != user}

    async def forget_site(self, site_id: SiteId) -> None:
        """Drop all stays of a site, durably. Raises `NotFound`."""
        known = self._require(site_id)
        await self._store.commit(lambda records: records.delete_items(_STAYS, site_id))
        self._sites[site_id] = replace(known, stays=_empty(known.record), keys=deque(), hits=Hits())
        self._watched = {k: w for k, w in self._watched.items() if self._site_of.get(k.station_id) != site_id}

    # --- what happens ---------------------------------------------------------------------------------------------

    def _happened(self, event: events.Event) -> None:
        match event:
            case events.TransactionEnded(station_id, transaction_id, evse_id, _):
                watched = (
                    None if evse_id is None else self._ended(EvseKey(station_id, evse_id), transaction_id)
                )
                self._learn(station_id, transaction_id, watched)
            case events.SiteChanged(site_id, _):
                self._store.submit(lambda records: records.site(site_id), self._changed)
            case _:
                pass

    def _ended(self, key: EvseKey, transaction_id: TransactionId) -> _Watched | None:
        watched = self._watched.get(key)
        if watched is None or watched.transaction_id != transaction_id:
            return None
        return self._watched.pop(key)

    def _learn(self, station_id: StationId, transaction_id: TransactionId, watched: _Watched | None) -> None:
        """Keep what an ended transaction teaches, then know it."""
        site_id = self._site_of.get(station_id)
        known = None if site_id is None else self._sites.get(site_id)
        if site_id is None or known is None or not known.record.settings.learn:
            return
        oldest = known.keys[0] if len(known.keys) >= CAPACITY else None

        def keep(records: Records) -> tuple[str, Stay] | None:
            transaction = records.transaction(transaction_id)
            stay = None if transaction is None else self._stay(transaction, watched)
            if stay is None:
                return None
            key = numbered(records.new_number(_STAYS.name))
            records.put_item(_STAYS, site_id, key, stay)
            if oldest is not None:
                records.delete_item(_STAYS, site_id, oldest)
            return key, stay

        def kept(result: tuple[str, Stay] | None, error: BaseException | None) -> None:
            if error is not None:
                log.warning("stay_not_kept", transaction_id=transaction_id, error=repr(error))
            elif result is not None:
                self._know(site_id, *result, watched)

        self._store.submit(keep, kept)

    def _know(self, site_id: SiteId, key: str, stay: Stay, watched: _Watched | None) -> None:
        known = self._sites[site_id]
        known.keys.append(key)
        if len(known.keys) > CAPACITY:
            known.keys.popleft()
        known.stays.learn(stay)
        if watched is None:
            return
        if watched.first.basis not in {"said", "defaults"}:
            known.hits = known.hits.and_one(watched.first, stay.departure)
        user = stay.arrived.user
        if not user:
            return
        seen = watched.trace.seen(stay.departure)
        history = _CarHistory((*self._cars.pop(user, ()), seen)[-SESSIONS_KEPT:])
        self._cars[user] = history.seen  # at the end: the first is who has not come for longest
        gone = next(iter(self._cars)) if len(self._cars) > CARS_MAX else None
        if gone is not None:
            del self._cars[gone]

        def put(records: Records) -> None:
            records.put_item(_CARS, user, "seen", history)
            if gone is not None:
                records.delete_items(_CARS, gone)

        self._store.submit(put, _told)

    def _stay(self, transaction: Transaction, watched: _Watched | None) -> Stay | None:
        """The stay that a transaction was; None where its ends are not to be believed."""
        begun, ended = transaction.started_at, transaction.ended_at
        if begun is None or ended is None or transaction.closed or ended - begun < SHORTEST:
            return None
        user = self._name(transaction.id_token)
        if watched is not None:
            arrived = replace(watched.arrived, arrival=begun, user=user)
        else:
            place = "" if transaction.evse_id is None else f"{transaction.station_id}/{transaction.evse_id}"
            arrived = Arrived(arrival=begun, user=user, place=place)
        return Stay(
            arrived=arrived,
            departure=ended,
            energy_wh=transaction.energy_wh,
            cut_short=watched is not None and watched.trace.still_taking,
            rank=None if watched is None else watched.outlook.rank(ended),
        )

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _read_key(self, records: Records) -> str:
        key = records.item(_KEY, "", "key")
        if key is None:
            key = self._new_key()
            records.put_item(_KEY, "", "key", key)
        return key

    def _changed(self, record: SiteRecord | None, error: BaseException | None) -> None:
        """A site is new or other than it was; its stays are read again only where that matters: limits change often."""
        if error is not None or record is None:
            log.warning("site_not_read", error=repr(error))
            return
        known, settings = self._sites.get(record.id), record.settings
        if (
            known is None
            or settings.learn > known.record.settings.learn
            or (settings.time_zone != known.record.settings.time_zone)
        ):
            self._store.submit(partial(self._load, record), self._loaded)
            return
        known.record = record
        self._locate(record)

    def _load(self, record: SiteRecord, records: Records) -> tuple[SiteRecord, list[tuple[str, Stay]]]:
        """A site's stays, with their keys, the oldest first; of stored transactions where it never learnt."""
        if record.settings.learn and records.item(_TAUGHT, record.id, "at") is None:
            records.put_item(_TAUGHT, record.id, "at", _Taught(self._clock.now()))
            for stay in self._stored_stays(records, record):
                records.put_item(_STAYS, record.id, numbered(records.new_number(_STAYS.name)), stay)
        return record, [(key, stay) for _, key, stay in records.items(_STAYS, record.id)]

    def _stored_stays(self, records: Records, record: SiteRecord) -> Sequence[Stay]:
        found: list[Stay] = []
        since = self._clock.now() - TAUGHT_BY
        for station_id in sorted(_stations_of(record)):
            after = 0
            while page := records.transactions(
                station_id=station_id, since=since, after_id=after, limit=PAGE
            ):
                after = page[-1].id
                found += [stay for one in page if (stay := self._stay(one, None)) is not None]
        return sorted(found, key=lambda stay: stay.departure)[-CAPACITY:]

    def _loaded(
        self, result: tuple[SiteRecord, list[tuple[str, Stay]]] | None, error: BaseException | None
    ) -> None:
        if error is not None:
            log.warning("stays_not_read", error=repr(error))
        elif result is not None:
            self._adopt(result)

    def _adopt(self, loaded: tuple[SiteRecord, list[tuple[str, Stay]]]) -> None:
        record, kept = loaded
        before = self._sites.get(record.id)
        stays = _empty(record)
        for _, stay in kept:
            stays.learn(stay)
        self._sites[record.id] = _Known(
            record, stays, deque(key for key, _ in kept), Hits() if before is None else before.hits
        )
        self._locate(record)

    def _locate(self, record: SiteRecord) -> None:
        self._site_of = {s: site_id for s, site_id in self._site_of.items() if site_id != record.id}
        self._site_of |= dict.fromkeys(_stations_of(record), record.id)

    def _require(self, site_id: SiteId) -> _Known:
        known = self._sites.get(site_id)
        if known is None:
            raise NotFound("no such site", where=site_id)
        return known

    def _name(self, id_token: str | None) -> str:
        """How a token is called here: upper and lower case are one, as they are to stations."""
        if not id_token:
            return ""
        return hmac.new(self._key, id_token.casefold().encode(), hashlib.sha256).hexdigest()[:32]


def _empty(record: SiteRecord) -> Stays:
    return Stays(zone=ZoneInfo(record.settings.time_zone))


def _stations_of(record: SiteRecord) -> set[StationId]:
    site = site_of(record.id, record.name, read_definition(record.definition))
    return {key.station_id for key in site.evses}


def _arrived(
    transaction: Transaction,
    key: EvseKey,
    need: ChargingNeed | None,
    *,
    user: str,
    capacity_wh: float | None,
) -> Arrived:
    arrival = transaction.started_at
    assert arrival is not None, "asked for by who knows it"
    said_departure = None if need is None else need.departure_at
    return Arrived(
        arrival=arrival,
        user=user,
        place=f"{key.station_id}/{key.evse_id}",
        said_departure=said_departure if said_departure is not None and said_departure > arrival else None,
        said_energy_wh=None if need is None else need.wanted_wh(capacity_wh),
    )


def _phases(meter: LiveMeter, evse: Evse, current_a: float) -> int | None:
    """How many phases are loaded: counted, where each is metered, else from power and current.

    None where it cannot be told: with one wire every car looks like one that uses one phase.
    """
    if current_a < TELLING_A or evse.phases == 1:
        return None
    lines = [value for phase, value in meter.current_a.items() if phase]
    if len(lines) >= evse.phases > 1:
        return sum(value >= NOTHING_A for value in lines)
    if meter.power_w is None or meter.power_at != meter.current_at:
        return None
    return min(max(round(meter.power_w / (current_a * evse.voltage_v)), 1), evse.phases)


def _told(_: None, error: BaseException | None) -> None:
    if error is not None:
        log.warning("car_not_kept", error=repr(error))
