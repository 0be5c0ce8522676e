"""Builds adapters and services and hands them to each other: plain calls, in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.gateway.server import GatewayServer, Limits
from chargewright.adapters.gateway.tls import TlsFiles
from chargewright.adapters.rest.services import RestServices
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.app.config import StationsConfig
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.commissioning import Commissioner
from chargewright.csms.control_services import ControlServices
from chargewright.csms.device_services import DeviceServices, device_services
from chargewright.csms.dispatch import Dispatch
from chargewright.csms.installation import Installer
from chargewright.csms.ledger import Ledger
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ordering import Ordering
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.sites import Sites
from chargewright.csms.transactions import Transactions

__all__ = ["CentralSystem", "build", "services_of"]


@dataclass(frozen=True, slots=True)
class CentralSystem:
    """Everything that a running central system is made of, REST and console apart."""

    services: ControlServices
    store: SqliteStore
    dispatch: Dispatch
    sites: Sites
    ordering: Ordering
    devices: DeviceServices
    gateway: GatewayServer

    async def start(self) -> None:
        """Open the store, take up where the last run ended, control the sites, then let stations in."""
        services = self.services
        await self.store.start()
        await services.provisioning.load()
        await services.transactions.load()
        await services.ledger.load()
        await self.sites.start()
        await self.gateway.start()

    async def stop(self) -> None:
        await self.gateway.stop()
        await self.sites.stop()
        await self.store.stop()

    @property
    def idle(self) -> bool:
        """True when nothing is under way that does not wait for time: a virtual clock may move on."""
        return self.store.idle and self.services.commands.idle and self.sites.idle


def build(
    config: StationsConfig,
    *,
    database: str | Path,
    clock: Clock,
    failed: Callable[[BaseException], None] | None = None,
) -> CentralSystem:
    """Put a central system together; nothing is opened yet. `failed` is called once if the disk fails for good."""
    store = SqliteStore(database, failed=failed)
    bus = InProcessBus()
    links = Links()
    live = LiveMeters()
    provisioning = Provisioning(
        store=store,
        bus=bus,
        clock=clock,
        unknown=config.unknown,
        heartbeat_interval_s=config.heartbeat_interval_s,
    )
    transactions = Transactions(store=store, bus=bus, clock=clock, live=live)
    commands = Commands(links=links, clock=clock)
    ledger = Ledger(store=store, clock=clock)
    installer = Installer(commands=commands, ledger=ledger, bus=bus, clock=clock)
    commissioner = Commissioner(
        provisioning=provisioning, commands=commands, ledger=ledger, installer=installer, clock=clock
    )
    services = ControlServices(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        transactions=transactions,
        live=live,
        commands=commands,
        ledger=ledger,
        installer=installer,
        commissioner=commissioner,
    )
    devices = device_services(store=store, clock=clock, commands=commands)
    dispatch = Dispatch(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        transactions=transactions,
        live=live,
        commands=commands,
        handlers={**devices.handlers()},
    )
    gateway = GatewayServer(
        provisioning,
        dispatch,
        clock,
        host=config.host,
        port=config.port,
        path_prefix=config.path_prefix,
        tls=_tls(config),
        limits=Limits(message_bytes_max=config.message_bytes_max, call_timeout_s=config.call_timeout_s),
        subprotocol_mismatch=config.subprotocol_mismatch,
        store_full=lambda: store.full,
    )
    sites = Sites(services)
    ordering = Ordering(
        store=store,
        clock=clock,
        links=links,
        provisioning=provisioning,
        commands=commands,
        profiles_touched=sites.profiles_touched,
    )
    return CentralSystem(services, store, dispatch, sites, ordering, devices, gateway)


def services_of(central: CentralSystem) -> RestServices:
    """What the REST API is given. Asked for after `start`, so that the store knows what a commit is worth."""
    services = central.services
    return RestServices(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        provisioning=services.provisioning,
        transactions=services.transactions,
        live=services.live,
        commands=services.commands,
        links=services.links,
        sites=central.sites,
        ledger=services.ledger,
        installer=services.installer,
        ordering=central.ordering,
        devices=central.devices,
        counters=central.dispatch.counters,
        durability=central.store.durability,
    )


def _tls(config: StationsConfig) -> TlsFiles | None:
    if config.certificate_file is None or config.key_file is None:
        return None
    client_ca = None if config.client_ca_file is None else Path(config.client_ca_file)
    return TlsFiles(Path(config.certificate_file), Path(config.key_file), client_ca)
