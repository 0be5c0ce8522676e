"""A station's behaviour in the words of OCPP 1.6."""

from chargewright.simulator.dialect_v16.dialect import DialectV16

__all__ = ["DialectV16"]
