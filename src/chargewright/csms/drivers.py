"""The services that concern drivers, put together: one field of the wiring, one of the API."""

from collections.abc import Mapping
from dataclasses import dataclass

from chargewright.clock import Clock
from chargewright.csms.authorize_requests import AuthorizeRequests, ContractCheck
from chargewright.csms.commands import Commands, Links
from chargewright.csms.cost import Costs
from chargewright.csms.customer_information import CustomerInformation
from chargewright.csms.data_transfer import DataTransfers
from chargewright.csms.dispatch import Handler
from chargewright.csms.display_messages import DisplayMessages
from chargewright.csms.local_lists import LocalLists
from chargewright.csms.ports import Bus, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reports import Reports
from chargewright.csms.reservations import Reservations
from chargewright.csms.transaction_watch import TransactionWatch
from chargewright.csms.transactions import Transactions

__all__ = ["Drivers", "driver_services"]


@dataclass(frozen=True, slots=True)
class Drivers:
    """Blocks C, D, E, H, I, N (customers), O and P."""

    authorize_requests: AuthorizeRequests
    watch: TransactionWatch
    costs: Costs
    local_lists: LocalLists
    reservations: Reservations
    display_messages: DisplayMessages
    customer_information: CustomerInformation
    data_transfers: DataTransfers

    def handlers(self) -> Mapping[type, Handler]:
        """For `Dispatch`."""
        return {
            **self.authorize_requests.handlers(),
            **self.reservations.handlers(),
            **self.data_transfers.handlers(),
        }

    async def start(self) -> None:
        """Take what is kept from the store, and follow what happens."""
        await self.costs.load()
        await self.local_lists.load()
        self.watch.start()

    async def stop(self) -> None:
        await self.watch.stop()
        await self.local_lists.stop()
        await self.costs.stop()


def driver_services(
    *,
    store: Store,
    bus: Bus,
    clock: Clock,
    links: Links,
    commands: Commands,
    provisioning: Provisioning,
    transactions: Transactions,
    costs: Costs,
    reservations: Reservations,
    reports: Reports,
    contracts: ContractCheck | None = None,
    ask_after_s: float = 15.0,
    close_after_s: float = 300.0,
) -> Drivers:
    """Put them together; nothing is read or sent yet. Costs and reservations are witnesses of `transactions`."""
    watch = TransactionWatch(
        store=store,
        bus=bus,
        clock=clock,
        commands=commands,
        links=links,
        provisioning=provisioning,
        transactions=transactions,
        ask_after_s=ask_after_s,
        close_after_s=close_after_s,
    )
    local_lists = LocalLists(store=store, bus=bus, clock=clock, commands=commands, links=links)
    return Drivers(
        authorize_requests=AuthorizeRequests(store=store, clock=clock, contracts=contracts),
        watch=watch,
        costs=costs,
        local_lists=local_lists,
        reservations=reservations,
        display_messages=DisplayMessages(store=store, clock=clock, commands=commands, reports=reports),
        customer_information=CustomerInformation(store=store, reports=reports, local_lists=local_lists),
        data_transfers=DataTransfers(store=store, clock=clock),
    )
