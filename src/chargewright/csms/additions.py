"""The services of what OCPP 2.1 adds, put together: one field of the wiring, one of the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chargewright.csms.battery_swaps import BatterySwaps
from chargewright.csms.bidirectional import Bidirectional
from chargewright.csms.control_services import ControlServices
from chargewright.csms.cost import Costs
from chargewright.csms.der_controls import DerControls
from chargewright.csms.dispatch import Handler
from chargewright.csms.dynamic_profiles import DynamicProfiles
from chargewright.csms.event_streams import EventStreams
from chargewright.csms.payments import Payments, VatRegister
from chargewright.csms.ports import Records, Store
from chargewright.csms.priority_charging import PriorityCharging
from chargewright.csms.reports import Reports
from chargewright.csms.sites import Sites
from chargewright.csms.station_tariffs import StationTariffs
from chargewright.domain.event_stream import StreamValues
from chargewright.ids import StationId

__all__ = ["Additions", "added_services"]


@dataclass(frozen=True, slots=True)
class Additions:
    """See the module of each."""

    dynamic_profiles: DynamicProfiles
    priority_charging: PriorityCharging
    bidirectional: Bidirectional
    der_controls: DerControls
    event_streams: EventStreams
    battery_swaps: BatterySwaps
    payments: Payments
    station_tariffs: StationTariffs

    def handlers(self) -> Mapping[type, Handler]:
        """For `Dispatch`."""
        return {
            **self.dynamic_profiles.handlers(),
            **self.priority_charging.handlers(),
            **self.der_controls.handlers(),
            **self.event_streams.handlers(),
            **self.battery_swaps.handlers(),
            **self.payments.handlers(),
        }

    def hearers(self) -> Mapping[type, Callable[[StationId, Any], None]]:
        """For `Dispatch`: who takes in the messages that nobody answers."""
        return {StreamValues: self.event_streams.values_told}

    async def forget(self, store: Store, station_id: StationId) -> None:
        """Drop all that is kept of a station that was deleted."""

        def drop(records: Records) -> None:
            self.dynamic_profiles.forget(records, station_id)
            self.priority_charging.forget(records, station_id)
            self.bidirectional.forget(records, station_id)
            self.der_controls.forget(records, station_id)
            self.event_streams.forget(records, station_id)
            self.battery_swaps.forget(records, station_id)
            self.payments.forget(records, station_id)
            self.station_tariffs.forget(records, station_id)

        await store.commit(drop)


def added_services(
    services: ControlServices,
    *,
    sites: Sites,
    reports: Reports,
    costs: Costs,
    vat_register: VatRegister | None = None,
) -> Additions:
    """Put them together; nothing is read or sent yet."""
    store, clock, commands = services.store, services.clock, services.commands
    return Additions(
        dynamic_profiles=DynamicProfiles(
            store=store,
            clock=clock,
            links=services.links,
            commands=commands,
            transactions=services.transactions,
            ledger=services.ledger,
            sites=sites,
        ),
        priority_charging=PriorityCharging(
            store=store, clock=clock, commands=commands, transactions=services.transactions, sites=sites
        ),
        bidirectional=Bidirectional(store=store, clock=clock, commands=commands),
        der_controls=DerControls(store=store, clock=clock, commands=commands, reports=reports),
        event_streams=EventStreams(store=store, clock=clock, commands=commands),
        battery_swaps=BatterySwaps(store=store, clock=clock, commands=commands),
        payments=Payments(store=store, clock=clock, commands=commands, register=vat_register),
        station_tariffs=StationTariffs(store=store, clock=clock, commands=commands, costs=costs),
    )
