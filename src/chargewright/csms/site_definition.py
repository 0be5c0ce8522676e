"""How a site is written down: as a tree of nodes with EVSEs, or as a network of rows. TOML and JSON alike."""

import math
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from chargewright.charging.planner.session import Discharge, Session
from chargewright.charging.site import (
    EvseKey,
    Node,
    Outlet,
    Row,
    Site,
    Steps,
    StepsLike,
    from_network,
    from_tree,
)
from chargewright.clock import as_utc
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId, SiteId, StationId

__all__ = [
    "BatteryDefinition",
    "EvseDefinition",
    "NodeDefinition",
    "PerPhase",
    "SiteDefinition",
    "battery_key",
    "battery_session",
    "battery_w_per_a",
    "power_row",
    "read_definition",
    "site_of",
    "steps_of",
]

Limit = float | list[tuple[datetime, float]]
"""A number, or [[from, number], ...] in order of time; the first holds before its instant too."""


_LINE_TO_LINE = math.sqrt(3)


class PerPhase(Struct, forbid_unknown_fields=True):
    """One value for each phase of the site."""

    r: Limit
    s: Limit
    t: Limit


class NodeDefinition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A fuse, panel, feeder or grid connection. `limit_a` and `base_a` are per phase: one value, or {r, s, t}.

    `unbalance_max_a`: by how much phases may differ through EVSEs on one phase or two.
    """

    id: str
    parent: str | None = None
    limit_a: Limit | PerPhase | None = None
    limit_kw: Limit | None = None
    base_a: Limit | PerPhase = 0.0
    unbalance_max_a: Limit | None = None
    export_max_kw: Limit | None = None
    """What may flow back through it, of what batteries and cars give beside the site's own surplus."""


class EvseDefinition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One EVSE: where it hangs, and how its conductors are wired to the site's phases.

    `connection`: R, S, T, or an order of them for two or three phases (RST, STR ...), or AB, BC, CA line to line.
    """

    station: str
    node: str
    connection: str
    current_max_a: float
    evse: int = 1
    current_min_a: float = 6.0
    rates_a: tuple[float, ...] | None = None


class BatteryDefinition(Struct, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A battery of the site. Powers at its meter, energies as metered when they were charged."""

    id: str
    node: str
    connection: str = "RST"
    power_max_w: float
    """What it charges with at most."""
    discharge_power_max_w: float
    capacity_wh: float
    reserve_wh: float = 0.0
    """Never given: for the house, or for the battery's own good."""
    efficiency: float = 0.88
    """Of a kWh charged, so much comes back."""
    wear_per_kwh: float = 0.0
    """What giving a kWh costs it, in the money of the prices."""


