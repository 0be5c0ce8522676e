"""Makes docs/results from stored runs: tables with their command, plots, and where we lose. The same runs, the same files."""

import json
import subprocess
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.evaluation.runs import OPTIMUM, OURS, OURS_FAIR, OURS_FORETOLD, OURS_HINTED, OURS_TAUGHT

__all__ = [
    "RESULTS",
    "UNNOTED",
    "commit",
    "keep",
    "of_sites",
    "read_runs",
    "referee_place",
    "store",
    "write_pages",
]

RESULTS = Path(__file__).parents[2] / "docs" / "results"
RUNS = RESULTS / "runs"

Row = dict[str, Any]

_ENERGY_COLUMNS = (
    ("controller", "controller"),
    ("demand_met_percent", "demand met %"),
    ("of_optimum_percent", "of optimum %"),
    ("fully_met_percent", "visits served in full %"),
    ("jain", "Jain"),
    ("worst_decile_percent", "worst tenth %"),
    ("peak_kw", "peak kW"),
    ("pauses_per_visit", "pauses a visit"),
    ("overloads", "overloads"),
)
_PROFIT_COLUMNS = (
    ("controller", "controller"),
    ("profit_usd", "profit USD"),
    ("of_optimum_percent", "of optimum %"),
    ("energy_cost_usd", "energy USD"),
    ("demand_charge_usd", "demand charge USD"),
    ("peak_kw", "peak kW"),
    ("demand_met_percent", "demand met %"),
    ("fully_met_percent", "visits served in full %"),
    ("overloads", "overloads"),
)
_WHAT_COUNTS = (
    ("demand_met_percent", "demand met", 1),
    ("profit_usd", "profit", 1),
    ("fully_met_percent", "visits served in full", 1),
    ("jain", "Jain's index", 1),
    ("worst_decile_percent", "the worst tenth", 1),
    ("pauses_per_visit", "pauses", -1),
)
"""(key, in words, 1: more is better)."""

WIDE = 1e-3
"""A stated gap above this is counted: plans of few slots that cars must follow as they stand, with a minimum current."""

UNNOTED = "before commits were noted"

_ALL_OURS = (OURS, OURS_FAIR, OURS_FORETOLD, OURS_HINTED, OURS_TAUGHT)

_SCENARIOS = {
    "I": "the optimum's world",
    "II": "any current, ideal battery",
    "III": "only the stations' currents, ideal battery",
    "IV": "any current, battery with a tail",
    "V": "only the stations' currents, battery with a tail",
}
_COLOURS = {
    OPTIMUM: "#888888",
    OURS: "#1a9850",
    OURS_FAIR: "#66c2a5",
    OURS_FORETOLD: "#006837",
    OURS_HINTED: "#66c2a5",
    OURS_TAUGHT: "#006837",
    "uncontrolled": "#d73027",
    "equal share": "#4575b4",
    "round robin": "#4575b4",
    "first come": "#b07aa1",
    "earliest deadline": "#f28e2b",
    "least laxity": "#c5a000",
}


def commit() -> str:
    """Of which state of the project rows speak that are made now; results beside it are no change."""
    here = Path(__file__).parents[2]

    def said(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True).stdout

    changed = said("status", "--porcelain", "--", "src", "bench").strip()
    return said("describe", "--always", "--abbrev=8").strip() + (", changed" if changed else "")


def store(key: str, rows: Sequence[Row]) -> None:
    """Keep a run; rows of the same scenario, limit and controller replace older ones, others stay.

    Of every day a row per site and goal is kept, as `of_sites` makes it.
    """
    if key.startswith("every-day"):
        kept = of_sites(rows)
    else:
        merged = {_place(row): row for row in (read_runs().get(key, []) + list(rows))}
        kept = [merged[place] for place in sorted(merged)]
    keep(key, kept)


def keep(key: str, rows: Sequence[Row]) -> None:
    """Write a run's rows as they are."""
    RUNS.mkdir(parents=True, exist_ok=True)
    (RUNS / f"{key}.json").write_text(json.dumps(list(rows), indent=1, sort_keys=True) + "\n")


def referee_place(row: Row) -> tuple[str, str, str, float]:
    """Say which question of the referee a row answers."""
    return str(row["month"]), str(row["controller"]), str(row["scenario"]), float(row["limit_kw"])


