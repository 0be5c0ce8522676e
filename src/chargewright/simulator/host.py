"""What the blocks of a station need of it."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from chargewright.simulator.agenda import Agenda
from chargewright.simulator.evse import Evse
from chargewright.simulator.outbox import Outbox
from chargewright.simulator.scenario import StationSpec
from chargewright.simulator.station_log import StationLog
from chargewright.simulator.transfer import Transfer

__all__ = ["Host"]


class Host(Protocol):
    """A station as its blocks see it."""

    boot_reason: str
    firmware_version: str
    trusted_roots: tuple[str, ...]
    reset: Literal["when idle", "when told", "now"] | None

    @property
    def spec(self) -> StationSpec: ...
    @property
    def rng(self) -> random.Random: ...
    @property
    def evses(self) -> Mapping[int, Evse]: ...
    @property
    def agenda(self) -> Agenda: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def log(self) -> StationLog: ...
    @property
    def transfers(self) -> list[Transfer]: ...
    @property
    def after_boot(self) -> list[Callable[[datetime], None]]: ...
    def clock(self, at: datetime) -> datetime: ...
    def show(self, evse: Evse, at: datetime) -> None: ...
    def security_event(self, kind: str, at: datetime, info: str | None = None) -> None: ...
