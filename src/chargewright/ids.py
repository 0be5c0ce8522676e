"""Typed ids. They hold plain values, so that they cost nothing; the type checker keeps them apart."""

from typing import NewType

__all__ = ["CommandId", "EvseId", "ProfileId", "SiteId", "StationId", "TransactionId"]

StationId = NewType("StationId", str)
"""The identity in the station's URL, decoded once."""

EvseId = NewType("EvseId", int)
"""An EVSE of a station, from 1; 0 means the whole station. In 1.6 this is the connector id."""

TransactionId = NewType("TransactionId", int)
"""Ours: a positive 32-bit integer, never used twice. In 1.6 it is also what the station is told."""

ProfileId = NewType("ProfileId", int)
"""The id of a charging profile, unique within its station."""

SiteId = NewType("SiteId", str)

CommandId = NewType("CommandId", int)
