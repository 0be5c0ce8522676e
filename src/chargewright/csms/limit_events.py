"""Limits for a while: a grid operator, an aggregator or an operator lowers a node or the whole site from then till then.

They only ever lower. The site's own limits stay as they are defined, and hold again when the event is over.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chargewright.charging.site import Row, Site, Steps
from chargewright.clock import Clock
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.shelves import whole
from chargewright.csms.site_definition import (
    Limit,
    NodeDefinition,
    PerPhase,
    SiteDefinition,
    power_row,
    read_definition,
    site_of,
    steps_of,
)
from chargewright.domain.site import SiteRecord
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import SiteId

__all__ = ["APPLIED_AHEAD", "LimitEvent", "LimitEvents", "limited_site", "next_change"]

APPLIED_AHEAD: Final = timedelta(days=2)
"""So far a plan looks ahead. Earlier than that an event would only lower what stations may draw without us."""

EVENTS_MAX: Final = 200
"""Of one site at a time: a program that never stops telling them is told so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitEvent:
    """From `start` until `end` a node, or the whole site, may draw at most so much: in kW, or in A per phase."""

    id: str
    start: datetime
    end: datetime
    node: str | None = None
    limit_kw: float | None = None
    limit_a: float | None = None
    reason: str = ""

    def applies(self, now: datetime) -> bool:
        """Whether a plan that is made now should know of it."""
        return now < self.end and self.start < now + APPLIED_AHEAD


_EVENTS: Final = Shelf("limit-event", LimitEvent)


