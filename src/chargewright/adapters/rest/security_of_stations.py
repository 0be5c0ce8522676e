"""Passwords, security profiles, certificates and security events of stations, and the roots of our own authority."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, delete, get, post, put
from litestar.exceptions import HTTPException
from litestar.params import Parameter
from msgspec import UNSET, Meta, Struct, UnsetType

from chargewright.adapters.rest.schemas import StationPassword
from chargewright.adapters.rest.services import Services
from chargewright.csms.security.asking import Asked
from chargewright.csms.security.credentials import NetworkProfile
from chargewright.domain.security import (
    CertificateHash,
    CertificateUse,
    RootUse,
    SecurityEvent,
    SigningRecord,
    SigningUse,
    StationCertificate,
)
from chargewright.domain.station import Station
from chargewright.ids import StationId

__all__ = [
    "CertificateOutcome",
    "CertificateView",
    "HashView",
    "NewCertificate",
    "NewPassword",
    "OrderOutcome",
    "PasswordOutcome",
    "ProfileRaise",
    "RootView",
    "SecurityChange",
    "SecurityEventView",
    "SecurityView",
    "SigningOrderBody",
    "SigningView",
    "change_password",
    "delete_certificate",
    "install_certificate",
    "list_certificates",
    "list_our_roots",
    "list_security_events",
    "list_signings",
    "raise_security_profile",
    "read_security",
    "refresh_certificates",
    "request_signing",
    "router",
    "set_security",
]

SecurityProfile = Annotated[int, Meta(ge=1, le=3)]
Pem = Annotated[str, Meta(max_length=10_000)]
Page = Annotated[int, Parameter(ge=1, le=1000)]


class NewPassword(Struct, forbid_unknown_fields=True):
    """Null: one is made. A 1.6 station takes 32 to 40 hexadecimal digits, a 2.x station 16 to 40 characters."""

    password: StationPassword | None = None


class OrderOutcome(Struct, kw_only=True):
    """unknown: it was sent and not answered, so that nobody knows whether it took effect. offline: it was not sent."""

    outcome: Literal["accepted", "refused", "unknown", "offline"]
    reason: str


class PasswordOutcome(OrderOutcome, kw_only=True):
    """`password` is shown here only, and only where it was made here."""

    password: str | None
    needs_reboot: bool


class SecurityView(Struct, kw_only=True):
    """`security_profile`: the lowest that the station may come back with; `raising_to`: what it was ordered to."""

    station: str
    security_profile: int | None
    raising_to: int | None
    has_password: bool
    passwords_unanswered: int
    secc_ids: list[str]


class SecurityChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """What holds from now on, without asking the station. Lowering the profile is possible here only."""

    security_profile: SecurityProfile | None
    secc_ids: list[Annotated[str, Meta(min_length=1, max_length=64)]] | UnsetType = UNSET


class ProfileRaise(Struct, forbid_unknown_fields=True, kw_only=True):
    """`url`, `slots`, `interface` and `message_timeout_s` make the network profile of a 2.x station."""

    security_profile: SecurityProfile
    url: Annotated[str, Meta(max_length=512)] | None = None
    slots: Annotated[list[int], Meta(min_length=1, max_length=8)] | None = None
    interface: str = "Wired0"
    message_timeout_s: Annotated[int, Meta(ge=1, le=600)] = 30
    restart: bool = True


class NewCertificate(Struct, forbid_unknown_fields=True, kw_only=True):
    use: RootUse
    certificate: Pem


class HashView(Struct, kw_only=True):
    algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class CertificateView(Struct, kw_only=True):
    """A root in a station. `unknown`: the station did not answer; `gone`: it was there, and the station lists it no more."""

    id: str
    use: CertificateUse
    state: Literal["installed", "refused", "unknown", "gone"]
    at: datetime
    reason: str
    subject: str
    expires_at: datetime | None
    named: HashView
    children: list[HashView]
    certificate: str | None


class CertificateOutcome(OrderOutcome, kw_only=True):
    certificate: CertificateView


class SigningOrderBody(Struct, forbid_unknown_fields=True, kw_only=True):
    use: SigningUse = "ChargingStationCertificate"
    evse: Annotated[int, Meta(ge=1)] | None = None


class SigningView(Struct, kw_only=True):
    """A certificate of the station's own. `undelivered`: signed, and sent again until the station answers."""

    number: int
    use: SigningUse
    asked_at: datetime
    state: Literal["refused", "signing", "failed", "undelivered", "accepted", "rejected"]
    reason: str
    serial_number: str
    expires_at: datetime | None
    deliveries: int
    certificate_chain: str | None


