"""Runs the evaluation; bench/README.md explains the figures.

    python -m bench.evaluation energy --month caltech-2019-03 --limit-kw 20,30,50 --scenarios II,III
    python -m bench.evaluation profit --month caltech-2019-03
    python -m bench.evaluation every-day
    python -m bench.evaluation pages

`--write` puts the rows into docs/results/runs, where `pages` makes docs/results from them.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bench.evaluation import report
from bench.evaluation.data import Replay, Tariff, load
from bench.evaluation.every_day import every_day
from bench.evaluation.runs import (
    OURS,
    OURS_FAIR,
    OURS_FORETOLD,
    OURS_HINTED,
    OURS_TAUGHT,
    energy_rows,
    profit_rows,
)

ALL = f"uncontrolled,equal share,round robin,first come,earliest deadline,least laxity,{OURS},{OURS_FAIR},{OURS_FORETOLD},{OURS_HINTED},{OURS_TAUGHT}"


def main() -> None:
    options = _options()
    if options.what == "pages":
        report.write_pages()
        return
    commit = report.commit()
    if options.what == "every-day":
        rows = _heard(every_day(engine=options.engine, days_max=options.days_max))
        key = f"every-day-{options.engine}-{options.days_max or 'all'}"
    else:
        replay = _replay(options)
        rows = _heard(_rows(options, replay))
        key = f"{options.what}-{replay.name}-{options.knowledge}"
    if options.write:
        report.store(key, [{**row, "commit": commit} for row in rows])
        report.write_pages()
    print(json.dumps({"bench": "evaluation", "what": options.what, "key": key, "rows": rows}, indent=1))


def _rows(options: argparse.Namespace, replay: Replay) -> Iterable[dict[str, Any]]:
    names = [name.strip() for name in options.controllers.split(",")]
    scenarios = [name.strip() for name in options.scenarios.split(",")]
    limits = [float(kw) for kw in options.limit_kw.split(",")]
    if options.what == "energy":
        return energy_rows(
            replay, limits_kw=limits, scenarios=scenarios, names=names, knowledge=options.knowledge
        )
    return profit_rows(
        replay,
        Tariff.read(options.tariff),
        limit_kw=limits[0],
        scenarios=scenarios,
        names=names,
        knowledge=options.knowledge,
    )


def _replay(options: argparse.Namespace) -> Replay:
    replay = load(options.month)
    if not options.days:
        return replay
    wanted = {int(day) for day in options.days.split(",")}
    visits = tuple(v for v in replay.visits if v.arrival_slot // 288 in wanted)
    return replace(replay, name=f"{replay.name}-days-{options.days.replace(',', '-')}", visits=visits)


def _heard(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Collect the rows, and say each as it comes."""
    kept = []
    for row in rows:
        print(json.dumps(row), file=sys.stderr, flush=True)
        kept.append(row)
    return kept


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.evaluation", description="Controllers on real charging sessions."
    )
    parser.add_argument("what", choices=("energy", "profit", "every-day", "pages"))
    parser.add_argument("--month", default="caltech-2019-03")
    parser.add_argument("--days", default="", help="only visits that begin on these days, from 0")
    parser.add_argument("--limit-kw", default=None, help="the transformer, re-rated; default 20,30,50 or 150")
    parser.add_argument("--scenarios", default="II", help="II, III, IV, V")
    parser.add_argument("--controllers", default=ALL)
    parser.add_argument("--knowledge", choices=("true", "told"), default="true")
    parser.add_argument("--tariff", default="sce_tou_ev_4_march_2019")
    parser.add_argument("--engine", default="auto", help="every-day: the engine set beside HiGHS")
    parser.add_argument("--days-max", type=int, default=None, help="every-day: at most so many days a site")
    parser.add_argument("--write", action="store_true", help="into docs/results")
    options = parser.parse_args()
    if options.limit_kw is None:
        options.limit_kw = "150" if options.what == "profit" else "20,30,50"
    return options


if __name__ == "__main__":
    main()