class LimitEvents:
    """The events of all sites: in memory, written through. What is over is dropped."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._events: dict[SiteId, dict[str, LimitEvent]] = {}

    async def start(self) -> None:
        """Take what is kept from the store: before the sites are controlled."""

        def kept(records: Records) -> dict[SiteId, dict[str, LimitEvent]]:
            return {site.id: dict(whole(records, _EVENTS, site.id)) for site in records.sites()}

        self._events = await self._store.read(kept)

    def of(self, site_id: SiteId) -> list[LimitEvent]:
        """Those that are not over, by their start."""
        now = self._clock.now()
        found = [event for event in self._events.get(site_id, {}).values() if now < event.end]
        return sorted(found, key=lambda event: (event.start, event.id))

    async def put(self, record: SiteRecord, event: LimitEvent) -> LimitEvent:
        """Enter an event, or replace the one with its id; durable when this returns. An empty id gets a number.

        Raises:
            InvalidInput: it ends before it starts or is over already, says no limit or two, or names a node that is
                not there or no single node that carries the whole site.

        """
        _judge(read_definition(record.definition), event, self._clock.now())
        left = {kept.id: kept for kept in self.of(record.id)}
        if event.id not in left and len(left) >= EVENTS_MAX:
            raise InvalidInput(f"a site has at most {EVENTS_MAX} limit events at a time", where="id")
        over = self._events.get(record.id, {}).keys() - left.keys()

        def work(records: Records) -> LimitEvent:
            entered = event if event.id else replace(event, id=str(records.new_number("limit-event")))
            for old in over:
                records.delete_item(_EVENTS, record.id, old)
            records.put_item(_EVENTS, record.id, entered.id, entered)
            return entered

        entered = await self._store.commit(work)
        self._events[record.id] = {**left, entered.id: entered}
        return entered

    async def cancel(self, site_id: SiteId, event_id: str) -> None:
        """End an event now, or have it never begin. Raises `NotFound`."""
        if all(event.id != event_id for event in self.of(site_id)):
            raise NotFound("no such limit event", where=f"{site_id}/{event_id}")
        await self._store.commit(lambda records: records.delete_item(_EVENTS, site_id, event_id))
        self._events[site_id].pop(event_id, None)


def _judge(definition: SiteDefinition, event: LimitEvent, now: datetime) -> None:
    if event.end <= event.start:
        raise InvalidInput("must lie after the start", where="end")
    if event.end <= now:
        raise InvalidInput("is over already", where="end")
    if (event.limit_kw is None) == (event.limit_a is None):
        raise InvalidInput("say either limit_kw or limit_a", where="limit_kw")
    if definition.network is not None:
        if event.node is not None or event.limit_kw is None:
            raise InvalidInput(
                "a site that is a network is limited as a whole, in limit_kw",
                where="limit_kw" if event.node is None else "node",
            )
        return
    _node_of(definition, event)


def _node_of(definition: SiteDefinition, event: LimitEvent) -> str:
    if event.node is None:
        roots = [node.id for node in definition.nodes if node.parent is None]
        if len(roots) != 1:
            raise InvalidInput("the site has several connections: name the node", where="node")
        return roots[0]
    if all(node.id != event.node for node in definition.nodes):
        raise InvalidInput(f"unknown node {event.node!r}", where="node")
    return event.node


# --- applied to the wires ---


def limited_site(
    record: SiteRecord, events: Iterable[LimitEvent], now: datetime, *, batteries: bool = False
) -> Site:
    """The site that a record describes, with the events that a plan of now should know of.

    With `batteries` these stand among the EVSEs.

    An event whose node is not in the definition any more limits the whole site, if one node carries it: rather too
    little than too much.

    Raises:
        InvalidInput: the definition contradicts itself.

    """
    definition = read_definition(record.definition)
    applied = [event for event in events if event.applies(now)]
    headroom = record.settings.headroom_percent
    if definition.network is None:
        nodes = definition.nodes
        for event in applied:
            names = {node.id for node in nodes}
            known = event if event.node in names else replace(event, node=None)
            targets = [known.node] if known.node else [node.id for node in nodes if node.parent is None]
            nodes = [_lowered(node, event) if node.id in targets else node for node in nodes]
        definition = msgspec.structs.replace(definition, nodes=nodes)
        return site_of(record.id, record.name, definition, headroom_percent=headroom, batteries=batteries)
    site = site_of(record.id, record.name, definition, headroom_percent=headroom)
    rows = [_whole(site, event, 1 - headroom / 100) for event in applied if event.limit_kw is not None]
    return replace(site, rows=(*site.rows, *rows)) if rows else site


def next_change(events: Iterable[LimitEvent], now: datetime) -> datetime | None:
    """When the next event begins, ends, or comes in sight of the plan."""
    instants = {at for event in events for at in (event.start - APPLIED_AHEAD, event.start, event.end)}
    return min((at for at in instants if at > now), default=None)


def _lowered(node: NodeDefinition, event: LimitEvent) -> NodeDefinition:
    if event.limit_kw is not None:
        return msgspec.structs.replace(node, limit_kw=_capped(node.limit_kw, event, event.limit_kw))
    assert event.limit_a is not None
    own = node.limit_a
    if isinstance(own, PerPhase):
        r, s, t = (_capped(one, event, event.limit_a) for one in (own.r, own.s, own.t))
        return msgspec.structs.replace(node, limit_a=PerPhase(r, s, t))
    return msgspec.structs.replace(node, limit_a=_capped(own, event, event.limit_a))


def _capped(own: Limit | None, event: LimitEvent, limit: float) -> Limit:
    """The lower of both while the event lasts, the own limit (none: infinite) before and after."""
    mine = Steps.of(math.inf) if own is None else steps_of(own, f"event {event.id}")
    starts: Sequence[datetime] = sorted({*mine.starts, event.start, event.end})
    before = starts[0] - timedelta(seconds=1)
    return [
        (at, min(mine.at(at), limit) if event.start <= at < event.end else mine.at(at))
        for at in (before, *starts)
    ]


def _whole(site: Site, event: LimitEvent, share: float) -> Row:
    assert event.limit_kw is not None
    limit = Steps((event.start, event.end), (math.inf, event.limit_kw * share, math.inf))
    return power_row(site, f"limit event {event.id}", limit)
