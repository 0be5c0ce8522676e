"""How stations are read, for those who do not speak OCPP themselves; see `ocpp/tolerance.py`."""

from chargewright.ocpp.tolerance import (
    DEFAULTS,
    FIXED,
    RECORD_ONLY,
    STRICT,
    TOLERANT,
    WHAT,
    Mode,
    Switch,
    Tolerance,
    switched,
)

__all__ = [
    "DEFAULTS",
    "FIXED",
    "RECORD_ONLY",
    "STRICT",
    "TOLERANT",
    "WHAT",
    "Mode",
    "Switch",
    "Tolerance",
    "switched",
]
