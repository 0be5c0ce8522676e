"""An independent referee: the month's currents played again by acnportal's simulator, network and cars.

    python bench/referee.py [--python PATH] [--month caltech-2019-03] [--limit-kw 30] [--scenario II] [--write]

Our controller lives through the month in the harness; what it allowed in each slot is handed to acnportal 0.3.3 in a
process of its own, which knows nothing of chargewright: its own network of the site, its own constraint check, its own
cars and batteries. Both must deliver the same energy to every car, and its check must find nothing. Without --python a
virtual environment is made under .cache/referee from the package index that pip is set up for (acnportal needs a NumPy
below 2, so it cannot live in ours).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.evaluation import report
from bench.evaluation.data import CAR_W, Replay, load
from bench.evaluation.runs import OURS, for_energy
from bench.evaluation.world import SCENARIOS, Ideal, Network, Outcome, Scenario, TwoStage, battery_for, live

PINS = ("acnportal==0.3.3", "numpy<2", "setuptools<81")
"""acnportal imports pkg_resources, which newer setuptools have given up."""

HOME = Path(__file__).parents[1] / ".cache" / "referee"
SIDE = Path(__file__).parent / "referee_side.py"


def referee_python(given: str | None) -> Path:
    """Return a Python that has acnportal; make one where none is given."""
    if given:
        return Path(given)
    python = HOME / "bin" / "python"
    if not python.exists():
        venv.create(HOME, with_pip=True)
        done = subprocess.run([python, "-m", "pip", "install", "--quiet", *PINS], check=False)
        if done.returncode:
            sys.exit(f"the referee cannot be installed: pip could not get {', '.join(PINS)}")
    return python


def played(
    replay: Replay, out: Outcome, network: Network, scenario: Scenario, limit_kw: float
) -> dict[str, Any]:
    """What the referee needs to play the month: cars with their batteries, and the currents of every slot."""
    assert out.schedule_a is not None
    cars = []
    for visit in replay.visits:
        station = network.index[visit.station]
        battery: Ideal | TwoStage = Ideal(visit.energy_wh)
        if scenario.tails:
            battery = battery_for(
                visit.energy_wh,
                visit.departure_slot - visit.arrival_slot,
                voltage_v=float(network.voltage_v[station]),
            )
        cars.append(
            {
                "id": visit.id,
                "station": visit.station,
                "arrival": visit.arrival_slot,
                "departure": visit.departure_slot,
                "energy_kwh": visit.energy_wh / 1000,
                "capacity_kwh": battery.capacity_wh / 1000 if isinstance(battery, TwoStage) else None,
                "soc": battery.soc if isinstance(battery, TwoStage) else None,
            }
        )
    return {
        "site": replay.name.partition("-")[0],
        "limit_kw": limit_kw,
        "quantised": scenario.quantised,
        "car_kw": CAR_W / 1000,
        "stations": list(network.stations),
        "cars": cars,
        "schedule_a": out.schedule_a.tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="acnportal plays our month again.")
    parser.add_argument("--python", help="of an environment that has acnportal 0.3.3")
    parser.add_argument("--month", default="caltech-2019-03")
    parser.add_argument("--days", type=int, help="only the first so many days")
    parser.add_argument("--limit-kw", type=float, default=30.0)
    parser.add_argument("--scenario", default="II", choices=sorted(SCENARIOS))
    parser.add_argument("--controller", default=OURS)
    parser.add_argument("--write", action="store_true", help="into docs/results")
    options = parser.parse_args()
    python = referee_python(options.python)
    replay, scenario = load(options.month), SCENARIOS[options.scenario]
    if options.days:
        early = tuple(v for v in replay.visits if v.arrival_slot < 288 * options.days)
        replay = replace(replay, name=f"{replay.name}, {options.days} days", visits=early)
    network = Network(replay.network, options.limit_kw)
    controller = next(
        iter(
            for_energy(
                [options.controller],
                replay,
                network,
                limit_kw=options.limit_kw,
                quantised=scenario.quantised,
            )
        )
    )
    out = live(replay, network, controller, scenario=scenario, estimate=scenario.tails)
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "question.json", Path(folder) / "answer.json"
        question.write_text(json.dumps(played(replay, out, network, scenario, options.limit_kw)))
        subprocess.run([python, SIDE, question, answer], check=True)
        said = json.loads(answer.read_text())
    theirs = np.array([said["energy_kwh"][visit.id] for visit in replay.visits])
    apart = np.abs(theirs - out.energy_wh / 1000)
    row = {
        "month": replay.name,
        "asked": f"--month {options.month}" + (f" --days {options.days}" if options.days else ""),
        "controller": options.controller,
        "scenario": scenario.name,
        "limit_kw": options.limit_kw,
        "visits": len(replay.visits),
        "energy_kwh_harness": round(float(out.energy_wh.sum()) / 1000, 3),
        "energy_kwh_referee": round(float(theirs.sum()), 3),
        "most_apart_kwh_of_one_visit": round(float(apart.max()), 6),
        "overloads_harness": out.overloads,
        "overloads_referee": said["overloads"],
        "referee": said["referee"],
    }
    row["agree"] = bool(apart.max() < 1e-3 and out.overloads == said["overloads"])
    if options.write:
        key = "referee"
        kept = [
            r for r in report.read_runs().get(key, []) if report.referee_place(r) != report.referee_place(row)
        ]
        report.keep(key, sorted([*kept, row], key=report.referee_place))
        report.write_pages()
    print(json.dumps({"bench": "referee", **row}, indent=1))
    if not row["agree"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
