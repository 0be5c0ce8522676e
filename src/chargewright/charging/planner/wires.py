"""The rows of a site as the solvers want them: flat arrays over sessions and slots.

A wire holds in a slot when |sum over its groups of direction * (sum of weight * current)| <= limit. Cars may draw less
than they are allowed, so with `mixtures` the demand stands for every mixture below the currents (site.py). What cannot
bind is marked, and wires that never bind are left out: an exact presolve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from chargewright.charging.phasors import reach, worst_sets
from chargewright.charging.planner.session import Session
from chargewright.charging.site import EvseKey, Floats, Row, Site

__all__ = ["Complexes", "Ints", "Polygons", "Wires", "compile_wires", "polygons"]

Ints = npt.NDArray[np.int64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """W wires, G groups of currents that point the same way, M memberships of sessions in groups."""

    name: tuple[str, ...]
    limit_a: Floats
    """[wire, slot], base loads taken off; infinite where the wire cannot bind."""
    group_wire: Ints
    """[group], in order of wires."""
    group_direction: Complexes
    """[group] of size 1."""
    group_base_a: Floats
    """[group, slot] what EVSEs may draw that are not planned."""
    member_session: Ints
    """[member], in order of sessions, with the next two."""
    member_group: Ints
    member_weight: Floats
    """A in the wire per A of the session."""
    mixtures: bool

    def loads_a(self, table_a: Floats) -> Floats:
        """Return the sum of every group with its base, [group, slot], for currents [session, slot]."""
        sums = self.group_base_a.copy()
        np.add.at(sums, self.member_group, self.member_weight[:, None] * table_a[self.member_session])
        return sums

    def carried_a(self, table_a: Floats) -> Floats:
        """Return what every wire carries at worst, [wire, slot], for currents [session, slot]."""
        sums = self.loads_a(table_a)
        carried = np.zeros((len(self.name), table_a.shape[1]))
        for wire, groups in enumerate(self.groups()):
            carried[wire] = _worst(self.group_direction[groups], sums[groups], mixtures=self.mixtures)
        return carried

    def worst_sets(self, wire: int) -> tuple[tuple[int, ...], ...]:
        """Return which of a wire's groups, from 0, can together be its worst mixture: one set where it is as it is."""
        groups = self.groups()[wire]
        directions = self.group_direction[groups]
        return worst_sets(tuple(directions.tolist())) if self.mixtures else (tuple(range(len(directions))),)

    def groups(self) -> list[slice]:
        """Return for each wire where its groups stand."""
        edges = np.searchsorted(self.group_wire, np.arange(len(self.name) + 1)).tolist()
        return [slice(a, b) for a, b in pairwise(edges)]


