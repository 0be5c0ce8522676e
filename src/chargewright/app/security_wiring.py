"""Builds what guards the station port: the certificate authority, its services, and TLS."""

from pathlib import Path

from chargewright.adapters.gateway.tls import TlsFiles
from chargewright.adapters.pki.authority import FileAuthority
from chargewright.adapters.pki.contracts import HttpContracts
from chargewright.adapters.pki.ocsp import HttpOcsp
from chargewright.app.config import StationsConfig
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.ports import Bus, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.admission import Doorkeeper
from chargewright.csms.security.certificates import Certificates
from chargewright.csms.security.contracts import Contracts
from chargewright.csms.security.credentials import Credentials
from chargewright.csms.security.events import SecurityEvents
from chargewright.csms.security.ocsp_cache import OcspCache
from chargewright.csms.security.service import Security
from chargewright.csms.security.signing import Signing
from chargewright.csms.security.x509 import read_chain
from chargewright.errors import InvalidInput

__all__ = ["authority_of", "security_of", "tls_of"]


def authority_of(config: StationsConfig, *, database: str | Path, clock: Clock) -> FileAuthority:
    """The built-in authority: in its own folder, or beside the database, or in memory where nothing is kept."""
    folder = None if str(database) == ":memory:" else Path(f"{database}.authority")
    if config.authority_folder is not None:
        folder = Path(config.authority_folder)
    return FileAuthority(
        clock=clock,
        folder=folder,
        organization=config.organization or "chargewright",
        days=config.certificate_days,
    )


def security_of(
    config: StationsConfig,
    *,
    authority: FileAuthority,
    store: Store,
    bus: Bus,
    clock: Clock,
    links: Links,
    provisioning: Provisioning,
    commands: Commands,
) -> Security:
    """The services of passwords, certificates and contracts."""
    events = SecurityEvents(store=store, bus=bus, clock=clock)
    hosts = [host for host in config.ocsp_responders.split(",") if host.strip()]
    return Security(
        events=events,
        doorkeeper=Doorkeeper(provisioning=provisioning, events=events),
        credentials=Credentials(store=store, provisioning=provisioning, commands=commands),
        certificates=Certificates(store=store, clock=clock, provisioning=provisioning, commands=commands),
        signing=Signing(
            store=store,
            bus=bus,
            clock=clock,
            links=links,
            provisioning=provisioning,
            commands=commands,
            authority=authority,
            organization=config.organization or "",
        ),
        contracts=Contracts(
            clock=clock,
            ocsp=OcspCache(clock=clock, provider=HttpOcsp(hosts) if hosts else None),
            provider=None
            if config.contract_provider_url is None
            else HttpContracts(config.contract_provider_url),
            roots=[] if config.contract_roots_file is None else read_chain(_text(config.contract_roots_file)),
        ),
        authority=authority,
    )


def tls_of(config: StationsConfig, authority: FileAuthority) -> TlsFiles | None:
    """TLS as configured; certificates that our own authority signed are trusted beside those of `client_ca_file`."""
    if config.certificate_file is None or config.key_file is None:
        return None
    second = None
    if config.second_certificate_file is not None and config.second_key_file is not None:
        second = (Path(config.second_certificate_file), Path(config.second_key_file))
    return TlsFiles(
        Path(config.certificate_file),
        Path(config.key_file),
        None if config.client_ca_file is None else Path(config.client_ca_file),
        second,
        authority.trusted(),
    )


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as why:
        raise InvalidInput(str(why), where=file) from why
