"""The rows of a site as the solvers want them: flat arrays over sessions and slots.

A wire holds in a slot when |sum over its groups of direction * (sum of weight * current)| <= limit. Cars may draw less
than they are allowed, so with `mixtures` the demand stands for every mixture below the currents (site.py). What cannot
bind is marked, and wires that never bind are left out: an exact presolve.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from chargewright.charging.phasors import reach, worst_sets
from chargewright.charging.planner.session import Session
from chargewright.charging.site import EvseKey, Floats, Group, Row, Site

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
    """[member], in order of sessions and then of givers, with the next two."""
    member_group: Ints
    member_weight: Floats
    """A in the wire per A of the session."""
    mixtures: bool

    def loads_a(self, table_a: Floats) -> Floats:
        """Return the sum of every group with its base, [group, slot], for currents [session + giver, slot]."""
        sums = self.group_base_a.copy()
        np.add.at(sums, self.member_group, self.member_weight[:, None] * table_a[self.member_session])
        return sums

    def carried_a(self, table_a: Floats) -> Floats:
        """Return what every wire carries at worst, [wire, slot], for currents [session + giver, slot]."""
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
    givers: Sequence[int] = (),
    now: datetime,
    edges_s: Floats,
    mixtures: bool,
) -> Wires:
    """Flatten the site's rows over the sessions and the twins of those that give back.

    `present_a`: the most that each session may draw and that each giver may give, [session + giver, slot].
    """
    at_evse: dict[EvseKey, list[int]] = {}
    for i, session in enumerate(sessions):
        at_evse.setdefault(session.evse, []).append(i)
    back_at: dict[EvseKey, list[int]] = {}
    for k, i in enumerate(givers):
        back_at.setdefault(sessions[i].evse, []).append(len(sessions) + k)
    names: list[str] = []
    limits: list[Floats] = []
    group_wire: list[int] = []
    directions: list[complex] = []
    bases: list[Floats] = []
    members: list[tuple[list[int], list[float]]] = []
    for wire in (
        wire for row in site.rows for wire in _wires_of(row, at_evse, back_at, reserved_a, now, edges_s)
    ):
        sums = np.stack(
            [
                np.asarray(w) @ present_a[who] if who else np.zeros(present_a.shape[1])
                for who, w in wire.members
            ]
        )
        free = _worst(np.array(wire.directions), wire.held_a + sums, mixtures=mixtures) <= wire.limit_a
        limit = np.where(free, np.inf, wire.limit_a)
        if not np.isfinite(limit).any():
            continue
        for direction, (who, weights), base in zip(wire.directions, wire.members, wire.held_a, strict=True):
            if who or base.any():
                group_wire.append(len(names))
                directions.append(direction)
                bases.append(base)
                members.append((who, weights))
        names.append(wire.name)
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


@dataclass(frozen=True, slots=True)
class _Wire:
    """A row, or one way of it, over sessions and twins."""

    name: str
    limit_a: Floats
    directions: list[complex]
    members: list[tuple[list[int], list[float]]]
    """[group]: who, and how much of each current."""
    held_a: Floats
    """[group, slot]"""


def _wires_of(
    row: Row,
    at_evse: Mapping[EvseKey, list[int]],
    back_at: Mapping[EvseKey, list[int]],
    reserved_a: Mapping[EvseKey, Floats],
    now: datetime,
    edges_s: Floats,
) -> Iterator[_Wire]:
    """Yield the row as it limits what is drawn and what is given: where it has one direction, each way on its own."""
    draws = [_members(group, at_evse) for group in row.groups]
    gives = [_members(group, back_at) for group in row.groups]
    directions = [group.direction for group in row.groups]
    limit = row.limit_a.lowest(now, edges_s)
    held = _reserved(row, reserved_a, len(limit))
    forth = np.maximum(limit - row.base_a.highest(now, edges_s), 0.0)
    giving = any(who for who, _ in gives)
    if giving and len(directions) > 1:
        # what is given can be at any angle to the base load, so the base counts against it whatever its sign
        least = np.maximum(limit - np.abs(row.base_a.lowest(now, edges_s)), 0.0)
        back = [-direction for direction in directions]
        nothing = np.zeros_like(held)
        both = np.concatenate([held, nothing])
        yield _Wire(row.name, np.minimum(forth, least), directions + back, draws + gives, both)
        return
    if any(who for who, _ in draws):
        yield _Wire(row.name, forth, directions, draws, held)
    if giving:
        most = (row.limit_a if row.back_limit_a is None else row.back_limit_a).lowest(now, edges_s)
        # what the rest of the site draws may be less than was foretold: only its surplus counts
        most = np.maximum(most + np.minimum(row.base_a.lowest(now, edges_s), 0.0), 0.0)
        yield _Wire(f"{row.name} back", most, [-directions[0]], gives, np.zeros_like(held))


def _members(group: Group, at: Mapping[EvseKey, list[int]]) -> tuple[list[int], list[float]]:
    pairs = [(i, w) for key, w in group.weights.items() for i in at.get(key, ())]
    return [i for i, _ in pairs], [w for _, w in pairs]


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
