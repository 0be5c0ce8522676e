"""Files that go to stations (firmware) or come from them (logs, diagnostics), and the tickets to fetch or leave one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chargewright.ids import StationId

__all__ = ["FilePurpose", "FileTicket", "StoredFile"]

FilePurpose = Literal["firmware", "diagnostics", "security_log", "other"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is wholly here. `station_id` is None where we offer it to many."""

    id: str
    name: str
    purpose: FilePurpose
    bytes: int
    sha256: str
    created_at: datetime
    station_id: StationId | None = None
    reference: str = ""
    """What it belongs to: the number of the request that asked for it."""


@dataclass(frozen=True, slots=True)
class FileTicket:
    """Leave to fetch one file (`get`), as often as it takes until it expires, or to leave one (`put`), once."""

    direction: Literal["get", "put"]
    station_id: StationId
    purpose: FilePurpose
    expires_at: datetime
    bytes_max: int
    file_id: str | None = None
    reference: str = ""
