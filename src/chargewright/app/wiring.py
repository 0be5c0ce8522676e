"""Builds adapters and services and hands them to each other: plain calls, in one place."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.files.http import FileService
from chargewright.adapters.files.vault import FolderVault
from chargewright.adapters.gateway.server import GatewayServer, Limits
from chargewright.adapters.message_log.log import FileMessageLog
from chargewright.adapters.rest.services import RestServices
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.app.config import StationsConfig
from chargewright.app.security_wiring import authority_of, security_of, tls_of
from chargewright.clock import Clock
from chargewright.csms.acceptance import Acceptance
from chargewright.csms.commands import Commands, Links
from chargewright.csms.commissioning import Commissioner
from chargewright.csms.control_services import ControlServices
from chargewright.csms.cost import Costs
from chargewright.csms.device_services import DeviceServices, device_services
from chargewright.csms.dispatch import Dispatch
from chargewright.csms.drivers import Drivers, driver_services
from chargewright.csms.ev_charging import EvCharging
from chargewright.csms.files import PREFIX as FILES_PREFIX
from chargewright.csms.files import Files
from chargewright.csms.installation import Installer
from chargewright.csms.ledger import Ledger
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ordering import Ordering
from chargewright.csms.ports import Gatekeeper, StationPort, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reservations import Reservations
from chargewright.csms.security.service import Security
from chargewright.csms.sites import Sites
from chargewright.csms.station_models import StationModels
from chargewright.csms.transactions import Transactions
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

if TYPE_CHECKING:
    from chargewright.adapters.soap.server import SoapServer  # lxml is an extra

__all__ = ["CentralSystem", "build", "services_of"]


@dataclass(frozen=True, slots=True)
class CentralSystem:
    """Everything that a running central system is made of, REST and console apart."""

    services: ControlServices
    store: SqliteStore
    dispatch: Dispatch
    sites: Sites
    ordering: Ordering
    ev_charging: EvCharging
    devices: DeviceServices
    drivers: Drivers
    security: Security
    gateway: GatewayServer
    soap: "SoapServer | None"
    file_service: FileService
    message_log: FileMessageLog | None

    async def start(self) -> None:
        """Open the store, take up where the last run ended, control the sites, then let stations in."""
        services = self.services
        await self.store.start()
        if self.message_log is not None:
            await self.message_log.start()
        await services.provisioning.load()
        await services.transactions.load()
        await services.ledger.load()
        await self.security.start()
        await self.devices.start()
        await self.drivers.start()
        await self.file_service.files.start()
        await self.sites.start()
        await self.gateway.start()
        if self.soap is not None:
            await self.soap.start()

    async def stop(self) -> None:
        if self.soap is not None:
            await self.soap.stop()
        await self.file_service.stop()
        await self.gateway.stop()
        await self.security.stop()
        await self.devices.stop()
        await self.drivers.stop()
        await self.sites.stop()
        await self.store.stop()
        if self.message_log is not None:
            await self.message_log.stop()

    @property
    def idle(self) -> bool:
        """True when nothing is under way that does not wait for time: a virtual clock may move on."""
        services_idle = self.services.commands.idle and self.sites.idle and self.devices.idle
        return self.store.idle and services_idle


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
        boot_retry_s=config.boot_retry_s,
    )
    acceptance = Acceptance(provisioning)
    commands = Commands(links=links, clock=clock, gate=acceptance)
    costs = Costs(
        store=store, bus=bus, clock=clock, commands=commands, interval_s=config.cost_update_interval_s
    )
    reservations = Reservations(store=store, clock=clock, commands=commands)
    transactions = Transactions(
        store=store,
        bus=bus,
        clock=clock,
        live=live,
        witnesses=(reservations, costs),
        master_pass_group=config.master_pass_group,
    )
    authority = authority_of(config, database=database, clock=clock)
    security = security_of(
        config,
        authority=authority,
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        commands=commands,
    )
    ledger = Ledger(store=store, clock=clock)
    installer = Installer(commands=commands, ledger=ledger, bus=bus, clock=clock)
    models = StationModels(store=store, clock=clock)
    commissioner = Commissioner(
        provisioning=provisioning,
        commands=commands,
        ledger=ledger,
        installer=installer,
        models=models,
        clock=clock,
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
    devices = device_services(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        acceptance=acceptance,
        transactions=transactions,
        commands=commands,
        models=models,
    )
    drivers = driver_services(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        commands=commands,
        provisioning=provisioning,
        transactions=transactions,
        costs=costs,
        reservations=reservations,
        reports=devices.reports,
        contracts=security.contracts,
        ask_after_s=config.transaction_status_after_s,
    )
    sites = Sites(services)
    ev_charging = EvCharging(
        store=store, bus=bus, clock=clock, ledger=ledger, sites=sites, reports=devices.reports
    )
    dispatch = Dispatch(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        provisioning=provisioning,
        acceptance=acceptance,
        transactions=transactions,
        live=live,
        commands=commands,
        handlers={
            **security.handlers(),
            **devices.handlers(),
            **drivers.handlers(),
            **ev_charging.handlers(),
        },
    )
    message_log = _message_log(config, database, clock)
    vault = FolderVault(None if str(database) == ":memory:" else Path(f"{database}.files"))
    files = Files(
        store=store,
        bus=bus,
        clock=clock,
        links=links,
        vault=vault,
        new_token=partial(secrets.token_urlsafe, 24),
        public_url=config.public_url,
        total_bytes_max=config.files_mib * 1024 * 1024,
    )
    file_service = FileService(files, vault)
    gateway = GatewayServer(
        security.doorkeeper,
        dispatch,
        clock,
        host=config.host,
        port=config.port,
        path_prefix=config.path_prefix,
        plain_port=config.plain_port,
        tls=tls_of(config, authority),
        limits=Limits(message_bytes_max=config.message_bytes_max, call_timeout_s=config.call_timeout_s),
        subprotocol_mismatch=config.subprotocol_mismatch,
        store_full=lambda: store.full,
        message_log=None if message_log is None else message_log.keep,
        http=file_service.protocol,
        http_prefix=FILES_PREFIX,
    )
    soap = _soap(config, security.doorkeeper, dispatch, store, clock, message_log)
    costs.ask_sites(partial(_site_of, sites))
    ordering = Ordering(
        store=store,
        clock=clock,
        links=links,
        provisioning=provisioning,
        commands=commands,
        profiles_touched=sites.profiles_touched,
    )
    return CentralSystem(
        services=services,
        store=store,
        dispatch=dispatch,
        sites=sites,
        ordering=ordering,
        ev_charging=ev_charging,
        devices=devices,
        drivers=drivers,
        security=security,
        gateway=gateway,
        soap=soap,
        file_service=file_service,
        message_log=message_log,
    )


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
        ev_charging=central.ev_charging,
        message_log=central.message_log,
        files=central.file_service.files,
        devices=central.devices,
        drivers=central.drivers,
        security=central.security,
        counters=central.dispatch.counters,
        durability=central.store.durability,
    )


def _site_of(sites: Sites, station_id: StationId) -> str | None:
    for control in sites.all():
        if any(key.station_id == station_id for key in control.site.evses):
            return control.record.id
    return None


def _soap(
    config: StationsConfig,
    gatekeeper: Gatekeeper,
    central: StationPort,
    store: Store,
    clock: Clock,
    message_log: FileMessageLog | None,
) -> "SoapServer | None":
    if config.soap_port is None:
        return None
    try:
        from chargewright.adapters.soap.server import SoapServer, SoapSettings
    except ImportError as why:
        what = "OCPP-S needs lxml: pip install 'chargewright[soap]'"
        raise InvalidInput(what, where="stations.soap_port") from why
    settings = SoapSettings(
        host=config.host,
        port=config.soap_port,
        public_url=config.soap_public_url,
        certificate_file=config.certificate_file,
        key_file=config.key_file,
        call_timeout_s=config.call_timeout_s,
        heard_within_s=2.0 * config.heartbeat_interval_s + 30.0,
    )
    return SoapServer(
        gatekeeper,
        central,
        store,
        clock,
        settings=settings,
        new_uuid=uuid4,
        message_log=None if message_log is None else message_log.keep,
    )


def _message_log(config: StationsConfig, database: str | Path, clock: Clock) -> FileMessageLog | None:
    if not config.message_log:
        return None
    return FileMessageLog(
        None if str(database) == ":memory:" else Path(f"{database}.frames"),
        clock=clock,
        bytes_max=config.message_log_mib * 1024 * 1024,
        age_max_s=config.message_log_days * 86_400.0,
    )