class SecurityEventView(Struct, kw_only=True):
    """`noticed_here`: by this central system, not told by the station."""

    kind: str
    at: datetime
    recorded_at: datetime
    tech_info: str
    noticed_here: bool
    critical: bool


class RootView(Struct, kw_only=True):
    """`stations` signs what stations show us; `v2g` what they show cars."""

    name: str
    certificate: str


# --- passwords and profiles ---------------------------------------------------------------------------------


@get("/{station_id:str}/security", summary="What a station must show to be let in")
async def read_security(services: Services, station_id: str) -> SecurityView:
    return _security_view(services.provisioning.require(StationId(station_id)))


@put(
    "/{station_id:str}/security",
    summary="Decide what a station must show to be let in; the station is not asked",
)
async def set_security(services: Services, station_id: str, data: SecurityChange) -> SecurityView:
    secc_ids = None if data.secc_ids is UNSET else tuple(data.secc_ids)
    return _security_view(
        await services.security.credentials.set_minimum(
            StationId(station_id), data.security_profile, secc_ids
        )
    )


@post(
    "/{station_id:str}/password",
    status_code=200,
    summary="Order a station to use another password; the old one holds until it does",
)
async def change_password(services: Services, station_id: str, data: NewPassword) -> PasswordOutcome:
    changed = await services.security.credentials.change_password(StationId(station_id), data.password)
    return PasswordOutcome(
        outcome=changed.asked.outcome,
        reason=changed.asked.reason,
        password=changed.password,
        needs_reboot=changed.asked.needs_reboot,
    )


@post(
    "/{station_id:str}/security-profile",
    status_code=200,
    summary="Order a station to come back with a higher security profile",
)
async def raise_security_profile(services: Services, station_id: str, data: ProfileRaise) -> OrderOutcome:
    network = None
    if data.url is not None:
        network = NetworkProfile(data.url, tuple(data.slots or (1,)), data.interface, data.message_timeout_s)
    return _outcome(
        await services.security.credentials.raise_profile(
            StationId(station_id), data.security_profile, network=network, restart=data.restart
        )
    )


@get("/{station_id:str}/security-events", summary="What concerned security, the newest first")
async def list_security_events(
    services: Services, station_id: str, limit: Page = 100
) -> list[SecurityEventView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_event_view(event) for event in await services.security.events.of(known, limit)]


# --- certificates -----------------------------------------------------------------------------------------


@get("/{station_id:str}/certificates", summary="The roots that we believe a station holds")
async def list_certificates(services: Services, station_id: str) -> list[CertificateView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_certificate_view(key, one) for key, one in await services.security.certificates.of(known)]


@post("/{station_id:str}/certificates", summary="Install a root in a station")
async def install_certificate(
    services: Services, station_id: str, data: NewCertificate
) -> CertificateOutcome:
    key, kept, asked = await services.security.certificates.install(
        StationId(station_id), data.use, data.certificate
    )
    return CertificateOutcome(
        outcome=asked.outcome, reason=asked.reason, certificate=_certificate_view(key, kept)
    )


@post(
    "/{station_id:str}/certificates/refresh",
    status_code=200,
    summary="Ask a station which roots it holds; with `use` (commas between several), only of these",
)
async def refresh_certificates(
    services: Services, station_id: str, use: str | None = None
) -> list[CertificateView]:
    found = await services.security.certificates.refresh(StationId(station_id), _uses(use))
    return [_certificate_view(key, one) for key, one in found]


