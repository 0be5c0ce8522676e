"""The batteries of sites: what they hold is told, and what they should do is answered.

Whatever runs a battery (an energy manager, an inverter's own software) tells its state every minute or so and reads its
order: so much power, until then; after that it must not charge. What was ordered counts as drawn in every wire until
it has run out, or until a smaller order was fetched and had time to be followed; more is ordered only where the wires
have room for it whatever the stations do. Nothing relies on what a battery gives.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from chargewright.charging.planner.problem import Ints
from chargewright.charging.planner.session import Session
from chargewright.charging.site import EvseKey, Row, Site, Steps
from chargewright.clock import Clock
from chargewright.csms.envelope import Envelope, Exposure
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.shelves import whole
from chargewright.csms.site_definition import (
    BatteryDefinition,
    battery_key,
    battery_session,
    battery_w_per_a,
    read_definition,
)
from chargewright.domain.site import SiteRecord
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId

__all__ = ["FRESH_FOR", "Batteries", "Battery", "BatteryOrder", "power_wanted", "with_batteries"]

FRESH_FOR: Final = timedelta(minutes=10)
"""A battery that told nothing for so long is not planned."""

AHEAD: Final = timedelta(days=1)
"""So far it is planned: what is given tonight may come back tomorrow at noon."""

OVER_W: Final = 100.0
OVER_SHARE: Final = 0.05
"""A battery that charges this much above its order does not follow: it counts with all that it can draw."""

_HALVINGS: Final = 8
"""How finely an order is lowered until the wires have room for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryOrder:
    """Power in W at its meter, above 0 to charge and below 0 to give, until `until`; then it must not charge."""

    power_w: float
    since: datetime
    until: datetime
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What is known of one battery."""

    id: str
    at: datetime
    energy_wh: float
    power_w: float | None = None
    """What it does, as far as it tells."""
    disobeys: bool = False
    orders: tuple[BatteryOrder, ...] = ()
    """Those that it may be following, the newest last."""

    def order(self, now: datetime) -> BatteryOrder | None:
        """Return the order in force."""
        return self.orders[-1] if self.orders and now < self.orders[-1].until else None


_BATTERIES: Final = Shelf("battery", Battery)


class Batteries:
    """Implements `/sites/{id}/batteries`, and serves the control of sites. In memory, written through."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[SiteId, dict[str, Battery]] = {}
        self._one = asyncio.Lock()
        """A state and an order that come together are written one after the other."""

    async def start(self) -> None:
        """Take what is kept from the store: before the sites are controlled."""

        def kept(records: Records) -> dict[SiteId, dict[str, Battery]]:
            return {site.id: dict(whole(records, _BATTERIES, site.id)) for site in records.sites()}

        self._known = await self._store.read(kept)

    def of(self, record: SiteRecord) -> list[tuple[BatteryDefinition, Battery | None]]:
        """The batteries of a site, and what is known of each."""
        known = self._known.get(record.id, {})
        return [(own, known.get(own.id)) for own in read_definition(record.definition).batteries]

    async def tell(
        self, record: SiteRecord, battery_id: str, *, energy_wh: float, power_w: float | None
    ) -> Battery:
        """Take a state in, durably; the answer's newest order counts as fetched.

        Raises:
            NotFound: the site has no such battery.
            InvalidInput: it cannot hold so much.

        """
        own = next((own for own, _ in self.of(record) if own.id == battery_id), None)
        if own is None:
            raise NotFound("no such battery", where=f"{record.id}/{battery_id}")
        if not 0 <= energy_wh <= own.capacity_wh:
            raise InvalidInput(f"is not between 0 and {own.capacity_wh:g} Wh", where="energy_wh")
        async with self._one:
            now = self._clock.now()
            before = self._known.get(record.id, {}).get(battery_id)
            orders = () if before is None else before.orders
            allowed_w = max((order.power_w for order in orders if now < order.until), default=0.0)
            over = power_w is not None and power_w > max(allowed_w, 0.0) * (1 + OVER_SHARE) + OVER_W
            if orders and orders[-1].fetched_at is None:
                orders = (*orders[:-1], replace(orders[-1], fetched_at=now))
            told = Battery(
                id=battery_id,
                at=now,
                energy_wh=energy_wh,
                power_w=power_w,
                disobeys=over or (before is not None and before.disobeys and power_w is None),
                orders=orders,
            )
            await self._put(record.id, told)
        return told

    def drawn_a(
        self, record: SiteRecord, site: Site, now: datetime, settle: timedelta
    ) -> dict[EvseKey, Steps]:
        """What each battery may draw at most by what it was ordered, in A per conductor."""
        return _drawn(self.of(record), site.nominal_v, now, settle)

    def sessions(self, record: SiteRecord, site: Site, now: datetime) -> list[Session]:
        """What the planner is told of those that may be planned now: their state is fresh, and they follow."""
        return [
            battery_session(
                own, phase_v=site.nominal_v, energy_wh=known.energy_wh, now=now, until=now + AHEAD
            )
            for own, known in self.of(record)
            if known is not None and not known.disobeys and now - known.at <= FRESH_FOR
        ]

    async def order(
        self,
        record: SiteRecord,
        wanted_w: Mapping[str, float],
        *,
        site: Site,
        full: Site,
        exposures: Mapping[EvseKey, Exposure],
        until: datetime,
        settle: timedelta,
    ) -> None:
        """Order what the plan wants, as far as the wires have room; durable when this returns.

        `site` has no battery, `full` has; `exposures` are those of the stations.
        """
        now = self._clock.now()

        def fits(battery: Battery) -> bool:
            """Whether all wires hold with it like this, whatever stations and batteries do that they may do."""
            pairs = [(own, battery if own.id == battery.id else known) for own, known in self.of(record)]
            laden = with_batteries(site, full, _drawn(pairs, site.nominal_v, now, settle))
            return not Envelope(laden, exposures, now=now).broken_rows()

        async with self._one:
            for own, known in self.of(record):
                power_w = wanted_w.get(own.id)
                if known is None or power_w is None:
                    continue
                counted = replace(known, orders=tuple(_counted(known, now, settle)))
                for _ in range(_HALVINGS):
                    if power_w <= 0 or fits(_ordered(counted, power_w, now, until)):
                        break
                    power_w /= 2
                else:
                    power_w = 0.0
                await self._put(record.id, _ordered(counted, power_w, now, until))

    async def _put(self, site_id: SiteId, battery: Battery) -> None:
        await self._store.commit(lambda records: records.put_item(_BATTERIES, site_id, battery.id, battery))
        self._known.setdefault(site_id, {})[battery.id] = battery


