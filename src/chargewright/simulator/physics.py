"""The judge: what really flows in the wires of a site, second by second, from what the cars draw.

Nothing here knows commands, plans or profiles, nor the code that plans with the same wires: the sums are made anew,
from the site's description, as complex currents. What a car gives back is a current of the other sign.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from chargewright.errors import InvalidInput
from chargewright.simulator.ev import Flags, Fleet, Floats

__all__ = [
    "SITE_EXPORT",
    "SITE_POWER",
    "Judge",
    "TracePoint",
    "Wire",
    "Wiring",
    "wiring_of",
    "wiring_of_network",
    "wiring_of_tree",
]

Place = tuple[str, int]
"""Station id and EVSE id."""

TOLERANCE_A = 1e-6
"""Rounding of double precision over a hundred currents; a breach of a limit is larger by far."""

TRACE_S = 60.0

SITE_POWER = "site power"
SITE_EXPORT = "site export"


@dataclass(frozen=True, slots=True)
class Wire:
    """One thing with a rating: |sum of phasors + base| <= limit.

    `phasors[place]` holds a complex factor for each conductor of the EVSE, in the order L1, L2, L3.
    """

    name: str
    limit: float
    phasors: Mapping[Place, tuple[complex, ...]]
    base: float = 0.0


@dataclass(frozen=True, slots=True)
class Wiring:
    """A site's EVSEs in order, the voltage across their conductors, how many they have, and the wires."""

    places: tuple[Place, ...]
    voltage_v: Floats
    conductors: tuple[int, ...]
    wires: tuple[Wire, ...]
    limit_kw: float | None
    base_w: float = 0.0
    """What the rest of the site draws; it counts against `limit_kw`, and eats what is given back."""
    export_max_kw: float | None = None
    """What may flow back into the grid."""


def wiring_of(site: Mapping[str, Any]) -> Wiring:
    """Read a site's definition, of either form."""
    if "network" in site:
        return wiring_of_network(site["network"], limit_kw=site.get("limit_kw"))
    return wiring_of_tree(site)


def wiring_of_network(network: Mapping[str, Any], *, limit_kw: float | None) -> Wiring:
    """Read a network file (stations with angles, constraints with coefficients), its transformer at `limit_kw`."""
    stations = {s["id"]: s for s in network["stations"]}
    rated_kw = sum(v for k, v in network["parameters"].items() if k.endswith("transformer_kw"))
    wires = []
    for constraint in network["constraints"]:
        scaled = limit_kw is not None and constraint["name"].split()[0] in {"Primary", "Secondary"}
        factor = (limit_kw or 0.0) / rated_kw if scaled else 1.0
        phasors = {}
        for name, c in constraint["coefficients"].items():
            angle = math.radians(stations[name]["phase_angle_deg"])
            phasors[name, 1] = (complex(c * math.cos(angle), c * math.sin(angle)),)
        wires.append(Wire(constraint["name"], constraint["limit_a"] * factor, phasors))
    return Wiring(
        places=tuple((name, 1) for name in stations),
        voltage_v=np.array([s["voltage_v"] for s in stations.values()], dtype=np.float64),
        conductors=(1,) * len(stations),
        wires=tuple(wires),
        limit_kw=limit_kw if limit_kw is not None else rated_kw or None,
    )


def wiring_of_tree(definition: Mapping[str, Any]) -> Wiring:
    """Read a tree of nodes and EVSEs with star connections, in the JSON form of a site definition.

    Limits must be constant numbers here. A node with `limit_a` has three wires, one a phase; one with `limit_kw`
    a power.
    """
    phase_v = float(definition.get("phase_v", 230.0))
    nodes = {node["id"]: node for node in definition["nodes"]}
    places: list[Place] = []
    conductors: list[int] = []
    phasors: dict[str, dict[Place, dict[str, int]]] = {node: {} for node in nodes}
    for evse in definition["evses"]:
        if not set(evse["connection"]) <= set("RST"):
            raise InvalidInput("only star connections are simulated in a tree", where=evse["station"])
        place = (evse["station"], int(evse.get("evse", 1)))
        places.append(place)
        conductors.append(len(evse["connection"]))
        at: str | None = evse["node"]
        while at is not None:
            phasors[at][place] = {phase: i for i, phase in enumerate(evse["connection"])}
            at = nodes[at].get("parent")
    wires = []
    for name, node in nodes.items():
        limits = _per_phase(node.get("limit_a"))
        for phase, limit in limits.items():
            below = [other for other in nodes if name in _path(nodes, other)]
            base = sum(_per_phase(nodes[other].get("base_a", 0.0))[phase] for other in below)
            loaded = {
                place: tuple(complex(i == order[phase]) for i in range(3))
                for place, order in phasors[name].items()
                if phase in order
            }
            wires.append(Wire(f"{name} {phase}", limit, loaded, base))
    root: Mapping[str, Any] = next((node for node in nodes.values() if node.get("parent") is None), {})
    return Wiring(
        tuple(places),
        np.full(len(places), phase_v),
        tuple(conductors),
        tuple(wires),
        _kw(root.get("limit_kw")),
        base_w=phase_v * sum(sum(_per_phase(node.get("base_a", 0.0)).values()) for node in nodes.values()),
        export_max_kw=_kw(root.get("export_max_kw")),
    )


