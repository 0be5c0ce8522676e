"""What cars gave back, in the reports of `simulate` and of `demo --once`: told where any was, and nowhere else."""

import json

import pytest
from tests.simulator.test_v2x import GIVER, Site

from chargewright.app.day_report import show_figures
from chargewright.app.simulate import _figures, _show
from chargewright.simulator.ev import Car
from chargewright.simulator.report import report_of

DAY = {
    "scenario": "a day",
    "currency": "EUR",
    "limit_violations": 0.0,
    "uncontrolled_seconds_above": 0.0,
    "peak_kw": 7.0,
    "uncontrolled_peak_kw": 9.0,
    "energy_requested_kwh": 40.0,
    "energy_delivered_kwh": 40.0,
    "uncontrolled_energy_delivered_kwh": 40.0,
    "offline_optimum_kwh": 40.0,
    "cost": 3.0,
    "uncontrolled_cost": 4.0,
} | dict.fromkeys(
    [f"profiles_{done}" for done in ("sent", "accepted", "verified", "diverged")]
    + ["transactions_recorded", "transactions_true", "messages_received", "messages_answered"],
    2,
)


def simulated(*periods):
    """The figures of a quarter of an hour in which one car is told this."""
    site = Site(Car(**GIVER))
    site.order((0, 0.0, None), id_=2, level=0, duration=None)
    site.order(*periods)
    site.wait(900)
    return _figures(report_of(site.world), csms="ws://somewhere", speed=1.0, refusals={})


def test_what_is_given_back_is_told_beside_what_is_delivered(capsys):
    figures = simulated((0, 16.0, None), (300, 0.0, 10.0), (600, 0.0, None))
    # 10 A on three conductors of 230 V for five minutes
    assert figures["energy_given_kwh"] == pytest.approx(10 * 0.69 / 12, abs=0.003)
    assert json.loads(json.dumps(figures["energy_given_kwh"])) == figures["energy_given_kwh"]
    _show(figures)
    assert f"energy_given_kwh\t{figures['energy_given_kwh']}\n" in capsys.readouterr().out


def test_where_nothing_was_given_back_only_the_figures_say_so(capsys):
    figures = simulated((0, 16.0, None))
    assert figures["energy_given_kwh"] == 0.0
    assert figures["energy_delivered_kwh"] > 0.0
    _show(figures)
    told = capsys.readouterr().out
    assert "energy_delivered_kwh\t" in told
    assert "given" not in told


@pytest.mark.parametrize(("given_kwh", "is_told"), [(1.25, True), (0.0, False)])
def test_the_day_tells_it_too(capsys, tmp_path, given_kwh, is_told):
    report = tmp_path / "day.json"
    figures = DAY | {"energy_given_kwh": given_kwh}
    show_figures(figures, report=report, as_json=False)
    told = [line.split() for line in capsys.readouterr().out.splitlines() if "given back" in line]
    assert ["1.25" in line for line in told] == ([True] if is_told else [])
    assert json.loads(report.read_text())["energy_given_kwh"] == given_kwh
    show_figures(figures, report=None, as_json=True)
    assert json.loads(capsys.readouterr().out) == figures
