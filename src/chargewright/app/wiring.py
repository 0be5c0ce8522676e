"""Builds adapters and services and hands them to each other: plain calls, in one place."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.gateway.server import GatewayServer
from chargewright.adapters.market.providers import providers
from chargewright.adapters.pki.authority import FileAuthority
from chargewright.adapters.planning.pool import PlanningPool
from chargewright.adapters.rest.services import RestServices
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.app.config import MarketConfig, PlanningConfig, StationsConfig
from chargewright.app.doors import Doors, file_service_of, open_doors
from chargewright.app.reading_wiring import compatibility_of
from chargewright.app.security_wiring import authority_of, security_of, tls_of
from chargewright.clock import Clock
from chargewright.csms.acceptance import Acceptance
from chargewright.csms.additions import Additions, added_services
from chargewright.csms.batteries import Batteries
from chargewright.csms.commands import Commands, Links
from chargewright.csms.commissioning import Commissioner
from chargewright.csms.compatibility import Compatibility
from chargewright.csms.control_services import ControlServices
from chargewright.csms.cost import Costs
from chargewright.csms.device_services import DeviceServices, device_services
from chargewright.csms.dispatch import Dispatch
from chargewright.csms.drivers import Drivers, driver_services
from chargewright.csms.energy import Energy, energy_services
from chargewright.csms.ev_charging import EvCharging
from chargewright.csms.files import Files
from chargewright.csms.installation import Installer
from chargewright.csms.learning import Learning
from chargewright.csms.ledger import Ledger
from chargewright.csms.limit_events import LimitEvents
from chargewright.csms.metering import LiveMeters
from chargewright.csms.ordering import Ordering
from chargewright.csms.planning import Planner, ThreadPlanner
from chargewright.csms.ports import Bus, Store
from chargewright.csms.probing import Probing
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.reservations import Reservations
from chargewright.csms.security.service import Security
from chargewright.csms.sites import Sites
from chargewright.csms.station_models import StationModels
from chargewright.csms.transactions import Transactions
from chargewright.csms.upkeep import Upkeep, upkeep_services
from chargewright.ids import StationId

if TYPE_CHECKING:
    pass  # lxml is an extra

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
    compatibility: Compatibility
    upkeep: Upkeep
    additions: Additions
    doors: Doors
    planner: Planner

    async def start(self) -> None:
        """Open the store, take up where the last run ended, control the sites, then let stations in."""
        services = self.services
        await self.store.start()
        if self.doors.message_log is not None:
            await self.doors.message_log.start()
        await services.provisioning.load()
        await services.transactions.load()
        await services.ledger.load()
        await self.security.start()
        await self.devices.start()
        await self.drivers.start()
        await self.upkeep.start()
        await services.energy.start()
        await services.learning.start()
        await services.limit_events.start()
        await services.batteries.start()
        await self.sites.start()
        services.energy.outlooks.start(self.sites.records, changed=self.sites.outlook_changed)
        await self.doors.start()

    async def stop(self) -> None:
        await self.doors.stop()
        await self.security.stop()
        await self.upkeep.stop()
        await self.devices.stop()
        await self.drivers.stop()
        await self.services.energy.stop()
        await self.sites.stop()
        await self.planner.stop()
        self.services.learning.stop()
        await self.store.stop()
        if self.doors.message_log is not None:
            await self.doors.message_log.stop()

    @property
    def gateway(self) -> GatewayServer:
        return self.doors.gateway

    @property
    def idle(self) -> bool:
        """True when nothing is under way that does not wait for time: a virtual clock may move on."""
        services_idle = self.services.commands.idle and self.sites.idle and self.devices.idle
        energy = self.services.energy
        return self.store.idle and services_idle and energy.market.idle and energy.outlooks.idle


def build(
    config: StationsConfig,
    *,
    database: str | Path,
    clock: Clock,
    failed: Callable[[BaseException], None] | None = None,
    market: MarketConfig = MarketConfig(),  # noqa: B008  it is frozen
    planning: PlanningConfig = PlanningConfig(),  # noqa: B008  it is frozen
) -> CentralSystem:
    """Put a central system together; nothing is opened yet. `failed` is called once if the disk fails for good."""
    store = SqliteStore(database, failed=failed)
    planner = PlanningPool(planning.processes) if planning.processes else ThreadPlanner()
    ground = _ground(config, market, planner, store, clock)
    services, commands, devices = ground.services, ground.services.commands, ground.devices
    authority = authority_of(config, database=database, clock=clock)
    security = _security(config, authority, services)
    drivers = _drivers(config, ground, security)
    sites = _sites(ground, drivers)
    ev_charging = _ev_charging(ground, sites)
    file_service = file_service_of(config, database=database, services=services)
    upkeep = _upkeep(services, file_service.files)
    additions = added_services(services, sites=sites, reports=devices.reports, costs=ground.costs)
    blocks = (security, devices, drivers, ev_charging, upkeep, additions)
    compatibility = compatibility_of(config, services, devices.models)
    dispatch = Dispatch(
        store=store,
        bus=services.bus,
        clock=clock,
        links=services.links,
        provisioning=services.provisioning,
        acceptance=ground.acceptance,
        transactions=services.transactions,
        live=services.live,
        commands=commands,
        compatibility=compatibility,
        handlers={kind: handler for block in blocks for kind, handler in block.handlers().items()},
        hearers=additions.hearers(),
    )
    doors = open_doors(
        config,
        database=database,
        clock=clock,
        services=services,
        file_service=file_service,
        gatekeeper=security.doorkeeper,
        central=dispatch,
        tls=tls_of(config, authority),
        store_full=lambda: store.full,
    )
    return CentralSystem(
        services=services,
        store=store,
        dispatch=dispatch,
        sites=sites,
        ordering=_ordering(services, sites),
        ev_charging=ev_charging,
        devices=devices,
        drivers=drivers,
        security=security,
        compatibility=compatibility,
        upkeep=upkeep,
        additions=additions,
        doors=doors,
        planner=planner,
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the functional blocks stand on."""

    services: ControlServices
    acceptance: Acceptance
    devices: DeviceServices
    costs: Costs
    reservations: Reservations


