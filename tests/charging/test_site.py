import cmath
import itertools
import json
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from chargewright.charging.site import EvseKey, Node, Outlet, Row, Steps, from_network, from_tree, loads
from chargewright.errors import InvalidInput
from chargewright.ids import SiteId, StationId

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
NETWORKS = Path(__file__).parents[3] / "shared" / "data" / "networks"
SITE = SiteId("s")


def key(name: str) -> EvseKey:
    return EvseKey(StationId(name))


def outlet(name: str, connection: str, node: str = "main") -> Outlet:
    return Outlet(key=key(name), node=node, connection=connection, current_max_a=32.0)


def random_row(rng: random.Random, evses: int) -> Row:
    directions = [math.radians(angle) for angle in rng.sample(range(-180, 180, 15), rng.randint(1, 4))]
    coefficients = {
        key(f"e{i}"): tuple(
            cmath.rect(rng.choice((0.25, 0.5, 1.0)), rng.choice(directions))
            for _ in range(rng.choice((1, 1, 3)))
        )
        for i in range(evses)
    }
    return Row("row", Steps.of(50.0), coefficients)


def corners(row: Row, currents: dict[EvseKey, float]) -> float:
    """The oracle: every conductor on or off, one by one."""
    phasors = [c * currents[k] for k, own in row.coefficients.items() for c in own]
    return max(
        abs(sum(p for p, on in zip(phasors, mixture, strict=True) if on))
        for mixture in itertools.product((False, True), repeat=len(phasors))
    )


@pytest.mark.parametrize("seed", range(40))
def test_worst_case_is_the_largest_corner_of_the_box(seed):
    rng = random.Random(seed)
    row = random_row(rng, 4)
    currents = {k: rng.uniform(0, 32) for k in row.coefficients}
    assert float(row.worst_case(currents)) == pytest.approx(corners(row, currents), rel=1e-12), f"seed {seed}"


@pytest.mark.parametrize("seed", range(40))
def test_what_evses_give_counts_in_the_worst_case_as_well(seed):
    rng = random.Random(seed)
    row = random_row(rng, 3)
    currents = {k: rng.uniform(0, 32) for k in row.coefficients}
    giving = {k: rng.uniform(0, 32) for k in row.coefficients if rng.random() < 0.6}
    ends = [(c * currents[k], -c * giving.get(k, 0.0)) for k, own in row.coefficients.items() for c in own]
    oracle = max(abs(sum(mixture)) for mixture in itertools.product(*((0j, *two) for two in ends)))
    assert float(row.worst_case(currents, giving)) == pytest.approx(oracle, rel=1e-12), f"seed {seed}"