def of_sites(rows: Sequence[Row]) -> list[Row]:
    """Put the days of each site and goal into one row; days that broke their promise stay in it by number."""
    found = []
    for site, goal in sorted({(row["site"], row["goal"]) for row in rows}):
        own = [row for row in rows if (row["site"], row["goal"]) == (site, goal)]
        found.append(
            {
                "site": site,
                "goal": goal,
                "days": len(own),
                "holds": sum(row["holds"] for row in own),
                "broke_on_days": [row["day"] for row in own if not row["holds"]],
                "violations": sum(row["violations"] for row in own),
                "gap_max": max((row["gap"] or 0.0) for row in own),
                "gaps_above_promille": sum((row["gap"] or 0.0) > WIDE for row in own),
                "true_gap_max": max(row["true_gap"] for row in own),
                "engines": {
                    e: sum(r["engine"] == e for r in own) for e in sorted({r["engine"] for r in own})
                },
            }
        )
    return found


def read_runs() -> dict[str, list[Row]]:
    """Return the rows of every stored run."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(RUNS.glob("*.json"))}


def write_pages() -> None:
    """Write every page whose runs are there."""
    runs = read_runs()
    RESULTS.mkdir(parents=True, exist_ok=True)
    for what, title, columns, lead in (
        ("energy", "Energy under a tight limit", _ENERGY_COLUMNS, _ENERGY_LEAD),
        ("profit", "Profit with a demand charge", _PROFIT_COLUMNS, _PROFIT_LEAD),
    ):
        own = {key: rows for key, rows in runs.items() if key.startswith(what)}
        if own:
            parts = [f"# {title}\n\n{lead}"]
            for key, rows in own.items():
                parts += _month(what, key, rows, columns)
            (RESULTS / f"{what}.md").write_text("\n".join(parts).rstrip() + "\n")
    days = {key: rows for key, rows in runs.items() if key.startswith("every-day")}
    if days:
        (RESULTS / "every-day.md").write_text(_every_day(days))
    if "referee" in runs:
        (RESULTS / "referee.md").write_text(_referee(runs["referee"]))
    (RESULTS / "index.md").write_text(_index(runs))


def _index(runs: dict[str, list[Row]]) -> str:
    """All months at a glance: ours, the best that keeps the limits, and the optimum."""
    parts = [f"# Results\n\n{_INDEX_LEAD}"]
    for what, title, key in (
        ("energy", "[Energy under a tight limit](energy.md): demand met, %", "demand_met_percent"),
        ("profit", "[Profit with a demand charge](profit.md): USD a month", "profit_usd"),
    ):
        lines = [
            f"## {title}\n",
            "| month | known | scenario | kW | ours | best classical controller | offline optimum | ours, of optimum |",
            "|---|---|---|---:|---:|---:|---:|---:|",
        ]
        for name, rows in runs.items():
            if not name.startswith(what):
                continue
            month, knowledge = name.removeprefix(f"{what}-").rsplit("-", 1)
            for own in (row for row in rows if row["controller"] in {OURS, OURS_TAUGHT}):
                beside = [r for r in rows if r["limit_kw"] == own["limit_kw"]]
                best = next(r for r in beside if r["controller"] == OPTIMUM)
                others = [
                    r
                    for r in beside
                    if r["scenario"] == own["scenario"]
                    and r["controller"] not in {*_ALL_OURS, OPTIMUM}
                    and not r["overloads"]
                ]
                rival = max(others, key=lambda r: float(r[key]), default=None)
                theirs = f"{rival[key]:.2f} ({rival['controller']})" if rival else "-"
                how = "" if own["controller"] == OURS else f" {own['controller'].removeprefix('ours ')}"
                lines.append(
                    f"| {month} | {knowledge} | {own['scenario']} | {own['limit_kw']:g} | **{own[key]:.2f}**{how} | {theirs} "
                    f"| {best[key]:.2f} | {own['of_optimum_percent']:.2f} % |"
                )
        if len(lines) > 3:
            parts.append("\n".join(lines) + "\n")
    for name, words in (
        ("every-day.md", "Every real day beside HiGHS"),
        ("referee.md", "What an independent referee finds"),
    ):
        if (RESULTS / name).exists():
            parts.append(f"- [{words}]({name})")
    return "\n".join(parts).rstrip() + "\n"


def _month(what: str, key: str, rows: list[Row], columns: Sequence[tuple[str, str]]) -> Iterable[str]:
    month, knowledge = key.removeprefix(f"{what}-").rsplit("-", 1)
    known = "true departures and energies known" if knowledge == "true" else "only what drivers said is known"
    yield f"\n## {month}, {known}\n"
    scenarios = sorted({row["scenario"] for row in rows} - {"I"})
    limits_of = {
        scenario: sorted({row["limit_kw"] for row in rows if row["scenario"] == scenario})
        for scenario in scenarios
    }
    name, _, days = month.partition("-days-")
    asked = f"--month {name}" + (f" --days {days.replace('-', ',')}" if days else "")
    yield "```sh"
    for shown in sorted({",".join(f"{kw:g}" for kw in limits) for limits in limits_of.values()}):
        alike = [s for s in scenarios if ",".join(f"{kw:g}" for kw in limits_of[s]) == shown]
        yield (
            f"python -m bench.evaluation {what} {asked} --knowledge {knowledge} "
            f"--limit-kw {shown} --scenarios {','.join(alike)} --write"
        )
    yield "```\n"
    for scenario in scenarios:
        limits = limits_of[scenario]
        if what == "energy" and len(limits) > 1:
            name = f"{key}-{scenario}.svg"
            (RESULTS / name).write_text(_curves(rows, scenario, limits))
            yield f"![Demand met by transformer limit, scenario {scenario}]({name})\n"
        for limit in limits:
            here = [r for r in rows if r["limit_kw"] == limit and r["scenario"] in {"I", scenario}]
            yield f"### Scenario {scenario} at {limit:g} kW: {_SCENARIOS[scenario]}\n"
            yield _table(sorted(here, key=_worth(what)), columns)
            yield _wins_and_losses(here, what)
            yield _commits(here)
    if what == "profit":
        name = f"{key}.svg"
        (RESULTS / name).write_text(_bars(rows, scenarios))
        yield f"![Profit as a share of the offline optimum]({name})\n"


def _commits(rows: Sequence[Row]) -> str:
    """Of which state of the project each row of a table speaks."""
    by_commit: dict[str, list[str]] = {}
    for row in rows:
        by_commit.setdefault(row.get("commit", UNNOTED), []).append(row["controller"])
    if len(by_commit) == 1:
        return f"Commit: {next(iter(by_commit))}.\n"
    said = (f"{commit} ({', '.join(sorted(names))})" for commit, names in sorted(by_commit.items()))
    return f"Commits: {'; '.join(said)}.\n"


def _worth(what: str) -> Callable[[Row], float]:
    return lambda row: -float(row["demand_met_percent" if what == "energy" else "profit_usd"])


def _table(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> str:
    lines = [
        "| " + " | ".join(title for _, title in columns) + " |",
        "|---|" + "---:|" * (len(columns) - 1),
    ]
    for row in rows:
        cells = [_cell(row.get(key)) for key, _ in columns]
        if row["controller"] in _ALL_OURS:
            cells = [f"**{cell}**" for cell in cells]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _wins_and_losses(rows: Sequence[Row], what: str) -> str:
    """One line for each side: against every other controller that breaks no limit."""
    ours = next((row for row in rows if row["controller"] == OURS), None)
    others = [r for r in rows if r["controller"] not in {*_ALL_OURS, OPTIMUM} and not r.get("overloads")]
    if ours is None or not others:
        return ""
    wins, losses = [], []
    for key, words, sign in _WHAT_COUNTS:
        if key not in ours or (key == "profit_usd" and what != "profit"):
            continue
        best = max(others, key=lambda row: sign * float(row[key]))
        mine, theirs = float(ours[key]), float(best[key])
        line = f"{words} {_cell(ours[key])} against {_cell(best[key])} ({best['controller']})"
        if sign * mine > sign * theirs:
            wins.append(line)
        elif mine != theirs:
            losses.append(line)
    found = f"Better than every other that keeps the limits: {'; '.join(wins) or 'nothing'}.\n"
    found += f"Worse than the best of them: {'; '.join(losses) or 'nothing'}.\n"
    missed = ours.get("overloads", 0) + ours.get("plans_refused", 0) + ours.get("unknown_currents", 0)
    return found + (f"Our plans that broke a limit or were refused: {missed}.\n" if missed else "")


def _every_day(days: dict[str, list[Row]]) -> str:
    parts = [f"# Every real day beside HiGHS\n\n{_EVERY_DAY_LEAD}"]
    for key, rows in days.items():
        engine, most = key.removeprefix("every-day-").rsplit("-", 1)
        asked = f"every-day --engine {engine}" + ("" if most == "all" else f" --days-max {most}")
        title = "all days" if most == "all" else f"the first {most} of each month or garage"
        parts.append(
            f"\n## Engine {engine}, {title}\n\n```sh\npython -m bench.evaluation {asked} --write\n```\n"
        )
        held, plans = (sum(row[name] for row in rows) for name in ("holds", "days"))
        wide = sum(row["gaps_above_promille"] for row in rows)
        parts.append(
            f"The promise holds in {held} of {plans} plans; limits broken: {sum(r['violations'] for r in rows)}; "
            f"stated gaps above {WIDE:.1%}: {wide}.\n"
        )
        lines = [
            "| site | goal | days | holds | largest stated gap | largest true gap | engines |",
            "|---|---|---:|---:|---:|---:|---|",
        ]
        for row in rows:
            engines = ", ".join(f"{engine} {count}" for engine, count in row["engines"].items())
            lines.append(
                f"| {row['site']} | {row['goal']} | {row['days']} | {row['holds']} | {row['gap_max']:.1e} "
                f"| {row['true_gap_max']:.1e} | {engines} |"
            )
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts).rstrip() + "\n"


def _referee(rows: Sequence[Row]) -> str:
    lines = [
        "# What an independent referee finds\n",
        _REFEREE_LEAD,
        "| month | controller | scenario | kW | visits | kWh, harness | kWh, referee | most apart, one visit | overloads, harness | overloads, referee |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r['month']} | {r['controller']} | {r['scenario']} | {r['limit_kw']:g} | {r['visits']} "
        f"| {r['energy_kwh_harness']:.3f} | {r['energy_kwh_referee']:.3f} "
        f"| {r['most_apart_kwh_of_one_visit']:.6f} kWh | {r['overloads_harness']} | {r['overloads_referee']} |"
        for r in rows
    ]
    lines.append("\nEach row is made by\n\n```sh")
    lines += [
        f"python bench/referee.py {r['asked']} --controller '{r['controller']}' "
        f"--scenario {r['scenario']} --limit-kw {r['limit_kw']:g} --write"
        for r in rows
    ]
    return "\n".join([*lines, "```"]) + "\n"


# --- plots, legible on light and dark alike: grey text, no ground ---


def _curves(rows: Sequence[Row], scenario: str, limits: Sequence[float]) -> str:
    names = [
        name
        for name in _COLOURS
        if any(r["controller"] == name and r["scenario"] in {"I", scenario} for r in rows)
    ]
    names = [name for name in names if name != "uncontrolled"]
    values = {
        name: [
            next(
                (
                    float(r["demand_met_percent"])
                    for r in rows
                    if r["controller"] == name and r["limit_kw"] == kw and r["scenario"] in {"I", scenario}
                ),
                None,
            )
            for kw in limits
        ]
        for name in names
    }
    low = 10 * int(min(v for own in values.values() for v in own if v is not None) // 10)
    x = {kw: 60 + 420 * (kw - limits[0]) / (limits[-1] - limits[0]) for kw in limits}

    def y(percent: float) -> float:
        return 250 - 220 * (percent - low) / (100 - low)

    body = [_text(20, 16, "demand met, %"), _text(480, 285, "transformer, kW", end=True)]
    for percent in range(low, 101, 10):
        body.append(f'<path d="M60 {y(percent):.1f}H480" stroke="#888" stroke-opacity=".25"/>')
        body.append(_text(52, y(percent) + 4, str(percent), end=True))
    body += [_text(x[kw] - 8, 267, f"{kw:g}") for kw in limits]
    for place, name in enumerate(names):
        points = [(x[kw], y(v)) for kw, v in zip(limits, values[name], strict=True) if v is not None]
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        dash = ' stroke-dasharray="5 3"' if name == OPTIMUM else ""
        body.append(
            f'<polyline points="{line}" fill="none" stroke="{_COLOURS[name]}" stroke-width="2"{dash}/>'
        )
        body += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{_COLOURS[name]}"/>' for a, b in points]
        body.append(f'<rect x="500" y="{40 + 20 * place}" width="12" height="4" fill="{_COLOURS[name]}"/>')
        body.append(_text(518, 46 + 20 * place, name))
    return _svg(660, 295, body)


def _bars(rows: Sequence[Row], scenarios: Sequence[str]) -> str:
    body, top = [_text(20, 16, "profit, % of the offline optimum")], 36
    for scenario in scenarios:
        body.append(_text(20, top + 8, f"scenario {scenario}"))
        top += 16
        own = [r for r in rows if r["scenario"] == scenario]
        for row in sorted(own, key=_worth("profit")):
            share = max(float(row["of_optimum_percent"]), 0.0)
            body.append(
                f'<rect x="150" y="{top}" width="{4 * share:.1f}" height="12" fill="{_COLOURS[row["controller"]]}"/>'
            )
            body.append(_text(142, top + 10, row["controller"], end=True))
            body.append(_text(156 + 4 * share, top + 10, f"{row['of_optimum_percent']:.1f}"))
            top += 18
        top += 10
    return _svg(620, top, body)


def _text(x: float, y: float, words: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{anchor}>{words}</text>'


def _svg(width: int, height: int, body: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        'font-family="sans-serif" font-size="12" fill="#888">'
    )
    return "\n".join([head, *body, "</svg>"]) + "\n"


def _place(row: Row) -> tuple[str, float, str]:
    return str(row["scenario"]), float(row["limit_kw"]), str(row["controller"])


_SOURCE = """The sessions are real (ACN-Data of Caltech and JPL, CC BY 4.0; Lee, Li, Low, e-Energy 2019), played on a virtual
clock in slots of five minutes, with the site's own wires. Every figure, ours too, is judged by the harness's own phasor
sums over the network file."""

_INDEX_LEAD = f"""What the planner makes of real months of charging, beside the classical controllers and the offline optimum.

