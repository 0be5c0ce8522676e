"""OCSP over HTTP (RFC 6960, appendix A)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

import httpx2
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from chargewright.csms.security.ports import ProviderFailed
from chargewright.csms.security.x509 import ALGORITHMS
from chargewright.domain.security import OcspQuestion

__all__ = ["HttpOcsp"]

ANSWER_BYTES_MAX = 65_536
TIMEOUT_S = 5.0


class HttpOcsp:
    """Implements `OcspProvider`.

    Stations say which responder to ask. Only `hosts` are asked: otherwise any station could have us send
    requests to wherever it likes.
    """

    def __init__(self, hosts: Iterable[str], *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._hosts = frozenset(host.strip().lower() for host in hosts)
        self._transport = transport

    async def ask(self, question: OcspQuestion) -> bytes:
        """Ask the first of its responders that may be asked."""
        url = next((url for url in question.urls if self._allowed(url)), None)
        if url is None:
            raise ProviderFailed("none of its responders is among those that may be asked")
        try:
            body = _request(question)
        except ValueError as why:
            raise ProviderFailed(f"the certificate is not named rightly: {why}") from why
        try:
            async with httpx2.AsyncClient(transport=self._transport, timeout=TIMEOUT_S) as client:
                answer = await client.post(
                    url, content=body, headers={"Content-Type": "application/ocsp-request"}
                )
        except (httpx2.HTTPError, httpx2.InvalidURL) as why:
            raise ProviderFailed(f"the responder cannot be reached: {why}") from why
        if answer.status_code != 200:
            raise ProviderFailed(f"the responder answered HTTP {answer.status_code}")
        if len(answer.content) > ANSWER_BYTES_MAX:
            raise ProviderFailed("the responder's answer is too long")
        return answer.content

    def _allowed(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and host.lower() in self._hosts


def _request(question: OcspQuestion) -> bytes:
    named = question.certificate
    asked = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        bytes.fromhex(named.issuer_name_hash),
        bytes.fromhex(named.issuer_key_hash),
        int(named.serial_number, 16),
        ALGORITHMS[named.algorithm],
    )
    return asked.build().public_bytes(Encoding.DER)
