from math import sqrt

import numpy as np
import pytest
from bench.evaluation.data import Replay
from bench.evaluation.ours import Planned
from bench.evaluation.world import SCENARIOS, Network, live

from chargewright.charging.planner.weights import Goal

from .garages import RATES, START, lines, visit

LIMIT_A = 20.0


@pytest.fixture
def delta():
    visits = tuple(visit(station, 0, 6) for station in range(3))
    return Replay(
        name="t", network=lines(limit_a=LIMIT_A, stations=3), start=START, visits=visits, left_out={}
    )


def lived(replay, scenario):
    network = Network(replay.network)
    quantised = SCENARIOS[scenario].quantised
    ours = Planned("ours", replay, network, limit_kw=0.0, goal=Goal.ENERGY, quantised=quantised)
    return live(replay, network, ours, scenario=SCENARIOS[scenario]), ours


def test_where_any_current_is_possible_nothing_is_lost_to_tenths(delta):
    out, _ = lived(delta, "II")
    # three alike cars between three lines: each line carries sqrt(3) times the current of a car
    assert out.schedule_a[0] == pytest.approx([LIMIT_A / sqrt(3)] * 3, abs=1e-2)
    assert out.schedule_a[:6].sum() == pytest.approx(18 * LIMIT_A / sqrt(3), rel=1e-4)
    assert out.overloads == 0


def test_where_stations_know_some_currents_these_are_what_is_drawn(delta):
    out, ours = lived(delta, "V")
    assert set(np.unique(out.schedule_a)) <= set(RATES)
    # 11.5 A each would fit, 12 A would not
    assert out.schedule_a[0].sum() >= 33.0
    assert (out.overloads, ours.refused) == (0, 0)
