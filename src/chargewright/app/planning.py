"""`chargewright plan`: plan a site from files, without a server."""

import csv
import sys
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
from rich.console import Console
from rich.table import Table

from chargewright.csms.plan_service import PlanAnswer, answer_bytes
from chargewright.errors import InvalidInput

__all__ = ["plan", "read_site_file"]

UNMET_SHARE = 0.01
"""Limits in tenths of an ampere and whole slots lose some watt-hours; a wish that is not met loses more."""


def plan(
    *,
    site: Path,
    sessions: Path,
    at: datetime,
    goal: str = "balance",
    protocol: Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"] = "ocpp1.6",
    limit_kw: float | None = None,
    lease_s: int | None = None,
    also: Path | None = None,
    json: bool = False,
) -> int:
    """Plan a site once: for every session the exact profile to send, then how good the plan is.

    Exit status 1 where more than one percent of what is wanted cannot be given.

    Example: `chargewright plan --site site.toml --sessions sessions.csv --at 2026-03-03T09:00:00Z --goal peak`

    Parameters
    ----------
    site
        The site: TOML or JSON with nodes and evses, or a network file with stations and constraints.
    sessions
        CSV with a header, or JSON: id, station, departure, energy_wh, and if you like evse, arrival,
        current_max_a, priority, transaction_id, unit, periods_max.
    at
        The instant to plan for, with its zone.
    goal
        What comes after safety and energy: energy, balance, peak, cost, solar, carbon or priority; several in
        their order with commas between them.
    protocol
        The words of the profiles.
    limit_kw
        With a network file: what its transformer may carry.
    lease_s
        Let profiles end after so long, instead of with the car's stay.
    also
        TOML or JSON with more of the question: prices, export_prices, tariff, carbon_g_per_kwh, demand_charges,
        energy_value_per_kwh, base_power_w, installed.
    json
        Print one JSON object, the same that `POST /api/v1/plans` answers.

    """
    names = goal.split(",")
    more = {} if also is None else _read_object(also)
    question: dict[str, Any] = {
        **more,
        "site": read_site_file(site, limit_kw),
        "sessions": _read_sessions(sessions),
        "at": at,
        "goal": goal if len(names) == 1 else [name.strip() for name in names],
        "protocol": protocol,
        "lease_s": lease_s,
    }
    said = answer_bytes(msgspec.json.encode(question))
    answer = msgspec.json.decode(said, type=PlanAnswer)
    if json:
        sys.stdout.buffer.write(said + b"\n")
    else:
        _show(answer)
    wanted_wh = sum(profile.energy_planned_wh + profile.unmet_wh for profile in answer.profiles)
    return 1 if answer.unmet_wh > UNMET_SHARE * wanted_wh else 0


def read_site_file(path: Path, limit_kw: float | None) -> Mapping[str, Any]:
    """A site definition from TOML or JSON, or a network file wrapped into one."""
    found = _read_object(path)
    if "constraints" in found:
        found = {"network": found}
    return found if limit_kw is None else {**found, "limit_kw": limit_kw}


def _read_object(path: Path) -> dict[str, Any]:
    found: Any
    try:
        text = path.read_bytes()
        found = tomllib.loads(text.decode()) if path.suffix == ".toml" else msgspec.json.decode(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.DecodeError) as why:
        raise InvalidInput(str(why), where=str(path)) from why
    if not isinstance(found, dict):
        raise InvalidInput("is not an object", where=str(path))
    return found


def _read_sessions(path: Path) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".json":
            found = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
        else:
            with path.open(newline="", encoding="utf-8") as file:
                found = [
                    {k: v for k, v in row.items() if v not in {"", None}} for row in csv.DictReader(file)
                ]
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as why:
        raise InvalidInput(str(why), where=str(path)) from why
    return found


def _show(answer: PlanAnswer) -> None:
    console = Console()
    for profile in answer.profiles:
        console.print(f"[bold]{profile.session}[/] at {profile.station}/{profile.evse}", highlight=False)
        console.print_json(msgspec.json.encode(profile.request).decode())
        for loss in profile.losses:
            console.print(f"  lost: {loss}", highlight=False)
    for battery in answer.batteries:
        steps = Table(title=f"battery {battery.battery}")
        steps.add_column("from, UTC")
        steps.add_column("kW, below 0 it gives", justify="right")
        for begin, power_w in battery.power_w:
            steps.add_row(f"{begin:%m-%d %H:%M}", f"{power_w / 1000:.2f}")
        console.print(steps)
    table = Table(title=f"plan of {answer.at:%Y-%m-%d %H:%M} UTC, goal {answer.goal}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_row("sessions", str(len(answer.profiles)))
    table.add_row("peak", f"{answer.peak_power_w / 1000:.2f} kW")
    table.add_row("energy that cannot be given", f"{answer.unmet_wh / 1000:.2f} kWh")
    table.add_row("engine", f"{answer.engine} ({answer.why})")
    table.add_row("objective", f"{answer.objective:.6g}")
    table.add_row("lower bound", "none" if answer.lower_bound is None else f"{answer.lower_bound:.6g}")
    table.add_row("gap", "not certified" if answer.gap is None else f"{answer.gap:.4%}")
    console.print(table)
    for line in answer.explanation:
        console.print(f"- {line}", highlight=False)
