"""Certificate status by OCSP (RFC 6960), asked once and kept until its responder says that it is old."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography.x509 import ocsp

from chargewright.clock import Clock
from chargewright.csms.security.ports import OcspProvider, ProviderFailed
from chargewright.domain.security import OcspQuestion

__all__ = ["OcspCache", "OcspStatus"]

KEPT_MAX: Final = 10_000

_STATUSES: Final[dict[ocsp.OCSPCertStatus, Literal["Good", "Revoked", "Unknown"]]] = {
    ocsp.OCSPCertStatus.GOOD: "Good",
    ocsp.OCSPCertStatus.REVOKED: "Revoked",
    ocsp.OCSPCertStatus.UNKNOWN: "Unknown",
}


@dataclass(frozen=True, slots=True)
class OcspStatus:
    """`response` is the signed answer (DER), for whoever wants to check it; None: it may be asked for at any time."""

    response: bytes
    status: Literal["Good", "Revoked", "Unknown"]
    next_update: datetime | None


class OcspCache:
    """Asks a provider; the same question is under way only once. Without a provider every question fails."""

    def __init__(self, *, clock: Clock, provider: OcspProvider | None) -> None:
        self._clock = clock
        self._provider = provider
        self._kept: dict[tuple[str, ...], OcspStatus] = {}
        self._asking: dict[tuple[str, ...], asyncio.Task[OcspStatus]] = {}

    async def status(self, question: OcspQuestion) -> OcspStatus:
        """Answer from what is kept, or ask. Raises `ProviderFailed`."""
        key = question.certificate.folded
        kept = self._kept.get(key)
        if kept is not None and kept.next_update is not None and self._clock.now() < kept.next_update:
            return kept
        asking = self._asking.get(key)
        if asking is None:
            asking = self._asking[key] = asyncio.get_running_loop().create_task(self._ask(question))
            asking.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(asking)

    async def _ask(self, question: OcspQuestion) -> OcspStatus:
        if self._provider is None:
            raise ProviderFailed("no OCSP provider is configured")
        found = self._read(question, await self._provider.ask(question))
        if found.next_update is not None:
            while len(self._kept) >= KEPT_MAX:
                del self._kept[next(iter(self._kept))]  # the oldest
            self._kept[question.certificate.folded] = found
        return found

    def _read(self, question: OcspQuestion, der: bytes) -> OcspStatus:
        """Judge that the answer is one, and about the certificate that was asked about."""
        try:
            answer = ocsp.load_der_ocsp_response(der)
            if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
                raise ProviderFailed(f"the responder says {answer.response_status.name.lower()}")
            asked = question.certificate
            about = (answer.issuer_key_hash.hex(), answer.issuer_name_hash.hex(), answer.serial_number)
            wanted = (
                asked.issuer_key_hash.lower(),
                asked.issuer_name_hash.lower(),
                int(asked.serial_number, 16),
            )
            if about != wanted:
                raise ProviderFailed("the responder answered about another certificate")
            next_update = answer.next_update_utc
            if next_update is not None and next_update <= self._clock.now():
                raise ProviderFailed("the responder's answer is out of date")
            return OcspStatus(der, _STATUSES[answer.certificate_status], next_update)
        except ValueError as why:
            raise ProviderFailed(f"the responder's answer cannot be read: {why}") from why
