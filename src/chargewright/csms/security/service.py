"""Security of stations as one thing: handed to the wiring and to the API."""

from collections.abc import Callable
from dataclasses import dataclass

from chargewright.csms.dispatch import Inbound
from chargewright.csms.security.admission import Doorkeeper
from chargewright.csms.security.certificates import Certificates
from chargewright.csms.security.contracts import Contracts
from chargewright.csms.security.credentials import Credentials
from chargewright.csms.security.events import SecurityEvents
from chargewright.csms.security.ports import CertificateAuthority
from chargewright.csms.security.signing import Signing
from chargewright.ids import StationId

__all__ = ["Security"]


@dataclass(frozen=True, slots=True)
class Security:
    events: SecurityEvents
    doorkeeper: Doorkeeper
    credentials: Credentials
    certificates: Certificates
    signing: Signing
    contracts: Contracts
    authority: CertificateAuthority

    def handlers(self) -> dict[type, Callable[[Inbound], None]]:
        """What these services answer, by kind of request."""
        return {**self.events.handlers(), **self.signing.handlers(), **self.contracts.handlers()}

    async def start(self) -> None:
        await self.signing.start()

    async def forget(self, station_id: StationId) -> None:
        """Drop what is kept of a station that was deleted, but for its security events: they are for whoever asks later."""
        await self.certificates.forget(station_id)
        await self.signing.forget(station_id)

    async def stop(self) -> None:
        await self.signing.stop()
