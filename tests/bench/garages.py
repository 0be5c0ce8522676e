"""A small network file and visits for the tests of the evaluation."""

from datetime import UTC, datetime
from typing import Any

from bench.evaluation.data import Visit

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
RATES = [0.0, *(float(rate) for rate in range(6, 33))]


def lines(*, limit_a: float, stations: int) -> dict[str, Any]:
    """A delta of three lines, stations between them in turn; each wire carries the difference of two lines."""
    angles = (30.0, -90.0, 150.0)
    names = [f"S{number}" for number in range(stations)]
    between = [names[line::3] for line in range(3)]
    return {
        "parameters": {"voltage_ll_v": 208.0},
        "stations": [
            {
                "id": name,
                "voltage_v": 208.0,
                "phase_angle_deg": angles[number % 3],
                "allowable_rates_a": RATES,
                "max_rate_a": 32.0,
            }
            for number, name in enumerate(names)
        ],
        "constraints": [
            {
                "name": f"Wire {line}",
                "limit_a": limit_a,
                "coefficients": {
                    **dict.fromkeys(between[line], 1.0),
                    **dict.fromkeys(between[line - 1], -1.0),
                },
            }
            for line in range(3)
        ],
    }


def visit(station: int, begin: int, end: int, *, energy_wh: float = 50_000.0) -> Visit:
    return Visit(
        id=f"v{station}-{begin}",
        station=f"S{station}",
        arrival_slot=begin,
        departure_slot=end,
        energy_wh=energy_wh,
        told_departure_slot=end,
        told_energy_wh=energy_wh,
    )