{_SOURCE} Scenarios: II any current and ideal batteries, III only the currents that the stations know, IV batteries with a
tail, V both. The pages name the command of each table; the rows lie in `docs/results/runs`. Stations, messages and delays
are not part of it: cars here draw what the plan says, at once. In II and IV that is the plan as it was solved; in III
and V the numbers that would be sent.
"""

_ENERGY_LEAD = f"""How much of what drivers wanted reaches the cars when the transformer is re-rated far below their number.

{_SOURCE}

- **Demand met** is energy delivered over energy wanted. **Of optimum**: over what the offline optimum delivers, which
  knows every arrival beforehand, in a world where any current is possible and batteries are ideal.
- **Jain** and **worst tenth** are taken over each visit's share of its wish.
- **Overloads** counts rows times slots above their limit. Only `uncontrolled` may have any.
- **Pauses a visit** counts how often a car that drew current was told 0 A before it had its energy.
- Tables of a few days (counted from 0) can be made again in a minute or two; they are no month.

Published for scale (Caltech, September 2018, 30 kW; J. Lee et al., "Adaptive Charging Networks", arXiv:2012.02636):
offline optimum 73.9, adaptive scheduling 73.5 in scenario II and 64.2 in scenario V, least laxity 59.7 and 61.3.
"""

_PROFIT_LEAD = f"""A month's profit at 0.30 USD a kWh sold, tariff SCE TOU-EV-4 with its charge of 15.51 USD per kW of
the month's peak, behind 150 kW.

