"""Cars that load fewer conductors than their EVSE has: what the others leave free."""

from collections.abc import Mapping
from dataclasses import replace

from chargewright.charging.site import EvseKey, Row, Site, Steps

__all__ = ["loaded"]


def loaded(
    site: Site, conductors: Mapping[EvseKey, tuple[int, ...]], idle_a: Mapping[EvseKey, float]
) -> Site:
    """Return the site as it stands while some EVSEs load only some of their conductors, numbered from 0.

    The other conductors of such an EVSE still count with `idle_a`: what the next car may draw there before anybody
    knows of it. In a row about unbalance the EVSE counts as the uneven one that it is.
    """
    narrow = {key: own for key, own in conductors.items() if len(own) < site.evses[key].phases}
    if not narrow:
        return site
    evses = {
        key: replace(evse, phases=len(narrow[key])) if key in narrow else evse
        for key, evse in site.evses.items()
    }
    rows = tuple(
        _row(row, narrow, idle_a) if narrow.keys() & row.coefficients.keys() else row for row in site.rows
    )
    return replace(site, rows=rows, evses=evses)


def _row(row: Row, narrow: Mapping[EvseKey, tuple[int, ...]], idle_a: Mapping[EvseKey, float]) -> Row:
    coefficients: dict[EvseKey, tuple[complex, ...]] = {}
    idle = 0.0
    for key, own in row.coefficients.items():
        if key not in narrow:
            coefficients[key] = own
            continue
        kept = tuple(own[conductor] for conductor in narrow[key])
        if any(kept):
            coefficients[key] = kept
        unused = sum(abs(c) for conductor, c in enumerate(own) if conductor not in narrow[key])
        idle += 0.0 if row.uneven else unused * idle_a[key]
    base = row.base_a.plus(Steps.of(idle)) if idle else row.base_a
    return replace(row, coefficients=coefficients, base_a=base)