def _kw(value: Any) -> float | None:
    return None if value is None else float(value)


def _per_phase(value: Any) -> dict[str, float]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {phase: float(value[phase.lower()]) for phase in "RST"}
    return dict.fromkeys("RST", float(value))


def _path(nodes: Mapping[str, Mapping[str, Any]], name: str) -> list[str]:
    path = [name]
    while (parent := nodes[path[-1]].get("parent")) is not None:
        path.append(parent)
    return path


@dataclass(frozen=True, slots=True)
class TracePoint:
    """A sample for charts."""

    at: datetime
    power_w: float
    loading: float
    """Of the wire nearest to its limit; 1 is at the limit."""


class Judge:
    """Steps the cars and watches the wires. `seconds_above` counts each second in which any limit was broken."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.fleet = Fleet(wiring.voltage_v)
        self.seconds = 0.0
        self.seconds_above = 0.0
        self.breaches: dict[str, float] = {}
        """Seconds above the limit, by wire; the site's power has names of its own, `SITE_POWER` and `SITE_EXPORT`."""
        self.peak_w = 0.0
        self.loading_max = 0.0
        self.energy_wh = 0.0
        """Drawn by all cars; what they gave back is not taken off."""
        self.exported_wh = 0.0
        """Given back by all cars, whoever took it."""
        self.trace: list[TracePoint] = []
        self._next_trace: datetime | None = None
        wires = wiring.wires
        limits = np.array([wire.limit for wire in wires])
        self._base: Floats = np.array([wire.base for wire in wires])
        self._may: Floats = limits + TOLERANCE_A
        # A wire that may carry nothing has no loading; that it must carry nothing is watched all the same.
        self._per_limit: Floats = np.divide(1.0, limits, out=np.zeros(len(wires)), where=limits > 0)
        limit_kw = wiring.limit_kw
        self._power_may_w = math.inf if limit_kw is None else limit_kw * 1000 * (1 + 1e-9)
        back_kw = wiring.export_max_kw
        self._export_may_w = math.inf if back_kw is None else back_kw * 1000 * (1 + 1e-9)
        # [wire, place, conductor]; a car uses the first one, two or three conductors, all with the same current.
        self._phasors = np.zeros((len(wires), len(wiring.places), 3), dtype=np.complex128)
        for w, wire in enumerate(wires):
            for p, place in enumerate(wiring.places):
                phasors = wire.phasors.get(place, ())
                self._phasors[w, p, : len(phasors)] = phasors
        self._real: Floats = np.zeros((len(wires), len(wiring.places)))
        self._imaginary: Floats = np.zeros_like(self._real)
        self._comings = -1

    def _wire_up(self) -> None:
        """Add up the conductors that the cars of now use."""
        fleet = self.fleet
        self._comings = fleet.comings
        used = np.arange(3)[None, :] < fleet.phases[:, None]
        sums = (self._phasors * used).sum(axis=2)
        self._real, self._imaginary = np.ascontiguousarray(sums.real), np.ascontiguousarray(sums.imag)

    def loads(self) -> Floats:
        """What every wire carries now, in the unit of its limit, its base load included."""
        if self._comings != self.fleet.comings:
            self._wire_up()
        current = self.fleet.current_a
        return np.hypot(self._real @ current + self._base, self._imaginary @ current)

    def step(self, pilot_a: Floats, at: datetime, dt_s: float = 1.0) -> bool:
        """Let one step pass that ends at `at`. True where every limit was kept."""
        fleet = self.fleet
        fleet.step(pilot_a, dt_s)
        loads = self.loads()
        power_w = fleet.power_w
        loading = float((loads * self._per_limit).max(initial=0.0))
        over = loads > self._may
        whole_w = power_w + self.wiring.base_w
        kept = not over.any() and -self._export_may_w <= whole_w <= self._power_may_w
        if not kept:
            self._note_breaches(over, whole_w, dt_s)
        self.seconds += dt_s
        self.peak_w = max(self.peak_w, power_w)
        self.loading_max = max(self.loading_max, loading)
        given_w = fleet.given_power_w
        self.energy_wh += (power_w + given_w) * dt_s / 3600
        self.exported_wh += given_w * dt_s / 3600
        if self._next_trace is None or at >= self._next_trace:
            self.trace.append(TracePoint(at, power_w, loading))
            self._next_trace = datetime.fromtimestamp((at.timestamp() // TRACE_S + 1) * TRACE_S, at.tzinfo)
        return bool(kept)

    def _note_breaches(self, over: Flags, whole_w: float, dt_s: float) -> None:
        broken = [self.wiring.wires[i].name for i in np.flatnonzero(over)]
        if whole_w > self._power_may_w:
            broken.append(SITE_POWER)
        if -whole_w > self._export_may_w:
            broken.append(SITE_EXPORT)
        for name in broken:
            self.breaches[name] = self.breaches.get(name, 0.0) + dt_s
        self.seconds_above += dt_s
