"""A scenario as a JSON file: the fields of `Scenario`, times as RFC 3339, nothing else."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from chargewright.errors import InvalidInput
from chargewright.simulator.physics import wiring_of
from chargewright.simulator.scenario import Scenario
from chargewright.simulator.world import check_scenario

__all__ = ["read_scenario", "scenario_of_json", "scenario_to_json"]


def scenario_to_json(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as plain values that `json.dumps` takes."""
    plain: dict[str, Any] = msgspec.to_builtins(scenario)
    return plain


def scenario_of_json(plain: Mapping[str, Any], *, where: str = "scenario") -> Scenario:
    """Read a scenario from plain values; what is left out has its default.

    Raises:
        InvalidInput: a value makes no sense, a key is unknown, a time has no zone, or the story contradicts itself.

    """
    try:
        scenario = msgspec.convert(plain, Scenario)
    except msgspec.ValidationError as why:
        raise InvalidInput(str(why), where=where) from why
    unknown = _unknown(plain, msgspec.to_builtins(scenario), "$")
    if unknown:
        raise InvalidInput(f"nobody knows {unknown}", where=where)
    for at in _times(scenario):
        if at.tzinfo is None:
            raise InvalidInput(f"{at.isoformat()} has no time zone", where=where)
    try:
        check_scenario(scenario, wiring_of(scenario.site).places)
    except (KeyError, TypeError, ValueError) as why:
        raise InvalidInput(f"the site cannot be read: {why!r}", where=where) from why
    return scenario


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises `InvalidInput`, naming it."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as why:
        raise InvalidInput(str(why), where=str(path)) from why
    if not isinstance(plain, dict):
        raise InvalidInput("is not an object", where=str(path))
    return scenario_of_json(plain, where=str(path))


def _unknown(given: Any, understood: Any, path: str) -> str:
    """Return the path of the first key that was given and not understood."""
    if isinstance(given, Mapping) and isinstance(understood, Mapping):
        for key, value in given.items():
            if key not in understood:
                return f"{path}.{key}"
            if found := _unknown(value, understood[key], f"{path}.{key}"):
                return found
    elif isinstance(given, (list, tuple)) and isinstance(understood, (list, tuple)):
        for n, (one, other) in enumerate(zip(given, understood, strict=True)):
            if found := _unknown(one, other, f"{path}[{n}]"):
                return found
    return ""


def _times(scenario: Scenario) -> list[datetime]:
    times = [scenario.start, scenario.end]
    for arrival in scenario.arrivals:
        times += [arrival.at, arrival.departure, arrival.departure_told or arrival.departure]
    return times + [fault.at for fault in scenario.faults]
