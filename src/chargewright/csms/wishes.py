"""What a site asks of its plan: its goals in order, and what is known of money, carbon and the rest of the house."""

from collections.abc import Sequence
from dataclasses import replace

from chargewright.charging.planner.asked import Asked
from chargewright.charging.planner.weights import Goal
from chargewright.charging.site import Row, Site, Steps
from chargewright.csms.site_definition import SiteDefinition
from chargewright.csms.site_outlook import Outlook
from chargewright.domain.site import SiteSettings
from chargewright.errors import InvalidInput

__all__ = ["asked_of", "goals_of", "with_base"]

_PHASES = 3


def goals_of(text: str) -> tuple[Goal, ...]:
    """Read `cost` or `cost,carbon`: goals in their order.

    Raises:
        InvalidInput: no goal, one that does not exist, or one twice.

    """
    names = [name.strip() for name in text.split(",")]
    known = {goal.value for goal in Goal}
    for name in names:
        if name not in known:
            raise InvalidInput(f"{name!r} is none of {', '.join(goal.value for goal in Goal)}", where="goal")
    if len(set(names)) < len(names):
        raise InvalidInput("a goal stands twice", where="goal")
    return tuple(Goal(name) for name in names)


def asked_of(settings: SiteSettings, outlook: Outlook) -> Asked:
    """What the planner is asked, as far as settings and outlook say it."""
    export = outlook.export_prices
    if export is None and settings.export_prices:
        export = Steps.of(settings.export_prices)
    expected_w = settings.peak_expected_w
    return Asked(
        peak_so_far_w=expected_w,
        goal=goals_of(settings.goal),
        prices=outlook.prices,
        export_prices=export,
        demand_charges=[
            replace(
                charge,
                peak_so_far_w=max(
                    charge.peak_so_far_w, expected_w or outlook.peaks_expected_w.get(charge.name, 0.0)
                ),
            )
            for charge in outlook.demand_charges
        ],
        carbon_g_per_kwh=outlook.carbon_g_per_kwh,
        base_power_w=outlook.base_power_w,
        energy_value_per_kwh=settings.energy_value_per_kwh,
    )


def with_base(site: Site, definition: SiteDefinition, power_w: Steps | None) -> Site:
    """The site with a base load at its connection that is exceeded rarely, where the definition has none of its own.

    `power_w` is laid evenly over the phases; what is fed in frees nothing, because a cloud takes it away. A network
    of rows does not say which of them the rest of the house loads: it stays as it is.
    """
    if power_w is None or definition.network is not None or any(_has_base(definition)):
        return site
    roots = {node.id for node in definition.nodes if node.parent is None}
    drawn = Steps(power_w.starts, tuple(max(value, 0.0) for value in power_w.values))
    total_a = drawn.scaled(1 / site.nominal_v)
    return replace(site, rows=tuple(_loaded(row, roots, total_a) for row in site.rows))


def _has_base(definition: SiteDefinition) -> Sequence[bool]:
    return [node.base_a != 0.0 for node in definition.nodes]


def _loaded(row: Row, roots: set[str], total_a: Steps) -> Row:
    node, _, kind = row.name.rpartition(" ")
    if node not in roots or kind in ("unbalance", "export"):
        return row
    return replace(row, base_a=total_a if kind == "power" else total_a.scaled(1 / _PHASES))
