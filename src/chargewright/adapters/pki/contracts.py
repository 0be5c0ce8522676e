"""A service for contract certificates behind one HTTP call, for whoever runs or rents one.

POST {url}
{"action": "Install", "schema_version": "urn:iso:15118:2:2013:MsgDef", "exi_request": "<base64>",
"contract_chains_max": null, "prioritized_emaids": []}

200 {"exi_response": "<base64>", "remaining_contracts": 0}
"""

import httpx2
import msgspec

from chargewright.csms.security.ports import ProviderFailed
from chargewright.domain.security import EvCertificateAnswer, EvCertificateAsked

__all__ = ["HttpContracts"]

TIMEOUT_S = 20.0


class _Answer(msgspec.Struct):
    exi_response: str
    remaining_contracts: int | None = None


class HttpContracts:
    """Implements `ContractProvider`."""

    def __init__(self, url: str, *, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._transport = transport

    async def exchange(self, asked: EvCertificateAsked) -> EvCertificateAnswer:
        question = {
            "action": "Install" if asked.install else "Update",
            "schema_version": asked.schema_version,
            "exi_request": asked.exi_request,
            "contract_chains_max": asked.chains_max,
            "prioritized_emaids": asked.prioritized,
        }
        try:
            async with httpx2.AsyncClient(transport=self._transport, timeout=TIMEOUT_S) as client:
                answer = await client.post(self._url, content=msgspec.json.encode(question))
        except (httpx2.HTTPError, httpx2.InvalidURL) as why:
            raise ProviderFailed(f"the provider cannot be reached: {why}") from why
        if answer.status_code != 200:
            raise ProviderFailed(f"the provider answered HTTP {answer.status_code}")
        try:
            read = msgspec.json.decode(answer.content, type=_Answer)
        except msgspec.MsgspecError as why:
            raise ProviderFailed(f"the provider's answer cannot be read: {why}") from why
        return EvCertificateAnswer(
            accepted=True, exi_response=read.exi_response, remaining=read.remaining_contracts
        )
