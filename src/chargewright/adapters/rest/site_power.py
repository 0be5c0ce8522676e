"""What a site draws and may draw at an instant, from its meters and its wires. Pure but for the caches it reads."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from chargewright.adapters.rest.services import RestServices
from chargewright.charging.profile import Purpose
from chargewright.charging.site import Evse, EvseKey, Row, Site, loads
from chargewright.csms.leases import Lease, limit_in_force
from chargewright.csms.metering import LiveMeter
from chargewright.csms.site_definition import read_definition
from chargewright.csms.smart_charging import SiteControl
from chargewright.domain.transaction import Transaction

__all__ = ["Drawn", "drawn_now", "limit_and_base_w", "limits_ahead", "rows_over", "running"]

PHASE_SUFFIXES = (" R", " S", " T")
EVENT_ROW = "limit event "
"""How `limit_events` names its row at a site that is a network."""

OVER_SHARE = 0.01
"""Meters of class 1 are this far off: less above a limit is not called a violation."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one EVSE draws now; `current_a` is that of its fullest conductor."""

    current_a: float
    power_w: float


def running(services: RestServices, control: SiteControl) -> dict[EvseKey, Transaction]:
    """The newest open transaction of every EVSE of the site."""
    found: dict[EvseKey, Transaction] = {}
    for transaction in sorted(services.transactions.open(), key=lambda t: t.id):
        if transaction.evse_id is not None:
            key = EvseKey(transaction.station_id, transaction.evse_id)
            if key in control.site.evses:
                found[key] = transaction
    return found


def drawn_now(services: RestServices, control: SiteControl, now: datetime) -> dict[EvseKey, Drawn]:
    """What every EVSE with a running transaction draws.

    A reading from before the limit last changed is counted at most as the limit: meters report once in a minute, and
    a lowered station beside a raised one would otherwise add up to what never flowed.
    """
    found: dict[EvseKey, Drawn] = {}
    settle = timedelta(seconds=control.record.settings.settle_s)
    for key in running(services, control):
        meter = services.live.of(key.station_id, key.evse_id)
        evse = control.site.evses[key]
        drawn = None if meter is None else _metered(meter, evse)
        if drawn is None or meter is None or meter.at is None:
            continue
        limit = limit_in_force(services.ledger, key, evse, now)
        entry = services.ledger.newest(key, Purpose.TX)
        if limit is not None and entry is not None:
            since = Lease.of(entry, evse).steady_since(now) + settle
            most_a = max(limit / 10, 0.0)
            if meter.at < since and drawn.current_a > most_a:
                drawn = Drawn(most_a, drawn.power_w * most_a / drawn.current_a)
        found[key] = drawn
    return found


def _metered(meter: LiveMeter, evse: Evse) -> Drawn | None:
    current_a, power_w = meter.current_a_max, meter.power_w
    if current_a is None and power_w is None:
        return None
    if current_a is None:
        return Drawn((power_w or 0.0) / evse.watts_per_a, power_w or 0.0)
    if power_w is None:
        lines = [value for phase, value in meter.current_a.items() if phase]
        power_w = evse.voltage_v * (sum(lines) if lines else current_a * evse.phases)
    return Drawn(current_a, power_w)


def rows_over(control: SiteControl, drawn: dict[EvseKey, Drawn], now: datetime) -> list[str]:
    """The wires that carry more than they may, by what was metered."""
    found = loads(control.site, {key: one.current_a for key, one in drawn.items()}, now)
    return [name for name, (load_a, limit_a) in found.items() if load_a > limit_a * (1 + OVER_SHARE)]


def limit_and_base_w(control: SiteControl, at: datetime) -> tuple[float | None, float]:
    """(what the whole site may draw, its base load) in W; None where no limit is above all EVSEs.

    Of several limits above everything, the least counts. The headroom that planning leaves alone is not taken off.
    """
    site = control.site
    definition = read_definition(control.record.definition)
    if definition.network is not None:
        kw = definition.limit_kw
        if kw is None:
            named = definition.network.get("parameters", {})
            kw = sum(v for k, v in named.items() if k.endswith("transformer_kw")) or None
        share = 1 - control.record.settings.headroom_percent / 100
        events_w = [
            row.limit_a.at(at) * site.nominal_v / share for row in site.rows if row.name.startswith(EVENT_ROW)
        ]
        return _known([*events_w, math.inf if kw is None else kw * 1000]), 0.0
    share = 1 - control.record.settings.headroom_percent / 100
    limits: list[float] = []
    base_w = 0.0
    for name, rows in _above_everything(site).items():
        limits.append(sum(row.limit_a.at(at) for row in rows) * site.nominal_v / share)
        if name:
            base_w = max(base_w, sum(row.base_a.at(at) for row in rows) * site.nominal_v)
    return _known(limits), base_w


def limits_ahead(
    control: SiteControl, start: datetime, end: datetime
) -> list[tuple[datetime, float | None, float]]:
    """[(from, what the whole site may draw, its base load), ...] in W, a step wherever one of them changes."""
    changes = {
        at
        for row in control.site.rows
        for steps in (row.limit_a, row.base_a)
        for at in steps.starts
        if start < at < end
    }
    found: list[tuple[datetime, float | None, float]] = []
    for at in (start, *sorted(changes)):
        limit_w, base_w = limit_and_base_w(control, at)
        if not found or found[-1][1:] != (limit_w, base_w):
            found.append((at, limit_w, base_w))
    return found


def _known(limits_w: list[float]) -> float | None:
    """The least; None where nothing limits."""
    least = min(limits_w, default=math.inf)
    return None if math.isinf(least) else least


def _above_everything(site: Site) -> dict[str, list[Row]]:
    """The rows that together carry every EVSE: one of power, or the three phases of one node."""
    by_node: dict[str, list[Row]] = {}
    for row in site.rows:
        phase = row.name.endswith(PHASE_SUFFIXES)
        by_node.setdefault(row.name[:-2] if phase else row.name, []).append(row)
    return {
        name: rows
        for name, rows in by_node.items()
        if {key for row in rows for key in row.coefficients} >= site.evses.keys()
    }