class SiteDefinition(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Either `nodes` and `evses`, or `network` with the limit of its transformer in `limit_kw`."""

    phase_v: float = 230.0
    nodes: list[NodeDefinition] = []
    evses: list[EvseDefinition] = []
    network: dict[str, Any] | None = None
    limit_kw: float | None = None
    continuous: bool = True
    """With a network: take any current from the minimum up instead of the rates that its stations list."""
    batteries: list[BatteryDefinition] = []


def read_definition(text: bytes) -> SiteDefinition:
    """Read a definition from JSON. Raises `InvalidInput` with the path of what is wrong."""
    try:
        return msgspec.json.decode(text, type=SiteDefinition)
    except msgspec.MsgspecError as why:
        raise InvalidInput(str(why), where="site definition") from why


def site_of(
    site_id: SiteId,
    name: str,
    definition: SiteDefinition,
    *,
    headroom_percent: float = 0.0,
    batteries: bool = False,
) -> Site:
    """The site that a definition describes, with every limit lowered by the headroom.

    With `batteries` these stand among the EVSEs, under `battery_key`, as who plans them needs it.

    Raises:
        InvalidInput: it contradicts itself; says where.

    """
    if definition.network is not None:
        if definition.nodes or definition.evses:
            raise InvalidInput("a site has either a network or nodes and evses", where="site definition")
        if definition.batteries:
            raise InvalidInput("a battery needs a node, and a network has none", where="site definition")
        site = from_network(definition.network, site_id=site_id, limit_kw=definition.limit_kw)
        if definition.limit_kw is not None:
            # the network's wires stand for rounded voltages: what is promised in kW holds in kW
            row = power_row(site, "site power", Steps.of(definition.limit_kw))
            site = replace(site, rows=(*site.rows, row))
        if definition.continuous:
            site = replace(site, evses={key: replace(evse, rates_a=None) for key, evse in site.evses.items()})
    else:
        site = from_tree(
            site_id,
            name,
            [_node(node, n) for n, node in enumerate(definition.nodes)],
            [
                *(_outlet(evse) for evse in definition.evses),
                *(
                    _battery_outlet(battery, definition.phase_v)
                    for battery in definition.batteries
                    if batteries
                ),
            ],
            phase_v=definition.phase_v,
        )
    if headroom_percent:
        part = 1 - headroom_percent / 100
        site = replace(site, rows=tuple(replace(row, limit_a=row.limit_a.scaled(part)) for row in site.rows))
    return site


def power_row(site: Site, name: str, limit_kw: Steps) -> Row:
    """A limit in kW for all EVSEs of a site together."""
    return Row(
        name,
        limit_kw.scaled(1000 / site.nominal_v),
        {key: (complex(evse.voltage_v / site.nominal_v),) * evse.phases for key, evse in site.evses.items()},
    )


def _node(node: NodeDefinition, number: int) -> Node:
    where = f"nodes[{number}]"
    return Node(
        id=node.id,
        parent=node.parent,
        limit_a=None if node.limit_a is None else _per_phase(node.limit_a, where),
        limit_kw=None if node.limit_kw is None else steps_of(node.limit_kw, where),
        base_a=_per_phase(node.base_a, where),
        export_max_kw=None if node.export_max_kw is None else steps_of(node.export_max_kw, where),
        unbalance_max_a=None if node.unbalance_max_a is None else steps_of(node.unbalance_max_a, where),
    )


def battery_key(battery_id: str) -> EvseKey:
    """The name under which a battery stands among a site's EVSEs; no station may have it, for the space in it."""
    return EvseKey(StationId(f"battery {battery_id}"))


def _battery_outlet(battery: BatteryDefinition, phase_v: float) -> Outlet:
    where = f"battery {battery.id}"
    if min(battery.power_max_w, battery.discharge_power_max_w, battery.reserve_wh, battery.wear_per_kwh) < 0:
        raise InvalidInput("powers, energies and wear are 0 or more", where=where)
    if not battery.reserve_wh <= battery.capacity_wh:
        raise InvalidInput("the reserve is more than the capacity", where=where)
    return Outlet(
        key=battery_key(battery.id),
        node=battery.node,
        connection=battery.connection,
        current_max_a=max(battery.power_max_w, battery.discharge_power_max_w)
        / battery_w_per_a(battery, phase_v),
        current_min_a=0.0,
    )


def battery_w_per_a(battery: BatteryDefinition, phase_v: float) -> float:
    """What an ampere in each of its conductors makes. Three phases are taken to be loaded alike."""
    return phase_v * (_LINE_TO_LINE if battery.connection in ("AB", "BC", "CA") else len(battery.connection))


def battery_session(
    battery: BatteryDefinition, *, phase_v: float, energy_wh: float, now: datetime, until: datetime
) -> Session:
    """What the planner is told of a battery that holds `energy_wh`: it ends as full as it is, and above its reserve.

    Raises:
        InvalidInput: it cannot hold so much.

    """
    if not 0 <= energy_wh <= battery.capacity_wh:
        raise InvalidInput(
            f"holds {energy_wh:g} Wh of {battery.capacity_wh:g} Wh", where=f"battery {battery.id}"
        )
    w_per_a = battery_w_per_a(battery, phase_v)
    return Session(
        id=f"battery {battery.id}",
        evse=battery_key(battery.id),
        arrival=now,
        departure=until,
        energy_wh=max(battery.reserve_wh - energy_wh, 0.0),
        current_max_a=battery.power_max_w / w_per_a,
        current_min_a=0.0,
        discharge=Discharge(
            current_max_a=battery.discharge_power_max_w / w_per_a,
            available_wh=max(energy_wh - battery.reserve_wh, 0.0),
            room_wh=battery.capacity_wh - energy_wh,
            efficiency=battery.efficiency,
            wear_per_kwh=battery.wear_per_kwh,
        ),
    )


def _outlet(evse: EvseDefinition) -> Outlet:
    return Outlet(
        key=EvseKey(StationId(evse.station), EvseId(evse.evse)),
        node=evse.node,
        connection=evse.connection,
        current_max_a=evse.current_max_a,
        current_min_a=evse.current_min_a,
        rates_a=evse.rates_a,
    )


def _per_phase(value: Limit | PerPhase, where: str) -> StepsLike | tuple[StepsLike, StepsLike, StepsLike]:
    if isinstance(value, PerPhase):
        return steps_of(value.r, where), steps_of(value.s, where), steps_of(value.t, where)
    return steps_of(value, where)


def steps_of(value: Limit, where: str) -> Steps:
    """Return a written limit as steps. Raises `InvalidInput` for none, for disorder and for a time without a zone."""
    if not isinstance(value, list):
        return Steps.of(value)
    if any(at.tzinfo is None for at, _ in value):
        raise InvalidInput("a time without a zone", where=where)
    if any(before >= after for (before, _), (after, _) in pairwise(value)):
        raise InvalidInput("the steps of a value over time must be in order", where=where)
    try:
        return Steps.of([(None if n == 0 else as_utc(at), number) for n, (at, number) in enumerate(value)])
    except InvalidInput as why:
        raise InvalidInput(why.what, where=where) from why
    except OverflowError as why:
        raise InvalidInput("a time that no calendar has", where=where) from why
