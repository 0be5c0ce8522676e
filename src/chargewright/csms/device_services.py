"""What a station is made of and how it is set up: the services of blocks B and N, handed over as one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chargewright.clock import Clock
from chargewright.csms.acceptance import Acceptance
from chargewright.csms.commands import Commands, Links
from chargewright.csms.configuration import Configuration
from chargewright.csms.device_model import DeviceModel
from chargewright.csms.monitoring import Monitoring
from chargewright.csms.ports import Bus, Records, Store
from chargewright.csms.probing import Probing
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reports import Reports
from chargewright.csms.station_models import StationModels
from chargewright.csms.transactions import Transactions
from chargewright.ids import StationId

__all__ = ["DeviceServices", "device_services"]


@dataclass(frozen=True, slots=True)
class DeviceServices:
    """See the module of each."""

    reports: Reports
    device_model: DeviceModel
    monitoring: Monitoring
    configuration: Configuration
    models: StationModels
    probing: Probing

    async def start(self) -> None:
        """Take up what is kept, and follow the boots of stations."""
        await self.models.load()
        await self.configuration.start()

    async def stop(self) -> None:
        await self.configuration.stop()
        await self.probing.stop()

    async def forget(self, store: Store, station_id: StationId) -> None:
        """Drop all that is kept of a station that was deleted."""

        def drop(records: Records) -> None:
            self.reports.forget(records, station_id)
            self.device_model.forget(records, station_id)
            self.monitoring.forget(records, station_id)
            self.probing.forget(records, station_id)

        await store.commit(drop)
        await self.configuration.forget(station_id)

    @property
    def idle(self) -> bool:
        """True when nothing is under way that was not asked for."""
        return self.configuration.idle and self.probing.idle

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`."""
        return {**self.reports.handlers(), **self.monitoring.handlers()}


def device_services(
    *,
    store: Store,
    bus: Bus,
    clock: Clock,
    links: Links,
    provisioning: Provisioning,
    acceptance: Acceptance,
    transactions: Transactions,
    commands: Commands,
    models: StationModels,
    probing: Probing,
) -> DeviceServices:
    """Put them together."""
    reports = Reports(store=store, clock=clock, commands=commands)
    device_model = DeviceModel(
        store=store, clock=clock, provisioning=provisioning, commands=commands, reports=reports
    )
    monitoring = Monitoring(
        store=store, clock=clock, commands=commands, reports=reports, device_model=device_model
    )
    configuration = Configuration(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        acceptance=acceptance,
        transactions=transactions,
        commands=commands,
        device_model=device_model,
        reports=reports,
    )
    return DeviceServices(reports, device_model, monitoring, configuration, models, probing)