def _ground(
    config: StationsConfig, market: MarketConfig, planner: Planner, store: Store, clock: Clock
) -> _Ground:
    bus, links, live = InProcessBus(), Links(), LiveMeters()
    provisioning = _provisioning(config, store, bus, clock)
    acceptance = Acceptance(provisioning)
    commands = Commands(links=links, clock=clock, gate=acceptance)
    interval_s = config.cost_update_interval_s
    costs = Costs(store=store, bus=bus, clock=clock, commands=commands, interval_s=interval_s)
    reservations = Reservations(store=store, clock=clock, commands=commands)
    witnesses, masters = (reservations, costs), config.master_pass_group
    transactions = Transactions(
        store=store, bus=bus, clock=clock, live=live, witnesses=witnesses, master_pass_group=masters
    )
    ledger = Ledger(store=store, clock=clock)
    installer = Installer(commands=commands, ledger=ledger, bus=bus, clock=clock)
    models = StationModels(store=store, clock=clock)
    probing = Probing(
        store=store,
        clock=clock,
        links=links,
        provisioning=provisioning,
        transactions=transactions,
        commands=commands,
        ledger=ledger,
        models=models,
        automatic=config.probe == "new_models",
    )
    commissioner = Commissioner(
        provisioning=provisioning,
        commands=commands,
        ledger=ledger,
        installer=installer,
        models=models,
        clock=clock,
        commissioned=probing.commissioned,
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
        energy=_energy(market, store, bus, clock),
        learning=Learning(store=store, bus=bus, clock=clock, new_key=partial(secrets.token_hex, 32)),
        limit_events=LimitEvents(store=store, clock=clock),
        batteries=Batteries(store=store, clock=clock),
        planner=planner,
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
        probing=probing,
    )
    return _Ground(services, acceptance, devices, costs, reservations)


def _energy(config: MarketConfig, store: Store, bus: Bus, clock: Clock) -> Energy:
    known = providers(
        folder=None if config.folder is None else Path(config.folder),
        entsoe_token=config.entsoe_token,
        electricity_maps_token=config.electricity_maps_token,
    )
    return energy_services(store=store, bus=bus, clock=clock, providers=known)


def _provisioning(config: StationsConfig, store: Store, bus: Bus, clock: Clock) -> Provisioning:
    return Provisioning(
        store=store,
        bus=bus,
        clock=clock,
        unknown=config.unknown,
        heartbeat_interval_s=config.heartbeat_interval_s,
        boot_retry_s=config.boot_retry_s,
    )


def _security(config: StationsConfig, authority: FileAuthority, services: ControlServices) -> Security:
    return security_of(
        config,
        authority=authority,
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        links=services.links,
        provisioning=services.provisioning,
        commands=services.commands,
    )


def _drivers(config: StationsConfig, ground: _Ground, security: Security) -> Drivers:
    services = ground.services
    return driver_services(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        links=services.links,
        commands=services.commands,
        provisioning=services.provisioning,
        transactions=services.transactions,
        costs=ground.costs,
        reservations=ground.reservations,
        reports=ground.devices.reports,
        contracts=security.contracts,
        ask_after_s=config.transaction_status_after_s,
    )


def _ev_charging(ground: _Ground, sites: Sites) -> EvCharging:
    services = ground.services
    return EvCharging(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        ledger=services.ledger,
        sites=sites,
        reports=ground.devices.reports,
    )


def _upkeep(services: ControlServices, files: Files) -> Upkeep:
    return upkeep_services(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        links=services.links,
        provisioning=services.provisioning,
        commands=services.commands,
        files=files,
        new_id=partial(secrets.token_hex, 8),
    )


def _ordering(services: ControlServices, sites: Sites) -> Ordering:
    return Ordering(
        store=services.store,
        clock=services.clock,
        links=services.links,
        provisioning=services.provisioning,
        commands=services.commands,
        profiles_touched=sites.profiles_touched,
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
        message_log=central.doors.message_log,
        files=central.doors.file_service.files,
        devices=central.devices,
        drivers=central.drivers,
        security=central.security,
        compatibility=central.compatibility,
        upkeep=central.upkeep,
        additions=central.additions,
        energy=services.energy,
        learning=services.learning,
        limit_events=services.limit_events,
        batteries=services.batteries,
        planner=central.planner,
        counters=central.dispatch.counters,
        durability=central.store.durability,
    )


def _sites(ground: _Ground, drivers: Drivers) -> Sites:
    sites = Sites(ground.services)
    drivers.authorize_requests.discharges = sites.discharges
    ground.costs.ask_sites(partial(_site_of, sites))
    return sites


def _site_of(sites: Sites, station_id: StationId) -> str | None:
    for control in sites.all():
        if any(key.station_id == station_id for key in control.site.evses):
            return control.record.id
    return None
