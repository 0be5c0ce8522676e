"""The referee's side of bench/referee.py: run by a Python that has acnportal, and nothing of ours.

    python referee_side.py QUESTION.json ANSWER.json

Plays given currents through acnportal's simulator, on acnportal's own network of the site.
"""

import json
import sys
import warnings
from datetime import datetime, timezone
from pathlib import Path

import acnportal
import numpy as np
from acnportal.acnsim import Simulator
from acnportal.acnsim.events import EventQueue, PluginEvent
from acnportal.acnsim.models import EV, Battery, Linear2StageBattery
from acnportal.acnsim.network.sites import caltech_acn, jpl_acn
from acnportal.algorithms import BaseAlgorithm


class Replayed(BaseAlgorithm):
    """Says in every slot what was decided elsewhere."""

    def __init__(self, stations, schedule_a):
        super().__init__()
        self.max_recompute = 1
        self._stations = stations
        self._schedule_a = schedule_a

    def schedule(self, active_sessions):  # noqa: ARG002 - acnportal's signature
        slot = self.interface.current_time
        row = self._schedule_a[slot] if slot < len(self._schedule_a) else [0.0] * len(self._stations)
        return {name: [current] for name, current in zip(self._stations, row)}  # noqa: B905 - old Pythons serve too


def main():
    question = json.loads(Path(sys.argv[1]).read_text())
    if question["site"] == "caltech":
        network = caltech_acn(basic_evse=not question["quantised"], transformer_cap=question["limit_kw"])
    else:
        network = jpl_acn(basic_evse=not question["quantised"])
    events = EventQueue()
    cars = {}
    for car in question["cars"]:
        if car["capacity_kwh"] is None:
            battery = Battery(car["energy_kwh"], 0, question["car_kw"])
        else:
            battery = Linear2StageBattery(
                car["capacity_kwh"], car["soc"] * car["capacity_kwh"], question["car_kw"]
            )
        cars[car["id"]] = EV(
            car["arrival"], car["departure"], car["energy_kwh"], car["station"], car["id"], battery
        )
        events.add_event(PluginEvent(car["arrival"], cars[car["id"]]))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        simulator = Simulator(
            network,
            Replayed(question["stations"], question["schedule_a"]),
            events,
            datetime(2019, 3, 1, tzinfo=timezone.utc),  # noqa: UP017 - old Pythons serve too
            period=5,
            verbose=False,
        )
        simulator.run()
    refused = [str(one.message) for one in heard if "Invalid schedule" in str(one.message)]
    allowed = np.array(question["schedule_a"]).T
    order = [question["stations"].index(name) for name in network.station_ids]
    sums = np.abs(network.constraint_current(allowed[order]))
    over = sums > network.magnitudes[:, None] + network.violation_tolerance
    Path(sys.argv[2]).write_text(
        json.dumps(
            {
                "referee": f"acnportal {acnportal.__version__ if hasattr(acnportal, '__version__') else '0.3.3'}",
                "energy_kwh": {name: float(car.energy_delivered) for name, car in cars.items()},
                "overloads": int(over.sum()),
                "slots_refused": len(refused),
                "first_refusal": refused[:1],
            }
        )
    )


if __name__ == "__main__":
    main()
