"""OCPP 2.1: status and statusInfo of an answer, read once for all that say no more."""

from typing import Any

from chargewright.domain.answered import Answered
from chargewright.ocpp.v21 import messages as v21

__all__ = ["answered", "reason_given", "status_info"]


def reason_given(wire: Any) -> str:
    """The reason of an answer in one line; empty where there is none."""
    info = wire.status_info
    return "" if info is None else f"{info.reason_code} {info.additional_info or ''}".rstrip()


def answered(_order: Any, wire: Any) -> Answered:
    """Read the outcome of an order that is either taken or not."""
    return Answered(wire.status, reason_given(wire))


def status_info(reason: str) -> v21.StatusInfo | None:
    """Write a reason code; None for an empty one."""
    return v21.StatusInfo(reason_code=reason) if reason else None