@delete(
    "/{station_id:str}/certificates/{certificate:str}",
    status_code=200,
    summary="Have a station delete a root; its last one to know us by only with `force`",
)
async def delete_certificate(
    services: Services, station_id: str, certificate: str, force: bool = False
) -> OrderOutcome:
    return _outcome(
        await services.security.certificates.delete(StationId(station_id), certificate, force=force)
    )


@post(
    "/{station_id:str}/certificates/own",
    status_code=200,
    summary="Have a station ask for a new certificate of its own; it is then signed and sent by itself",
)
async def request_signing(services: Services, station_id: str, data: SigningOrderBody) -> OrderOutcome:
    return _outcome(await services.security.signing.request(StationId(station_id), data.use, data.evse))


@get(
    "/{station_id:str}/certificates/own",
    summary="The certificates that a station asked for, the newest first",
)
async def list_signings(services: Services, station_id: str, limit: Page = 100) -> list[SigningView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_signing_view(key, one) for key, one in await services.security.signing.of(known, limit)]


@get("/certificates", summary="The roots of the built-in certificate authority")
async def list_our_roots(services: Services) -> list[RootView]:
    return [RootView(name=root.name, certificate=root.pem) for root in services.security.authority.roots()]


# --- shown -------------------------------------------------------------------------------------------------


def _uses(text: str | None) -> tuple[CertificateUse, ...]:
    known: dict[str, CertificateUse] = {use: use for use in _ALL_USES}
    names = [] if text is None else text.split(",")
    for name in names:
        if name not in known:
            raise HTTPException(status_code=400, detail=f"{name!r} is none of {', '.join(known)}")
    return tuple(known[name] for name in names)


_ALL_USES: tuple[CertificateUse, ...] = (
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "OEMRootCertificate",
    "V2GCertificateChain",
)


def _outcome(asked: Asked) -> OrderOutcome:
    return OrderOutcome(outcome=asked.outcome, reason=asked.reason)


def _security_view(station: Station) -> SecurityView:
    return SecurityView(
        station=station.id,
        security_profile=station.security_profile,
        raising_to=station.raising_to,
        has_password=station.credential is not None,
        passwords_unanswered=len(station.next_credentials),
        secc_ids=list(station.secc_ids),
    )


def _event_view(event: SecurityEvent) -> SecurityEventView:
    return SecurityEventView(
        kind=event.kind,
        at=event.at,
        recorded_at=event.recorded_at,
        tech_info=event.tech_info,
        noticed_here=event.noticed_here,
        critical=event.critical,
    )


def _hash_view(named: CertificateHash) -> HashView:
    return HashView(
        algorithm=named.algorithm,
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
    )


def _certificate_view(key: str, one: StationCertificate) -> CertificateView:
    return CertificateView(
        id=key,
        use=one.use,
        state=one.state,
        at=one.at,
        reason=one.reason,
        subject=one.subject,
        expires_at=one.expires_at,
        named=_hash_view(one.named),
        children=[_hash_view(child) for child in one.children],
        certificate=one.pem,
    )


def _signing_view(key: str, one: SigningRecord) -> SigningView:
    return SigningView(
        number=int(key),
        use=one.use,
        asked_at=one.asked_at,
        state=one.state,
        reason=one.reason,
        serial_number=one.serial_number,
        expires_at=one.expires_at,
        deliveries=one.deliveries,
        certificate_chain=one.chain,
    )


def router() -> Router:
    """The routes of this page."""
    of_stations = Router(
        "/stations",
        route_handlers=[
            read_security,
            set_security,
            change_password,
            raise_security_profile,
            list_security_events,
            list_certificates,
            install_certificate,
            refresh_certificates,
            delete_certificate,
            request_signing,
            list_signings,
        ],
    )
    return Router("/", route_handlers=[of_stations, list_our_roots])