{_SOURCE} The offline optimum is one linear program over the whole month. **Ours** knows nothing
of the days before the month: on its first day a new peak costs a day's part of the charge, then the peak is expected that the
days so far would have paid for, looked at anew each midnight, as in the product (`csms/expected_peak.py`). **An earlier
month seen** knows the visits of the newest earlier month in the data as well, and none of later ones: that is a site which
did not open yesterday. **Peak hinted** is told the optimum's peak, which nobody can know.

Published for scale (Caltech, September 2018, arXiv:2012.02636), of the offline optimum: adaptive scheduling 96.5 % in
scenario II and 88.7 % in scenario V (98.1 and 89.8 % when it was told a good peak beforehand), least laxity 58 to 61 %,
uncontrolled 21 to 26 %.
"""

_EVERY_DAY_LEAD = """Each day of the real sessions, planned as if all its visits were known in its first minute, once with
the engine that `plan()` chooses and once with HiGHS. The promise of a plan is its certified gap: it holds if HiGHS's plan
is no further below than that, and not below the stated bound. The office's wires carry visits lent from Caltech (there
are no sessions of its own); the Norwegian garages stand on a simple tree of feeders. Transformers are re-rated so that
they bind. Where a plan has no later slots to make up for it (a visit of a few minutes), the minimum current of 6 A is settled
too, and the stated gap is wide: it is measured against a plan without minimum."""

_REFEREE_LEAD = """The harness is ours, so somebody else should judge it. acnportal 0.3.3 (Caltech's simulator, BSD-3-Clause) plays
the currents of a whole month again, in a process of its own: with its own definition of the site's network, its own
check of the limits, its own cars and batteries. What it delivers to each car and what it finds overloaded is set beside
the harness's figures. An uncontrolled month shows that both see overloads where there are some.
"""
