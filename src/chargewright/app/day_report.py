"""The figures of a replayed day: what physics saw, what the central system recorded, and what was possible."""

import json as json_text
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from chargewright.app.wiring import CentralSystem
from chargewright.csms.ports import Records
from chargewright.simulator.physics import TracePoint
from chargewright.simulator.run import SimulatedSite
from chargewright.simulator.scenario import Scenario

__all__ = ["day_figures", "show_figures"]

DIVERGED_LISTED_MAX = 50


async def day_figures(
    simulated: SimulatedSite, central: CentralSystem, scenario: Scenario, *, speed: float, optimum_wh: float
) -> dict[str, Any]:
    """The report of `demo --once`. Keys are a promise (docs/reference/demo-report.md); energies in kWh."""
    seen = simulated.report()
    control = central.sites.all()[0]
    settings = control.record.settings
    profiles = await central.store.read(lambda records: records.count_profiles())
    recorded = await central.store.read(_recorded)
    diverged = await central.store.read(_diverged)
    counters = central.dispatch.counters
    return {
        "scenario": scenario.name,
        "stations": seen.stations,
        "sessions": len(seen.sessions),
        "sessions_dropped": seen.sessions_dropped,
        "days": round(seen.seconds / 86_400, 3),
        "speed": speed,
        "seed": seen.seed,
        "site_limit_kw": _limit_kw(simulated),
        "limit_violations": seen.seconds_above,
        "breaches": seen.breaches,
        "highest_loading": round(seen.loading_max, 6),
        "peak_kw": round(seen.peak_kw, 3),
        "uncontrolled_peak_kw": round(seen.uncontrolled.peak_kw, 3),
        "uncontrolled_seconds_above": seen.uncontrolled.seconds_above,
        "energy_requested_kwh": round(seen.energy_requested_kwh, 3),
        "energy_delivered_kwh": round(seen.energy_delivered_kwh, 3),
        "energy_given_kwh": round(seen.energy_given_kwh, 3),
        "uncontrolled_energy_delivered_kwh": round(seen.uncontrolled.energy_delivered_kwh, 3),
        "offline_optimum_kwh": round(optimum_wh / 1000, 3),
        "share_of_optimum": round(seen.energy_delivered_kwh * 1000 / optimum_wh, 5) if optimum_wh else None,
        "cost": round(_cost(seen.trace, settings.prices), 2),
        "uncontrolled_cost": round(_cost(seen.uncontrolled.trace, settings.prices), 2),
        "currency": settings.currency,
        "profiles_sent": profiles["sent"],
        "profiles_accepted": profiles["accepted"],
        "profiles_verified": profiles["verified"],
        "profiles_diverged": profiles["diverged"],
        "diverged": diverged,
        "plans": control.plans_made,
        "messages_received": counters.received,
        "messages_answered": counters.answered,
        "transactions_recorded": recorded,
        "transactions_true": seen.transactions_true,
        "seconds_not_settled": simulated.unsettled,
    }


def _recorded(records: Records) -> int:
    count, after = 0, 0
    while page := records.transactions(after_id=after, limit=1000):
        count += len(page)
        after = max(t.id for t in page)
    return count


def _diverged(records: Records) -> list[dict[str, Any]]:
    """Every profile whose station reported something else, with what it said."""
    found = [
        {
            "station": entry.station_id,
            "evse": entry.evse_id,
            "profile": entry.profile.id,
            "sent_at": entry.sent_at.isoformat(),
            "reason": entry.reason,
        }
        for station in records.stations()
        for entry in records.profile_history(station.id, limit=100_000)
        if entry.verification == "diverged"
    ]
    return found[:DIVERGED_LISTED_MAX]


def _limit_kw(simulated: SimulatedSite) -> float | None:
    return simulated.world.judge.wiring.limit_kw


def _cost(trace: Sequence[TracePoint], prices: Sequence[tuple[datetime, float]]) -> float:
    """Energy times price over a trace; each point's power holds until the next."""
    if not prices:
        return 0.0
    total = 0.0
    step = 0
    for point, after in pairwise(trace):
        while step + 1 < len(prices) and prices[step + 1][0] <= point.at:
            step += 1
        hours = (after.at - point.at).total_seconds() / 3600
        total += point.power_w / 1000 * hours * prices[step][1]
    return total


def show_figures(figures: dict[str, Any], *, report: Path | None, as_json: bool) -> None:
    """Write the report, and print it as a table or as JSON."""
    text = json_text.dumps(figures, indent=2)
    if report is not None:
        report.write_text(text + "\n", encoding="utf-8")
    if as_json:
        print(text)
        return
    console = Console()
    table = Table(title=figures["scenario"])
    table.add_column("")
    table.add_column("by plan", justify="right", style="bold")
    table.add_column("uncontrolled", justify="right")
    rows = [
        ("seconds above a limit", "limit_violations", "uncontrolled_seconds_above"),
        ("peak, kW", "peak_kw", "uncontrolled_peak_kw"),
        ("energy delivered, kWh", "energy_delivered_kwh", "uncontrolled_energy_delivered_kwh"),
        (f"cost, {figures['currency']}", "cost", "uncontrolled_cost"),
    ]
    for name, key, other in rows:
        table.add_row(name, f"{figures[key]:g}", f"{figures[other]:g}")
    if figures["energy_given_kwh"]:
        table.add_row("energy given back, kWh", f"{figures['energy_given_kwh']:g}", "")
    for name, value in [
        ("energy asked for, kWh", figures["energy_requested_kwh"]),
        ("the best anybody could deliver, kWh", figures["offline_optimum_kwh"]),
        ("profiles sent / accepted", f"{figures['profiles_sent']} / {figures['profiles_accepted']}"),
        ("verified / diverged", f"{figures['profiles_verified']} / {figures['profiles_diverged']}"),
        (
            "transactions recorded / true",
            f"{figures['transactions_recorded']} / {figures['transactions_true']}",
        ),
        ("messages received / answered", f"{figures['messages_received']} / {figures['messages_answered']}"),
    ]:
        table.add_row(name, str(value), "")
    console.print(table)
