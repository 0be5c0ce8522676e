"""`chargewright simulate --replay`: a recorded station against any central system."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec
import picows

from chargewright.errors import InvalidInput
from chargewright.ocpp.catalog import Version
from chargewright.simulator.recording import Recording, read_recording
from chargewright.simulator.replay import ReplayReport, play

__all__ = ["replay_log", "show_replay"]


def replay_log(
    file: Path,
    *,
    csms: str,
    station: str | None,
    protocol: str,
    speed: float,
    password: str | None,
    trust: ssl.SSLContext | None,
) -> tuple[dict[str, Any], bool]:
    """Play the log: the figures, and whether everything was answered as then.

    Raises:
        InvalidInput: the file is no log, or the station is kept out.

    """
    try:
        text = file.read_bytes()
    except OSError as why:
        raise InvalidInput(why.strerror or str(why), where=str(file)) from why
    known = {version.value: version for version in Version}
    recording = read_recording(text, version=known.get(protocol), where=str(file))
    station_id = station or file.stem
    try:
        seen = asyncio.run(
            play(
                recording,
                csms=csms,
                station_id=station_id,
                speed=speed,
                password=password,
                ssl_context=trust,
            )
        )
    except (OSError, picows.WSError) as why:
        raise InvalidInput(f"{station_id} cannot connect: {why}", where=csms) from why
    return _figures(seen, recording, csms=csms, station=station_id), seen.alike


def _figures(seen: ReplayReport, recording: Recording, *, csms: str, station: str) -> dict[str, Any]:
    return {
        "csms": csms,
        "station": station,
        "protocol": recording.version.value,
        "recorded": len(recording.said),
        "alike": seen.alike,
        "said": seen.said,
        "answered_alike": seen.answered_alike,
        "unanswered": seen.unanswered,
        "ended": seen.ended,
        "orders": dict(seen.orders),
        "orders_new": dict(seen.orders_new),
        "orders_missing": dict(seen.orders_missing),
        "more_differences": seen.more_differences,
        "differences": [asdict(one) for one in seen.differences],
    }


def show_replay(figures: Mapping[str, Any]) -> None:
    """Print the report."""
    for name, value in figures.items():
        if isinstance(value, dict):
            told = ", ".join(f"{action} {count}" for action, count in sorted(value.items()))
            print(f"{name}\t{told or 'none'}")
        elif not isinstance(value, list):
            print(f"{name}\t{value}")
    for one in figures["differences"]:
        print(f"call {one['number']} {one['action']}: {', '.join(one['places'])}")
        print(f"  then  {msgspec.json.encode(one['then']).decode()}")
        print(f"  now   {msgspec.json.encode(one['now']).decode()}")
