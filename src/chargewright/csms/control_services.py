"""What the control of a site needs of the rest: handed over as one thing."""

from dataclasses import dataclass

from chargewright.clock import Clock
from chargewright.csms.batteries import Batteries
from chargewright.csms.commands import Commands, Links
from chargewright.csms.commissioning import Commissioner
from chargewright.csms.energy import Energy
from chargewright.csms.installation import Installer
from chargewright.csms.learning import Learning
from chargewright.csms.ledger import Ledger
from chargewright.csms.limit_events import LimitEvents
from chargewright.csms.metering import LiveMeters
from chargewright.csms.planning import Planner
from chargewright.csms.ports import Bus, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.transactions import Transactions

__all__ = ["ControlServices"]


@dataclass(frozen=True, slots=True)
class ControlServices:
    store: Store
    bus: Bus
    clock: Clock
    links: Links
    provisioning: Provisioning
    transactions: Transactions
    live: LiveMeters
    commands: Commands
    ledger: Ledger
    installer: Installer
    commissioner: Commissioner
    energy: Energy
    learning: Learning
    limit_events: LimitEvents
    batteries: Batteries
    planner: Planner