def _drawn(
    batteries: Sequence[tuple[BatteryDefinition, Battery | None]],
    phase_v: float,
    now: datetime,
    settle: timedelta,
) -> dict[EvseKey, Steps]:
    found: dict[EvseKey, Steps] = {}
    for own, known in batteries:
        if known is None:
            continue
        # for ever, as far as the wires are concerned: orders are renewed before they run out, and a step in a wire's
        # limit is something that stations would have to be told of
        power_w = max((order.power_w for order in _counted(known, now, settle)), default=0.0)
        if known.disobeys:
            power_w = own.power_max_w
        if power_w > 0:
            found[battery_key(own.id)] = Steps.of(power_w / battery_w_per_a(own, phase_v))
    return found


def power_wanted(
    record: SiteRecord, sessions: Sequence[Session], tenths_a: Ints, *, phase_v: float
) -> dict[str, float]:
    """What a plan wants of each battery now, in W."""
    row = {session.evse: tenths for session, tenths in zip(sessions, tenths_a, strict=True)}
    return {
        own.id: float(row[battery_key(own.id)][0]) / 10 * battery_w_per_a(own, phase_v)
        for own in read_definition(record.definition).batteries
        if battery_key(own.id) in row
    }


def _ordered(battery: Battery, power_w: float, now: datetime, until: datetime) -> Battery:
    """With one more order; the same again only lasts longer."""
    return replace(
        battery, orders=(*battery.orders, BatteryOrder(power_w=round(power_w), since=now, until=until))
    )


def _counted(battery: Battery, now: datetime, settle: timedelta) -> Sequence[BatteryOrder]:
    """The orders that it may still be following: none that ran out, and none that a fetched one has replaced."""
    kept: list[BatteryOrder] = []
    for order in reversed(battery.orders):
        if now >= order.until + settle:
            continue
        kept.append(order)
        if order.fetched_at is not None and now >= order.fetched_at + settle:
            break
    return kept[::-1]


def with_batteries(site: Site, full: Site, drawn_a: Mapping[EvseKey, Steps]) -> Site:
    """Return the site with what batteries draw as a base load of its wires. `full` has their coefficients."""
    if not drawn_a:
        return site
    wired = {row.name: row for row in full.rows}
    return replace(site, rows=tuple(_laden(row, wired[row.name], drawn_a) for row in site.rows))


def _laden(row: Row, wired: Row, drawn_a: Mapping[EvseKey, Steps]) -> Row:
    if row.back_limit_a is not None:
        return row
    base = row.base_a
    for key, steps in drawn_a.items():
        # as numbers: at whatever angle the current comes, it is not more than this
        weight = sum(w for group in wired.groups for k, w in group.weights.items() if k == key)
        if weight:
            base = base.plus(steps.scaled(weight))
    return replace(row, base_a=base)