def test_many_directions_in_one_row_are_judged_exactly():
    rng = random.Random(8)
    angles = [rng.uniform(-math.pi, math.pi) for _ in range(14)]
    row = Row("row", Steps.of(1.0), {key(f"e{i}"): (cmath.rect(1.0, a),) for i, a in enumerate(angles)})
    currents = {k: rng.uniform(0, 32) for k in row.coefficients}
    assert float(row.worst_case(currents)) == pytest.approx(corners(row, currents), rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_no_mixture_inside_the_box_exceeds_the_worst_case(seed):
    rng = random.Random(seed)
    row = random_row(rng, 8)
    currents = {k: rng.uniform(0, 32) for k in row.coefficients}
    worst = float(row.worst_case(currents))
    for _ in range(300):
        drawn = sum(c * rng.uniform(0, currents[k]) for k, own in row.coefficients.items() for c in own)
        assert abs(drawn) <= worst + 1e-9, f"seed {seed}"


def test_worst_case_over_time_equals_instant_by_instant():
    rng = random.Random(3)
    row = random_row(rng, 6)
    series = {k: np.array([rng.uniform(0, 32) for _ in range(7)]) for k in row.coefficients}
    each = [float(row.worst_case({k: v[t] for k, v in series.items()})) for t in range(7)]
    assert row.worst_case(series) == pytest.approx(each)


def test_drawing_less_can_load_a_wire_more():
    row = Row("wye", Steps.of(30.0), {key("a"): (1 + 0j,), key("b"): (cmath.rect(1, math.radians(150)),)})
    full = {key("a"): 20.0, key("b"): 20.0}
    assert abs(sum(c[0] * full[k] for k, c in row.coefficients.items())) == pytest.approx(10.35, abs=0.01)
    assert float(row.worst_case(full)) == pytest.approx(20.0)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("sides", [8, 32])
def test_halfplanes_are_safe_and_give_away_no_more_than_their_share(seed, sides):
    rng = random.Random(seed)
    row = random_row(rng, 4)
    normals, share = row.halfplanes(sides)
    assert (normals >= 0).all()
    assert share >= math.cos(math.pi / sides) - 1e-12
    for _ in range(20):
        currents = {k: rng.uniform(0, 32) for k in row.coefficients}
        sums = np.array([sum(w * currents[k] for k, w in group.weights.items()) for group in row.groups])
        # scaled until the polygon just holds at a limit of 50 A
        scale = share * 50.0 / float((normals @ sums).max())
        worst = corners(row, {k: v * scale for k, v in currents.items()})
        assert share * 50.0 - 1e-9 <= worst <= 50.0 + 1e-9, f"seed {seed}"


def test_a_row_of_one_direction_gives_nothing_away():
    row = Row("one", Steps.of(16.0), {key("a"): (1j,), key("b"): (2j,)})
    normals, share = row.halfplanes(32)
    assert share == 1.0
    assert normals == pytest.approx(np.ones((1, 1)))


def test_rotated_stations_load_the_phases_they_are_wired_to():
    site = from_tree(
        SITE,
        "x",
        [Node(id="main", limit_a=(100.0, 90.0, 80.0), base_a=(1.0, 2.0, 3.0))],
        [outlet("all", "STR"), outlet("single", "S"), outlet("line", "AB")],
    )
    got = loads(site, {key("all"): 10.0, key("single"): 6.0, key("line"): 0.0}, START)
    assert got == {
        "main R": (pytest.approx(11.0), 100.0),
        "main S": (pytest.approx(18.0), 90.0),
        "main T": (pytest.approx(13.0), 80.0),
    }
    # a line-to-line load stands 30 degrees off the star loads of its phase: sqrt(10^2 + 10^2 + 2*100*cos 30)
    mixed = loads(site, {key("all"): 10.0, key("line"): 10.0}, START)
    assert mixed["main R"][0] == pytest.approx(1.0 + math.sqrt(200 + 200 * math.cos(math.radians(30))))
    assert mixed["main T"][0] == pytest.approx(13.0)
    assert float(site.power_w({key("all"): 10.0, key("line"): 10.0})) == pytest.approx(
        6900 + 2300 * math.sqrt(3)
    )


def test_base_loads_and_powers_count_at_every_node_above():
    nodes = [
        Node(id="main", limit_kw=23.0, base_a=2.0),
        Node(id="panel", parent="main", limit_a=20.0, base_a=5.0),
    ]
    site = from_tree(SITE, "x", nodes, [outlet("a", "RST", "panel")])
    got = loads(site, {key("a"): 10.0}, START)
    assert got["panel S"] == (pytest.approx(15.0), 20.0)
    # in amperes at 230 V, all phases together: 3 * 10 of the station, 3 * (2 + 5) of the base
    assert got["main power"] == (pytest.approx(51.0), pytest.approx(100.0))


def test_a_limit_over_time_counts_with_its_lowest_in_each_slot():
    steps = Steps.of(
        [(None, 50.0), (START + timedelta(minutes=7), 20.0), (START + timedelta(minutes=12), 40.0)]
    )
    edges = np.array([0.0, 300.0, 600.0, 900.0, 1200.0])
    assert steps.lowest(START, edges).tolist() == [50.0, 20.0, 20.0, 40.0]
    assert steps.highest(START, edges).tolist() == [50.0, 50.0, 40.0, 40.0]
    assert steps.mean(START, edges) == pytest.approx([50.0, 32.0, 32.0, 40.0])


@pytest.mark.parametrize("seed", range(20))
def test_steps_over_slots_equal_asking_every_second(seed):
    rng = random.Random(seed)
    ats = sorted(rng.sample(range(-100, 500), 6))
    steps = Steps.of([(START + timedelta(seconds=at), rng.uniform(0, 9)) for at in ats])
    other = Steps.of(
        [(START + timedelta(seconds=at), rng.uniform(0, 9)) for at in sorted(rng.sample(range(400), 3))]
    )
    edges = np.array([0.0, *sorted(rng.sample(range(1, 450), 4))])
    for both in (steps, steps.plus(other)):
        asked = [both.at(START + timedelta(seconds=s)) for s in range(450)]
        for t, (a, b) in enumerate(itertools.pairwise(edges.astype(int))):
            assert both.lowest(START, edges)[t] == min(asked[a:b]), f"seed {seed}"
            assert both.highest(START, edges)[t] == max(asked[a:b]), f"seed {seed}"
            assert both.mean(START, edges)[t] == pytest.approx(sum(asked[a:b]) / (b - a)), f"seed {seed}"


@pytest.mark.parametrize(
    ("nodes", "outlets", "says"),
    [
        ([Node(id="a", parent="b"), Node(id="b", parent="a")], [], "ancestor"),
        ([Node(id="a", parent="nowhere")], [], "unknown parent"),
        ([Node(id="a"), Node(id="a")], [], "twice"),
        ([Node(id="main")], [outlet("x", "R", "nowhere")], "unknown node"),
        ([Node(id="main")], [outlet("x", "RR")], "connection"),
        ([Node(id="main")], [outlet("x", "AC")], "connection"),
        ([Node(id="main")], [outlet("x", "R"), outlet("x", "S")], "twice"),
    ],
)
def test_a_wrong_tree_is_refused_with_a_reason(nodes, outlets, says):
    with pytest.raises(InvalidInput, match=says):
        from_tree(SITE, "x", nodes, outlets)


@pytest.mark.parametrize("pairs", [[], [(START, 1.0), (START, 2.0)], [(START, 1.0), (None, 2.0)]])
def test_steps_out_of_order_are_refused(pairs):
    with pytest.raises(InvalidInput):
        Steps.of(pairs)


def test_the_caltech_network_scales_its_transformer_and_leaves_its_pods():
    path = NETWORKS / "caltech_acn.json"
    if not path.exists():
        pytest.skip("the Caltech network file is not here (../shared/data)")
    network = json.loads(path.read_text())
    site = from_network(network, site_id=SITE, limit_kw=30.0)
    limits = {row.name: row.limit_a.at(START) for row in site.rows}
    assert len(site.evses) == 54
    assert limits["AV Pod"] == limits["CC Pod"] == 80.0
    assert limits["Secondary A"] == pytest.approx(416.6667 / 5)
    assert limits["Primary C"] == pytest.approx(180.5054 / 5)
    rng = random.Random(5)
    angles = {s["id"]: s["phase_angle_deg"] for s in network["stations"]}
    currents = {k: rng.uniform(0, 32) for k in site.evses}
    worst = loads(site, currents, START)
    for constraint in network["constraints"]:
        drawn = abs(
            sum(
                c * currents[key(name)] * cmath.exp(1j * math.radians(angles[name]))
                for name, c in constraint["coefficients"].items()
            )
        )
        assert drawn <= worst[constraint["name"]][0] + 1e-9
    with pytest.raises(InvalidInput, match="missing 'stations'"):
        from_network({"parameters": {"transformer_kw": 1}}, site_id=SITE)
    with pytest.raises(InvalidInput, match="no transformer_kw"):
        from_network({"parameters": {}}, site_id=SITE, limit_kw=10)


@pytest.mark.parametrize("seed", range(20))
def test_the_phases_differ_by_no_more_than_the_cap_whatever_the_uneven_cars_draw(seed):
    rng = random.Random(seed)
    cap = 20.0
    kinds = [rng.choice(("R", "S", "T", "RS", "ST", "TR", "RST")) for _ in range(6)]
    outlets = [outlet(f"e{i}", kind) for i, kind in enumerate(kinds)]
    site = from_tree(SITE, "s", [Node(id="main", unbalance_max_a=cap)], outlets)
    uneven = [i for i, kind in enumerate(kinds) if len(kind) < 3]
    currents = {key(f"e{i}"): rng.uniform(0, 16) for i in range(6)}
    # the oracle: every uneven car on or off, and how far apart the phases are then
    apart = 0.0
    for mixture in itertools.product((0.0, 1.0), repeat=len(uneven)):
        phases = dict.fromkeys("RST", 0.0)
        for on, i in zip(mixture, uneven, strict=True):
            for phase in kinds[i]:
                phases[phase] += on * currents[key(f"e{i}")]
        apart = max(apart, max(phases.values()) - min(phases.values()))
    rows = [row for row in site.rows if row.name.endswith("unbalance")]
    holds = all(float(row.worst_case(currents)) <= cap for row in rows)
    if holds:
        assert apart <= cap + 1e-9, f"seed {seed}"
    # a car on two phases never helps its own two: the rows ask for no more than single-phase cars need
    if all(len(kinds[i]) == 1 for i in uneven):
        assert holds == (apart <= cap), f"seed {seed}"


def test_three_phase_cars_are_balanced_and_a_cap_without_others_asks_for_nothing():
    site = from_tree(SITE, "s", [Node(id="main", limit_a=63.0, unbalance_max_a=20.0)], [outlet("a", "RST")])
    caps = [row for row in site.rows if row.name.endswith("unbalance")]
    assert len(caps) == 3
    assert all(float(row.worst_case({key("a"): 32.0})) == 0.0 for row in caps)
