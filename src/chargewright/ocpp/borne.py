"""What is made of calls that a strict reader would refuse, where the station is read so."""

from collections.abc import Mapping

from chargewright.ocpp.catalog import Action
from chargewright.ocpp.reading import FaultKind, Refused
from chargewright.ocpp.tolerance import RECORD_ONLY, TRANSACTION_CLASS, Switch, Tolerance

__all__ = ["kept_by", "respelled"]


def respelled(name: str, actions: Mapping[str, Action]) -> Action | None:
    """The action that is meant by a name with other letters in capitals, or with `Request` or `.req` behind it."""
    folded = name.casefold().removesuffix("request").removesuffix(".req")
    return next((action for known, action in actions.items() if known.casefold() == folded), None)


def kept_by(tolerance: Tolerance, action: Action, refused: Refused) -> str | None:
    """What has a payload kept that cannot be read; None where nothing does, or it is no object."""
    if refused.fault.kind in {FaultKind.SYNTAX, FaultKind.NOT_AN_OBJECT}:
        return None
    if action.name in TRANSACTION_CLASS and Switch.KEEP_TRANSACTIONS in tolerance.switches:
        return Switch.KEEP_TRANSACTIONS
    return RECORD_ONLY if tolerance.record_only and action.plain_answer is not None else None
