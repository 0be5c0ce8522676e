"""Makes docs/results/replay.md from the replays that were stored with `--write`. The same replays, the same page."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.evaluation.report import UNNOTED

__all__ = ["keep", "write_page"]

RESULTS = Path(__file__).parents[1] / "docs" / "results"
REPLAYS = RESULTS / "replays"

ENERGY_MUST, MESSAGES_MUST, PROFIT_MUST = 0.91, 8.0, 0.92

TRUTH_ALONE = {"caltech-2019-03"}
"""Sets that hold what came true, and not what drivers had said."""

Row = dict[str, Any]

HEAD = """# Through OCPP: what reaches the cars

Recorded sessions through the whole product: the central system in one process, a simulated OCPP 1.6 station an EVSE over
loopback sockets; cars, batteries and wires each second on a virtual clock. Stations offer only the currents that their
hardware knows, batteries have a slow second stage, and the central system hears what drivers said (many said nothing,
most who said something were wrong), not what came true. It learns as it goes, from nothing where the table says 0 stays.
No driver is known again: the data name none.

The share is of the offline optimum, which knows all arrivals and has ideal cars, hardware and stations. Published for
scale (Caltech, September 2018, arXiv:2012.02636, scenario V in a simulator without messages, departures known): 87 % of
the optimum's energy at 30 kW, and 88.7 % of its profit (89.8 % with a hint).

Made by `python bench/replay.py ... --write`; every line has its command and its commit, the rows lie in `docs/results/replays`.
"""


def keep(row: Row) -> None:
    """Store a replay under what was asked; one that is there already is replaced."""
    REPLAYS.mkdir(parents=True, exist_ok=True)
    name = "-".join(word.strip("-") for word in row["command"].split()) or "default"
    (REPLAYS / f"{name}.json").write_text(json.dumps(row, indent=1, sort_keys=True) + "\n")


def write_page() -> None:
    """Write the page anew."""
    rows = [json.loads(path.read_text()) for path in sorted(REPLAYS.glob("*.json"))]
    for_energy = [row for row in rows if row["tariff"] is None]
    for_profit = [row for row in rows if row["tariff"] is not None]
    parts = [HEAD]
    if for_energy:
        parts += ["\n## Energy\n", _energy(for_energy)]
    if for_profit:
        parts += ["\n## Profit with a demand charge\n", _profit(for_profit)]
    parts += ["\n## Commands\n", *(_command(row) for row in rows)]
    (RESULTS / "replay.md").write_text("\n".join(parts) + "\n")


def _energy(rows: Sequence[Row]) -> str:
    head = (
        "| sessions | days | kW | goal | told | stays known before | of optimum | wanted, met | above a limit, s | "
        "profile messages per session-hour | CPU, min |"
    )
    lines = (
        f"| {row['set']} from {row['first']} | {row['days']} | {row['limit_kw']:g} | {row['goal']} | {_told(row)} | "
        f"{row['stays_known'] if row['learning'] else '-'} | {_judged(row['share_of_optimum'], ENERGY_MUST)} | "
        f"{100 * row['energy_delivered_kwh'] / row['energy_wanted_kwh']:.1f} % | {row['seconds_above']:g} | "
        f"{row['profile_messages_per_session_hour']:.2f}{_missed(row, MESSAGES_MUST)} | {row['cpu_s'] / 60:.1f} |"
        for row in sorted(rows, key=_place)
    )
    asked = (
        f"Asked for: {ENERGY_MUST:.0%} of the optimum, no second above, at most {MESSAGES_MUST:g} messages."
    )
    return "\n".join([asked, "", head, "|---|---:|---:|---|---|---:|---:|---:|---:|---:|---:|", *lines, ""])


def _profit(rows: Sequence[Row]) -> str:
    head = (
        "| sessions | days | kW | tariff | told | stays known before | peak expected | profit USD | of optimum | energy USD | demand USD | "
        "peak kW | wanted, met | above a limit, s | profile messages per session-hour |"
    )
    lines = (
        f"| {row['set']} from {row['first']} | {row['days']} | {row['limit_kw']:g} | {row['tariff']} | {_told(row)} | "
        f"{row['stays_known']} | {_peak(row)} | {row['profit_usd']:.2f} | {_judged(row['share_of_optimum_profit'], PROFIT_MUST)} | "
        f"{row['energy_cost_usd']:.2f} | {row['demand_charge_usd']:.2f} | {row['peak_5min_kw']:.2f} | "
        f"{100 * row['energy_delivered_kwh'] / row['energy_wanted_kwh']:.1f} % | {row['seconds_above']:g} | "
        f"{row['profile_messages_per_session_hour']:.2f}{_missed(row, MESSAGES_MUST)} |"
        for row in sorted(rows, key=_place)
    )
    asked = f"Asked for: {PROFIT_MUST:.0%} of the optimum's profit."
    return "\n".join([asked, "", head, "|---|---:|---:|---|---|---:|---|" + "---:|" * 8, *lines, ""])


def _place(row: Row) -> tuple[Any, ...]:
    return -row["days"], row["set"], row["first"], row["goal"], row["inputs"], not row["learning"], _peak(row)


def _command(row: Row) -> str:
    return f"- `python bench/replay.py {row['command']}` (commit: {row.get('commit', UNNOTED)})"


def _peak(row: Row) -> str:
    told_kw = row.get("peak_told_kw")
    if told_kw is None:
        return "learnt"
    return f"{told_kw:g} kW, told" if told_kw else "none"


def _told(row: Row) -> str:
    told = {"said": "what drivers said", "true": "the truth"}[row["inputs"]]
    if row["set"] in TRUTH_ALONE:
        told = "the truth, learnt all the same"
    return told if row["learning"] else f"{told}, nothing learnt"


def _judged(share: float, must: float) -> str:
    return f"**{share:.1%}**" if share >= must else f"{share:.1%} (short)"


def _missed(row: Row, most: float) -> str:
    return "" if row["profile_messages_per_session_hour"] <= most else " (too many)"
