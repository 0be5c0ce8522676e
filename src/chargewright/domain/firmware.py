"""Firmware, publications of it, and logs: what is asked of stations and what they tell of it (2.x blocks L and N01)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Literal

__all__ = [
    "FirmwareCommand",
    "FirmwareImage",
    "FirmwareReply",
    "FirmwareRequest",
    "FirmwareResult",
    "FirmwareTold",
    "FirmwareUpdate",
    "GetLog",
    "LogKind",
    "LogRequest",
    "LogTold",
    "Progress",
    "ProgressState",
    "Publication",
    "PublishFirmware",
    "PublishingTold",
    "Rollout",
    "ShownState",
    "StatusTold",
    "UnpublishFirmware",
    "UpdateFirmware",
]

STATUSES_KEPT: Final = 50
"""Of one order: a station that tells the same over and over fills nothing."""

ProgressState = Literal[
    "waiting", "asked", "running", "done", "failed", "refused", "canceled", "offline", "withdrawn"
]
ShownState = Literal[
    "waiting",
    "asked",
    "running",
    "done",
    "failed",
    "refused",
    "canceled",
    "offline",
    "withdrawn",
    "timed_out",
]


@dataclass(frozen=True, slots=True)
class StatusTold:
    """One status of a station, in OCPP's word."""

    at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far something has come that takes a station a while.

    `waiting`: the station is away, it is sent when it comes back; `asked`: it is not known yet whether the station
    does it; `canceled`: another order took its place; `offline`: it was never sent; `withdrawn`: it was undone later.
    """

    state: ProgressState = "waiting"
    reason: str = ""
    heard_at: datetime | None = None
    told: tuple[StatusTold, ...] = ()

    @property
    def status(self) -> str:
        """What the station said last; "" before it said anything."""
        return self.told[-1].status if self.told else ""

    @property
    def open(self) -> bool:
        return self.state in {"waiting", "asked", "running"}

    def heard(self, at: datetime, status: str, state: ProgressState, reason: str = "") -> "Progress":
        """The same after a status of the station."""
        return Progress(state, reason, at, (*self.told, StatusTold(at, status))[-STATUSES_KEPT:])

    def become(self, state: ProgressState, reason: str = "") -> "Progress":
        return replace(self, state=state, reason=reason)

    def shown(self, now: datetime, *, since: datetime, patience: timedelta) -> ShownState:
        """The state as it is now; `timed_out` where nothing came for longer than `patience`. A late status mends it."""
        silent_since = since if self.heard_at is None else max(since, self.heard_at)
        if self.state in {"asked", "running"} and now - silent_since > patience:
            return "timed_out"
        return self.state


# --- firmware ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """An image that stations can be given: a file kept here (`file_id`), or one elsewhere (`location`).

    `vendor` and `model` say which stations it is for; texts may hold `*` and `?`. `md5` is what OCPP names for
    publishing. `signature` is Base64 over the whole file, `signing_certificate` PEM (2.x L01, 1.6 security paper L01).
    """

    id: str
    version: str
    created_at: datetime
    vendor: str = "*"
    model: str = "*"
    file_id: str | None = None
    location: str | None = None
    md5: str = ""
    signature: str | None = None
    signing_certificate: str | None = None


@dataclass(frozen=True, slots=True)
class FirmwareUpdate:
    """One station's update. `number` is also its requestId, where the version has one.

    `version_before` and `version_told` are what the station said at its boots before it was asked and since it
    last began to install; `version_told` is None until it booted.
    """

    number: int
    image_id: str
    version: str
    asked_at: datetime
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signed: bool = False
    rollout: int | None = None
    version_before: str = ""
    version_told: str | None = None
    progress: Progress = Progress()

    @property
    def confirmed(self) -> bool | None:
        """Whether the version that the station booted with is the one wanted; None while nobody knows."""
        if self.version_told is None or not self.version or self.progress.state != "done":
            return None
        return self.version_told == self.version

    @property
    def silent_from(self) -> datetime:
        """Before this time there is nothing to tell."""
        return max(self.asked_at, self.retrieve_at, self.install_at or self.asked_at)


@dataclass(frozen=True, slots=True)
class Rollout:
    """One image to many stations: by station, the number of its update, or why there is none."""

    number: int
    image_id: str
    at: datetime
    updates: dict[str, int]
    refused: dict[str, str]


@dataclass(frozen=True, slots=True)
class Publication:
    """An image that a station offers to others in its network (2.x L03). `locations` is where they find it."""

    number: int
    image_id: str
    checksum: str
    asked_at: datetime
    locations: tuple[str, ...] = ()
    progress: Progress = Progress("asked")


# --- logs ----------------------------------------------------------------------------------------------------

LogKind = Literal["diagnostics", "security", "data_collector"]


@dataclass(frozen=True, slots=True)
class LogRequest:
    """A log that a station was asked for. `file_id` is there once it was left here; `name` is what the station calls it."""

    number: int
    kind: LogKind
    asked_at: datetime
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    external: bool = False
    """Left at a place that is not ours."""
    name: str = ""
    file_id: str | None = None
    progress: Progress = Progress("asked")


# --- what we order -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpdateFirmware:
    """UpdateFirmware; SignedUpdateFirmware in 1.6 where a signature is there. Outcome: `FirmwareReply`."""

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    signature: str | None = None
    signing_certificate: str | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class PublishFirmware:
    """PublishFirmware (2.x). `checksum` is the MD5 of the file, hexadecimal. Outcome: `FirmwareReply`."""

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class UnpublishFirmware:
    """UnpublishFirmware (2.x). Outcome: `FirmwareReply`."""

    checksum: str


@dataclass(frozen=True, slots=True)
class GetLog:
    """GetLog; GetDiagnostics in 1.6 for diagnostics. Outcome: `FirmwareReply`."""

    request_id: int
    kind: LogKind
    location: str
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class FirmwareReply:
    """What the station answered: `Accepted` where its version has no word for it. `name`: the file that it will leave."""

    status: str
    reason: str = ""
    name: str = ""


FirmwareCommand = UpdateFirmware | PublishFirmware | UnpublishFirmware | GetLog
FirmwareResult = FirmwareReply


# --- what stations tell --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FirmwareTold:
    """FirmwareStatusNotification, or SignedFirmwareStatusNotification of 1.6 (`action`). Answer: `Acknowledged`.

    `request_id` is None where the version has none, or nothing is under way. `content` is the message as it came.
    """

    action: str
    status: str
    content: bytes
    request_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PublishingTold:
    """PublishFirmwareStatusNotification (2.x). Answer: `Acknowledged`."""

    action: ClassVar[str] = "PublishFirmwareStatusNotification"
    status: str
    content: bytes
    request_id: int | None = None
    locations: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogTold:
    """LogStatusNotification, or DiagnosticsStatusNotification of 1.6 (`action`). Answer: `Acknowledged`."""

    action: str
    status: str
    content: bytes
    request_id: int | None = None
    reason: str = ""


FirmwareRequest = FirmwareTold | PublishingTold | LogTold
