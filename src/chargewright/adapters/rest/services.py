"""What the API needs of the central system: handed over as one thing."""

from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias

from litestar.params import Dependency

from chargewright.clock import Clock
from chargewright.csms.additions import Additions
from chargewright.csms.batteries import Batteries
from chargewright.csms.commands import Commands, Links
from chargewright.csms.compatibility import Compatibility
from chargewright.csms.device_services import DeviceServices
from chargewright.csms.dispatch import Counters
from chargewright.csms.drivers import Drivers
from chargewright.csms.energy import Energy
from chargewright.csms.ev_charging import EvCharging
from chargewright.csms.files import Files
from chargewright.csms.installation import Installer
from chargewright.csms.learning import Learning
from chargewright.csms.ledger import Ledger
from chargewright.csms.limit_events import LimitEvents
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ordering import Ordering
from chargewright.csms.planning import Planner
from chargewright.csms.ports import Bus, MessageLog, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.service import Security
from chargewright.csms.sites import Sites
from chargewright.csms.transactions import Transactions
from chargewright.csms.upkeep import Upkeep

__all__ = ["DurabilityGrade", "RestServices", "Services"]


class DurabilityGrade(Protocol):
    """What an acknowledgement is worth, and the median duration of one commit in milliseconds."""

    @property
    def grade(self) -> str: ...
    @property
    def commit_ms(self) -> float: ...
    @property
    def schema(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RestServices:
    """The services behind the API. `durability` is None where the store was not asked yet."""

    store: Store
    bus: Bus
    clock: Clock
    provisioning: Provisioning
    transactions: Transactions
    live: LiveMeters
    commands: Commands
    links: Links
    sites: Sites
    ledger: Ledger
    installer: Installer
    ordering: Ordering
    ev_charging: EvCharging
    message_log: MessageLog | None
    files: Files
    devices: DeviceServices
    drivers: Drivers
    security: Security
    compatibility: Compatibility
    upkeep: Upkeep
    additions: Additions
    energy: Energy
    learning: Learning
    limit_events: LimitEvents
    batteries: Batteries
    planner: Planner
    counters: Counters
    durability: DurabilityGrade | None = None


Services: TypeAlias = Annotated[RestServices, Dependency(skip_validation=True)]
"""How a route asks for them."""
