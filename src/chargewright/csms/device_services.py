"""What a station is made of and how it is set up: the services of blocks B and N, handed over as one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.ports import Store
from chargewright.csms.reports import Reports

__all__ = ["DeviceServices", "device_services"]


@dataclass(frozen=True, slots=True)
class DeviceServices:
    """See the module of each."""

    reports: Reports

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`."""
        return {**self.reports.handlers()}


def device_services(*, store: Store, clock: Clock, commands: Commands) -> DeviceServices:
    """Put them together."""
    return DeviceServices(Reports(store=store, clock=clock, commands=commands))
