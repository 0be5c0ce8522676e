"""How long the id of a token may be, by version: a station is never shown a longer one, and cannot be told of it."""

from collections.abc import Mapping
from typing import Final

__all__ = ["ID_TOKEN_LENGTH_MAX"]

ID_TOKEN_LENGTH_MAX: Final[Mapping[str, int]] = {"ocpp1.6": 20, "ocpp2.0.1": 36, "ocpp2.1": 255}
"""1.6 CiString20Type; 2.0.1 and 2.1 IdTokenType."""
