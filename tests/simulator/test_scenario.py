import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from chargewright.errors import InvalidInput
from chargewright.simulator.physics import wiring_of
from chargewright.simulator.report import uncontrolled
from chargewright.simulator.scenario import read_network, read_sessions, scenario_of_sessions, workplace
from chargewright.simulator.scenario_file import read_scenario, scenario_of_json, scenario_to_json
from chargewright.simulator.world import check_scenario

NETWORK = {
    "name": "car park",
    "stations": [
        {"id": name, "voltage_v": 208, "phase_angle_deg": angle, "max_rate_a": 32}
        for name, angle in (("S1", 30.0), ("S2", -90.0), ("S3", 150.0))
    ],
    "constraints": [
        {"name": "Secondary A", "limit_a": 100.0, "coefficients": {"S1": 1, "S2": -1, "S3": 0.5}}
    ],
    "parameters": {"transformer_kw": 30},
}


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "network.json"
    path.write_text(json.dumps(NETWORK))
    return read_network(path)


def slots(tmp_path, *rows):
    path = tmp_path / "sessions.csv"
    lines = [
        "arrival_slot,departure_slot,session_id,station_id,requested_energy_kwh,estimated_departure_slot"
    ]
    path.write_text("\n".join(lines + [",".join(map(str, row)) for row in rows]))
    return read_sessions(path)


DAY = 288  # slots of five minutes
EIGHT = 96


def test_slots_are_five_minutes_of_los_angeles_since_march_2019(tmp_path):
    (row,) = slots(tmp_path, (EIGHT, EIGHT + 12, "a", "S1", 6.5, EIGHT + 12))
    assert row.arrival == datetime(2019, 3, 1, 16, 0, tzinfo=UTC)
    assert row.departure - row.arrival == timedelta(hours=1)
    assert row.energy_wh == 6_500


def test_the_other_form_has_times_and_may_be_compressed(tmp_path):
    path = tmp_path / "sessions.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(
            "arrival,departure,requested_energy,delivered_energy,station_id,session_id,estimated_departure,claimed\n"
            "2020-02-03 08:00:00-08:00,2020-02-03 10:30:00-08:00,7.25,7.0,S1,x,,True\n"
        )
    (row,) = read_sessions(path)
    assert row.arrival == datetime(2020, 2, 3, 16, 0, tzinfo=UTC)
    assert (row.id, row.station_id, row.energy_wh, row.energy_told_wh) == ("x", "S1", 7_000, 7_250)
    assert row.departure_told == row.departure


def test_what_a_driver_said_is_kept_apart_from_what_came_true_and_silence_is_kept(tmp_path):
    path = tmp_path / "sessions.csv"
    path.write_text(
        "arrival,departure,requested_energy (kWh),delivered_energy (kWh),station_id,session_id,estimated_departure,claimed\n"
        "2020-02-03 08:00-08:00,2020-02-03 10:30-08:00,20.0,7.0,S1,a,2020-02-03 12:00-08:00,True\n"
        "2020-02-03 09:00-08:00,2020-02-03 11:30-08:00,6.0,6.0,S2,b,2020-02-03 11:30-08:00,False\n"
    )
    said, silent = read_sessions(path)
    assert (said.energy_wh, said.energy_told_wh) == (7_000, 20_000)
    assert said.departure_told == datetime(2020, 2, 3, 20, 0, tzinfo=UTC)
    assert (silent.energy_wh, silent.energy_told_wh, silent.departure_told) == (6_000, None, None)


def test_hardware_knows_the_rates_of_the_network_unless_any_current_will_do(tmp_path, network):
    rows = slots(tmp_path, (EIGHT, EIGHT + 24, "a", "S1", 5, 0))
    stations = [station | {"allowable_rates_a": [0, 8, 16, 24, 32]} for station in network["stations"]]
    listed = network | {"stations": stations}
    assert all(s.rates_a is None for s in scenario_of_sessions(rows, listed, limit_kw=None).stations)
    built = scenario_of_sessions(rows, listed, limit_kw=None, continuous=False, versions=("ocpp2.1",))
    assert {s.rates_a for s in built.stations} == {(0.0, 8.0, 16.0, 24.0, 32.0)}
    assert {s.version for s in built.stations} == {"ocpp2.1"}
    assert built.site["continuous"] is False


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "arrival,departure,requested_energy,station_id\nsoon,later,1,S1\n"]
)
def test_a_file_that_cannot_be_read_says_which(tmp_path, text):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"bad\.csv"):
        read_sessions(path)


def test_the_busiest_day_is_replayed_and_the_rest_left_out(tmp_path, network):
    rows = slots(
        tmp_path,
        (EIGHT, EIGHT + 24, "a", "S1", 5, 0),
        (DAY + EIGHT, DAY + EIGHT + 24, "b", "S1", 5, 0),
        (DAY + EIGHT, DAY + EIGHT + 24, "c", "S2", 5, 0),
    )
    scenario = scenario_of_sessions(rows, network, limit_kw=10)
    assert [a.station_id for a in scenario.arrivals] == ["S1", "S2"]
    assert scenario.start == datetime(2019, 3, 2, 8, 0, tzinfo=UTC)
    assert scenario.site["limit_kw"] == 10
    other = scenario_of_sessions(rows, network, limit_kw=10, day=date(2019, 3, 1))
    assert len(other.arrivals) == 1


