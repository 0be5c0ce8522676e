"""A station's behaviour in the words of OCPP 2.x."""

from chargewright.simulator.dialect_v2.dialect import DialectV2

__all__ = ["DialectV2"]
