"""ISO 15118 through us: contract certificates of cars, their status, and what cars ask their providers for.

(2.x C07, M03 to M06; 2.1 GetCertificateChainStatus.) The EXI of a car's request is passed through unread.
"""

import asyncio
import base64
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from chargewright.clock import Clock
from chargewright.csms.dispatch import Inbound
from chargewright.csms.security.ocsp_cache import OcspCache
from chargewright.csms.security.ports import ContractProvider, ProviderFailed
from chargewright.csms.security.x509 import read_chain
from chargewright.domain.requests import AuthorizationAsked
from chargewright.domain.security import (
    CertificateHash,
    ChainStatus,
    ChainStatusAnswer,
    ChainStatusAsked,
    ContractStatus,
    EvCertificateAnswer,
    EvCertificateAsked,
    OcspAnswer,
    OcspAsked,
    OcspQuestion,
    SecurityAnswer,
)
from chargewright.errors import InvalidInput, UnsupportedByVersion

__all__ = ["Contracts"]

log = structlog.get_logger(__name__)

PROVIDER_S: Final = 25.0
"""A car waits for its contract certificate for about 30 s; the station for as long."""

UNKNOWN_FOR: Final = timedelta(minutes=5)
"""When a station may ask again about a certificate whose responder gave no answer, or no time."""

CHAIN_MAX: Final = 5


class Contracts:
    """Answers what stations ask on behalf of cars. Implements `authorize_requests.ContractCheck`."""

    def __init__(
        self,
        *,
        clock: Clock,
        ocsp: OcspCache,
        provider: ContractProvider | None = None,
        roots: Sequence[x509.Certificate] = (),
    ) -> None:
        """`roots` are those of mobility operators: whose contracts may be used where a chain comes with them."""
        self._clock = clock
        self._ocsp = ocsp
        self._provider = provider
        self._roots = tuple(roots)
        self._tasks: set[asyncio.Task[None]] = set()

    def handlers(self) -> dict[type, Callable[[Inbound], None]]:
        return {
            ChainStatusAsked: self._answered_by(self._chain_status),
            EvCertificateAsked: self._answered_by(self._ev_certificate),
            OcspAsked: self._answered_by(self._certificate_status),
        }

    # --- contracts ---------------------------------------------------------------------------------------

    async def status(self, asked: AuthorizationAsked) -> ContractStatus:
        """Whether a contract may be used: its chain, where it came along, and each of its hashes by OCSP.

        A responder that cannot be reached leaves the matter to the eMAID, which must be a known token anyhow.
        """
        if asked.certificate:
            judged = self._judge_chain(asked.certificate, asked.id_token)
            if judged != "Accepted":
                return judged
        for named in asked.certificate_hashes:
            certificate = CertificateHash(
                named.algorithm, named.issuer_name_hash, named.issuer_key_hash, named.serial_number
            )
            try:
                found = await self._ocsp.status(OcspQuestion(certificate, (named.responder_url,)))
            except ProviderFailed as why:
                log.warning("ocsp_failed", reason=str(why), serial_number=named.serial_number)
                continue
            if found.status != "Good":
                return "CertificateRevoked" if found.status == "Revoked" else "CertChainError"
        return "Accepted"

    def _judge_chain(self, pem: str, id_token: str) -> ContractStatus:
        try:
            chain = read_chain(pem)
        except InvalidInput:
            return "CertChainError"
        names = [str(a.value) for a in chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        if len(chain) > CHAIN_MAX or _bare(id_token) not in {_bare(name) for name in names}:
            return "CertChainError"
        return _judge_path(chain, self._roots, now=self._clock.now())

    # --- one answer a question ---------------------------------------------------------------------------

    async def _ev_certificate(self, request: object) -> SecurityAnswer:
        asked = cast("EvCertificateAsked", request)
        if self._provider is None:
            return EvCertificateAnswer(
                accepted=False, reason="no provider of contract certificates is configured"
            )
        try:
            async with asyncio.timeout(PROVIDER_S):
                return await self._provider.exchange(asked)
        except TimeoutError:
            return EvCertificateAnswer(accepted=False, reason="the provider did not answer in time")
        except ProviderFailed as why:
            return EvCertificateAnswer(accepted=False, reason=str(why))

    async def _certificate_status(self, request: object) -> SecurityAnswer:
        asked = cast("OcspAsked", request)
        try:
            found = await self._ocsp.status(asked.question)
        except ProviderFailed as why:
            return OcspAnswer(None, str(why))
        return OcspAnswer(base64.b64encode(found.response).decode())

    async def _chain_status(self, request: object) -> SecurityAnswer:
        asked = cast("ChainStatusAsked", request)
        again_at = self._clock.now() + UNKNOWN_FOR
        statuses = []
        for source, question in asked.questions:
            failed = ChainStatus(question.certificate, source, "Failed", again_at)
            if source != "OCSP":  # revocation lists are not read here
                statuses.append(failed)
                continue
            try:
                found = await self._ocsp.status(question)
            except ProviderFailed as why:
                log.warning("certificate_status_failed", reason=str(why))
                statuses.append(failed)
                continue
            until = found.next_update or again_at
            statuses.append(ChainStatus(question.certificate, source, found.status, until))
        return ChainStatusAnswer(tuple(statuses))

    def _answered_by(
        self, answer: Callable[[object], Coroutine[Any, Any, SecurityAnswer]]
    ) -> Callable[[Inbound], None]:
        async def run(inbound: Inbound) -> None:
            try:
                inbound.reply(await answer(inbound.request))
            except UnsupportedByVersion as why:  # longer than the station's version has room for
                inbound.reply(
                    OcspAnswer(None, why.why)
                    if isinstance(inbound.request, OcspAsked)
                    else EvCertificateAnswer(accepted=False, reason=why.why)
                )
            except Exception as error:  # noqa: BLE001  (a provider's bug is answered like a handler's)
                inbound.failed(error)

        def handle(inbound: Inbound) -> None:
            task = asyncio.get_running_loop().create_task(run(inbound))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return handle


def _judge_path(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], *, now: datetime
) -> ContractStatus:
    """Follow a chain from its first certificate up to one of `roots` (RFC 5280, 6.1, without policies)."""
    certificate, rest = chain[0], [*chain[1:], *roots]
    for _ in range(CHAIN_MAX + 1):
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return "CertificateExpired"
        issuers = [one for one in rest if one.subject == certificate.issuer]
        if not issuers:
            return "CertChainError"
        issuer = next((one for one in issuers if _signed(certificate, one)), None)
        if issuer is None:
            return "SignatureError"
        if not _is_authority(issuer):
            return "CertChainError"
        if issuer in roots:
            valid = issuer.not_valid_before_utc <= now <= issuer.not_valid_after_utc
            return "Accepted" if valid else "CertificateExpired"
        certificate = issuer
    return "CertChainError"


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _bare(emaid: str) -> str:
    """An eMAID without its separators, which may be left out."""
    return emaid.replace("-", "").upper()
