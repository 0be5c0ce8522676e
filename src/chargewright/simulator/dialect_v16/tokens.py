"""Tokens in the words of OCPP 1.6 (section 7.27)."""

from chargewright.clock import as_utc
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator.blocks.access import TokenInfo

__all__ = ["token_info"]


def token_info(wire: v16.IdTagInfo) -> TokenInfo:
    expires_at = None if wire.expiry_date is None else as_utc(wire.expiry_date)
    return TokenInfo(wire.status, expires_at, wire.parent_id_tag)