def compile_wires(
    site: Site,
    sessions: Sequence[Session],
    present_a: Floats,
    reserved_a: Mapping[EvseKey, Floats],
    *,
    now: datetime,
    edges_s: Floats,
    mixtures: bool,
) -> Wires:
    """Flatten the site's rows over the sessions. `present_a`: the most that each session may draw, [session, slot]."""
    at_evse: dict[EvseKey, list[int]] = {}
    for i, session in enumerate(sessions):
        at_evse.setdefault(session.evse, []).append(i)
    names: list[str] = []
    limits: list[Floats] = []
    group_wire: list[int] = []
    directions: list[complex] = []
    bases: list[Floats] = []
    members: list[tuple[list[int], list[float]]] = []
    for row in site.rows:
        own = []
        for group in row.groups:
            pairs = [(i, w) for key, w in group.weights.items() for i in at_evse.get(key, ())]
            own.append(([i for i, _ in pairs], [w for _, w in pairs]))
        if not any(who for who, _ in own):
            continue
        limit = np.maximum(row.limit_a.lowest(now, edges_s) - row.base_a.highest(now, edges_s), 0.0)
        held = _reserved(row, reserved_a, len(limit))
        sums = np.stack([np.asarray(w) @ present_a[who] if who else np.zeros(len(limit)) for who, w in own])
        angles = np.array([group.direction for group in row.groups])
        limit = np.where(_worst(angles, held + sums, mixtures=mixtures) <= limit, np.inf, limit)
        if not np.isfinite(limit).any():
            continue
        for group, (who, weights), base in zip(row.groups, own, held, strict=True):
            if who or base.any():
                group_wire.append(len(names))
                directions.append(group.direction)
                bases.append(base)
                members.append((who, weights))
        names.append(row.name)
        limits.append(limit)
    session_of = np.array([i for who, _ in members for i in who], dtype=np.int64)
    group_of = np.repeat(np.arange(len(members)), [len(who) for who, _ in members])
    weight_of = np.array([w for _, own in members for w in own], dtype=np.float64)
    order = np.lexsort((group_of, session_of))
    return Wires(
        name=tuple(names),
        limit_a=np.array(limits).reshape(len(names), present_a.shape[1]),
        group_wire=np.array(group_wire, dtype=np.int64),
        group_direction=np.array(directions, dtype=np.complex128),
        group_base_a=np.array(bases).reshape(len(bases), present_a.shape[1]),
        member_session=session_of[order],
        member_group=group_of[order],
        member_weight=weight_of[order],
        mixtures=mixtures,
    )


def _reserved(row: Row, reserved_a: Mapping[EvseKey, Floats], slots: int) -> Floats:
    """What reserved EVSEs add to each group of a row, [group, slot]."""
    sums = np.zeros((len(row.groups), slots))
    for g, group in enumerate(row.groups):
        for key, current in reserved_a.items():
            sums[g] += group.weights.get(key, 0.0) * current
    return sums


def _worst(directions: Complexes, sums: Floats, *, mixtures: bool) -> Floats:
    """The largest current of one wire, [slot], for sums [group, slot]."""
    if len(directions) == 1:
        return np.asarray(sums[0])
    if not mixtures:
        return np.asarray(np.abs(directions @ sums))
    worst = np.zeros(sums.shape[1])
    for picked in worst_sets(tuple(directions.tolist())):
        chosen = list(picked)
        worst = np.maximum(worst, np.abs(directions[chosen] @ sums[chosen]))
    return worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygons:
    """Wires as half-planes with one limit each: coefficients @ (sums of groups) <= limit, a polygon inside the circle."""

    wire: Ints
    """[halfplane]"""
    coefficients: Floats
    """[halfplane, group]"""
    limit_a: Floats
    """[halfplane, slot]"""


def polygons(wires: Wires, sides: int) -> Polygons:
    """Replace every circle by a polygon inside it, as fine as a regular one of `sides`; see `Row.halfplanes`."""
    wire: list[int] = []
    blocks: list[Floats] = []
    limits: list[Floats] = []
    for w, groups in enumerate(wires.groups()):
        angles = np.angle(wires.group_direction[groups])
        first, width = reach(angles)
        count = max(1, int(np.ceil(width * sides / (2 * np.pi) - 1e-9)))
        half = width / (2 * count)
        normals = first + half + 2 * half * np.arange(count)
        coefficients = np.cos(normals[:, None] - angles[None, :])
        block = np.zeros((count, len(wires.group_wire)))
        block[:, groups] = np.maximum(coefficients, 0.0) if wires.mixtures else coefficients
        blocks.append(block)
        limits.append(np.maximum(np.cos(half) * wires.limit_a[w] - block @ wires.group_base_a, 0.0))
        wire += [w] * count
    slots = wires.limit_a.shape[1]
    return Polygons(
        wire=np.array(wire, dtype=np.int64),
        coefficients=np.concatenate(blocks) if blocks else np.zeros((0, len(wires.group_wire))),
        limit_a=np.concatenate(limits) if limits else np.zeros((0, slots)),
    )
