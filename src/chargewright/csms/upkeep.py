"""What keeps stations up to date and accountable: firmware (block L) and logs (N01), handed over as one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.files import Files
from chargewright.csms.firmware import FirmwareUpdates
from chargewright.csms.firmware_images import FirmwareImages
from chargewright.csms.ports import Bus, Records, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.publications import Publications
from chargewright.csms.station_logs import StationLogs
from chargewright.ids import StationId

__all__ = ["Upkeep", "upkeep_services"]


@dataclass(frozen=True, slots=True)
class Upkeep:
    """See the module of each."""

    images: FirmwareImages
    updates: FirmwareUpdates
    publications: Publications
    logs: StationLogs

    async def start(self) -> None:
        """Take up what is kept, and follow what happens."""
        await self.updates.start()
        self.logs.start()

    async def stop(self) -> None:
        self.logs.stop()
        await self.updates.stop()

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`."""
        return {**self.updates.handlers(), **self.publications.handlers(), **self.logs.handlers()}

    async def forget(self, store: Store, station_id: StationId) -> None:
        """Drop all that is kept of a station that was deleted."""

        def drop(records: Records) -> None:
            self.updates.forget(records, station_id)
            self.publications.forget(records, station_id)
            self.logs.forget(records, station_id)

        await store.commit(drop)


def upkeep_services(
    *,
    store: Store,
    bus: Bus,
    clock: Clock,
    links: Links,
    provisioning: Provisioning,
    commands: Commands,
    files: Files,
    new_id: Callable[[], str],
) -> Upkeep:
    """Put them together."""
    images = FirmwareImages(store=store, clock=clock, files=files, new_id=new_id)
    return Upkeep(
        images=images,
        updates=FirmwareUpdates(
            store=store,
            bus=bus,
            clock=clock,
            links=links,
            provisioning=provisioning,
            commands=commands,
            images=images,
        ),
        publications=Publications(
            store=store, bus=bus, clock=clock, provisioning=provisioning, commands=commands, images=images
        ),
        logs=StationLogs(
            store=store,
            bus=bus,
            clock=clock,
            links=links,
            provisioning=provisioning,
            commands=commands,
            files=files,
        ),
    )
