"""On real days the engine that `plan()` chooses is as close to HiGHS as it says. All days: bench/README.md."""

import pytest
from bench.evaluation.data import DATA
from bench.evaluation.every_day import GOALS, SITES, days_of, judge

DAYS = [
    ("caltech-2019-03", 4),
    ("caltech-2019-07", 9),
    ("jpl-2019-07", 9),
    ("office001", 6),
    ("norway-Bl2", 200),
]


@pytest.mark.skipif(not DATA.exists(), reason="the real sessions (../shared/data) are not here")
@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize(("site", "day"), DAYS)
def test_the_chosen_engine_keeps_its_promise_on_a_real_day(site, day, goal):
    _, limit_kw = SITES[site]
    found = judge(days_of(site).day(day), limit_kw, goal, engine="auto")
    assert found["visits"] > 0
    assert found["violations"] == 0
    assert found["holds"], found
