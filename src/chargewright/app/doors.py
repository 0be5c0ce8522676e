"""Builds the ways in: the station port with its files and its log, and the port for OCPP-S where it is wanted."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from chargewright.adapters.files.http import FileService
from chargewright.adapters.files.vault import FolderVault
from chargewright.adapters.gateway.server import GatewayServer, Limits
from chargewright.adapters.gateway.tls import TlsFiles
from chargewright.adapters.message_log.log import FileMessageLog
from chargewright.app.config import StationsConfig
from chargewright.clock import Clock
from chargewright.csms.control_services import ControlServices
from chargewright.csms.files import PREFIX, Files
from chargewright.csms.ports import Gatekeeper, StationPort
from chargewright.errors import InvalidInput

if TYPE_CHECKING:
    from chargewright.adapters.soap.server import SoapServer  # lxml is an extra

__all__ = ["Doors", "file_service_of", "open_doors"]


@dataclass(frozen=True, slots=True)
class Doors:
    """Opened last, closed first; the log stays open as long as anything may be said."""

    gateway: GatewayServer
    soap: "SoapServer | None"
    file_service: FileService
    message_log: FileMessageLog | None

    async def start(self) -> None:
        await self.file_service.files.start()
        await self.gateway.start()
        if self.soap is not None:
            await self.soap.start()

    async def stop(self) -> None:
        if self.soap is not None:
            await self.soap.stop()
        await self.file_service.stop()
        await self.gateway.stop()


def file_service_of(
    config: StationsConfig, *, database: str | Path, services: ControlServices
) -> FileService:
    """Files in a folder beside the database, or in a temporary one."""
    vault = FolderVault(None if str(database) == ":memory:" else Path(f"{database}.files"))
    files = Files(
        store=services.store,
        bus=services.bus,
        clock=services.clock,
        links=services.links,
        vault=vault,
        new_token=partial(secrets.token_urlsafe, 24),
        public_url=config.public_url,
        total_bytes_max=config.files_mib * 1024 * 1024,
    )
    return FileService(files, vault)


def open_doors(
    config: StationsConfig,
    *,
    database: str | Path,
    clock: Clock,
    gatekeeper: Gatekeeper,
    central: StationPort,
    services: ControlServices,
    file_service: FileService,
    tls: TlsFiles | None,
    store_full: Callable[[], bool],
) -> Doors:
    """Put the doors together; nothing listens yet.

    Raises:
        InvalidInput: OCPP-S is wanted and its extra is not installed.

    """
    message_log = _message_log(config, database, clock)
    keep = None if message_log is None else message_log.keep
    gateway = GatewayServer(
        gatekeeper,
        central,
        clock,
        host=config.host,
        port=config.port,
        path_prefix=config.path_prefix,
        plain_port=config.plain_port,
        tls=tls,
        limits=Limits(message_bytes_max=config.message_bytes_max, call_timeout_s=config.call_timeout_s),
        subprotocol_mismatch=config.subprotocol_mismatch,
        store_full=store_full,
        message_log=keep,
        http=file_service.protocol,
        http_prefix=PREFIX,
    )
    soap = None
    if config.soap_port is not None:
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
        soap = SoapServer(
            gatekeeper,
            central,
            services.store,
            clock,
            settings=settings,
            new_uuid=uuid4,
            message_log=keep,
        )
    return Doors(gateway, soap, file_service, message_log)


def _message_log(config: StationsConfig, database: str | Path, clock: Clock) -> FileMessageLog | None:
    if not config.message_log:
        return None
    return FileMessageLog(
        None if str(database) == ":memory:" else Path(f"{database}.frames"),
        clock=clock,
        bytes_max=config.message_log_mib * 1024 * 1024,
        age_max_s=config.message_log_days * 86_400.0,
    )