def test_unknown_stations_empty_wishes_and_touched_plugs_are_dropped_and_counted(tmp_path, network):
    rows = slots(
        tmp_path,
        (EIGHT, EIGHT + 24, "a", "S1", 5, 0),
        (EIGHT, EIGHT + 24, "b", "renamed", 5, 0),
        (EIGHT, EIGHT + 24, "c", "S2", 0, 0),
        (EIGHT, EIGHT, "d", "S3", 5, 0),
    )
    scenario = scenario_of_sessions(rows, network, limit_kw=None)
    assert len(scenario.arrivals) == 1
    assert scenario.dropped == 3


def test_of_two_that_overlap_the_later_waits(tmp_path, network):
    rows = slots(tmp_path, (EIGHT, EIGHT + 24, "a", "S1", 5, 0), (EIGHT + 12, EIGHT + 48, "b", "S1", 5, 0))
    first, second = scenario_of_sessions(rows, network, limit_kw=None).arrivals
    assert second.at == first.departure + timedelta(seconds=60)
    assert second.departure - first.departure == timedelta(hours=2)


def test_no_session_on_a_day_is_an_error(tmp_path, network):
    rows = slots(tmp_path, (EIGHT, EIGHT + 24, "a", "S1", 5, 0))
    with pytest.raises(InvalidInput, match="2019-03-09"):
        scenario_of_sessions(rows, network, limit_kw=None, day=date(2019, 3, 9))


@pytest.mark.parametrize("seed", range(12))
def test_every_wish_of_a_workplace_can_be_met_at_full_power(seed):
    """An impossible wish would blame the planner for what no planner can do."""
    scenario = workplace(seed=seed)
    free = uncontrolled(scenario)
    assert free.energy_delivered_kwh * 1000 == pytest.approx(scenario.energy_requested_wh, rel=0.005)
    assert free.seconds_above > 0, "a site that never is short needs no plan"


def test_a_workplace_has_all_kinds_of_stations_and_cars():
    scenario = workplace(seed=1)
    assert {spec.version for spec in scenario.stations} == {"ocpp1.6", "ocpp2.0.1"}
    assert {spec.unit for spec in scenario.stations} == {"A", "W"}
    assert {arrival.car.phases for seed in range(5) for arrival in workplace(seed=seed).arrivals} == {1, 2, 3}
    assert any(spec.tells_needs for spec in scenario.stations)
    alike = workplace(stations=30, seed=2, version="ocpp2.0.1")
    assert len(alike.stations) == 30
    assert {spec.version for spec in alike.stations} == {"ocpp2.0.1"}


@pytest.mark.parametrize("seed", range(20))
def test_no_two_cars_stand_at_one_place(seed):
    scenario = workplace(seed=seed, stations=20)
    check_scenario(scenario, wiring_of(scenario.site).places)
    assert max(Counter(a.id_token for a in scenario.arrivals).values()) == 1


# --- as a file


def test_a_scenario_survives_being_written(tmp_path):
    scenario = workplace(seed=3, stations=4)
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario_to_json(scenario)))
    assert read_scenario(path) == scenario


def test_what_is_left_out_has_its_default():
    plain = json.loads(json.dumps(scenario_to_json(workplace(seed=3, stations=2))))
    del plain["faults"], plain["seed"]
    plain["stations"][0] = {"id": "CP01"}
    scenario = scenario_of_json(plain)
    assert scenario.faults == ()
    assert scenario.stations[0].version == "ocpp1.6"


def broken(change):
    plain = json.loads(json.dumps(scenario_to_json(workplace(seed=3, stations=2))))
    plain["faults"] = [
        {"station_id": "CP01", "kind": "link_lost", "at": "2026-03-03T09:00:00Z", "duration_s": 60.0}
    ]
    change(plain)
    return plain


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda s: s["stations"][0].update(colour="red"), r"\$\.stations\[0\]\.colour"),
        (lambda s: s.pop("stations"), "stations"),
        (lambda s: s.update(start="yesterday"), "start"),
        (lambda s: s.update(start="2026-03-03T00:00:00"), "zone"),
        (lambda s: s["faults"][0].update(kind="haunted"), "haunted"),
        (lambda s: s["faults"][0].update(station_id="CP99"), "CP99"),
        (lambda s: s["faults"].append(s["faults"][0]), "there already"),
        (lambda s: s["arrivals"][0].update(station_id="CP99"), "CP99"),
        (lambda s: s["arrivals"][0].update(departure=s["arrivals"][0]["at"]), "leaves before"),
        (lambda s: s["arrivals"].append(s["arrivals"][0]), "still there"),
        (lambda s: s["stations"].append({"id": "CP77"}), "CP77"),
        (lambda s: s["site"].pop("evses"), "site"),
    ],
)
def test_a_scenario_that_makes_no_sense_says_what(change, what):
    with pytest.raises(InvalidInput, match=what):
        scenario_of_json(broken(change))


@pytest.mark.parametrize("text", ["", "[]", "{"])
def test_a_file_that_is_no_scenario_says_which(tmp_path, text):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InvalidInput, match=r"bad\.json"):
        read_scenario(path)
