"""OCSP and contracts over HTTP, against a transport that answers by hand; and what is kept of the answers."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from tests.adapters.rest.rest_harness import ManualClock
from tests.conformance.secured import Responder, authority, hash_data

from chargewright.adapters.pki.contracts import HttpContracts
from chargewright.adapters.pki.ocsp import HttpOcsp
from chargewright.csms.security.ocsp_cache import OcspCache
from chargewright.csms.security.ports import ProviderFailed
from chargewright.domain.security import CertificateHash, EvCertificateAsked, OcspQuestion

URL = "http://ocsp.example/"


@pytest.fixture(scope="module")
def responder():
    return Responder(authority("The root"))


def question(responder, *urls, algorithm="SHA256"):
    below = authority("Below", responder.issuer)
    named = hash_data(below.certificate, responder.issuer.certificate, algorithm)
    return OcspQuestion(CertificateHash(*named.values()), urls or (URL,))


def transport(answer):
    return httpx2.MockTransport(answer)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
async def test_the_question_goes_out_as_rfc_6960_has_it(responder, algorithm):
    asked = question(responder, "http://elsewhere.example/", URL, algorithm=algorithm)

    def answer(request):
        assert str(request.url) == URL
        assert request.headers["content-type"] == "application/ocsp-request"
        read = ocsp.load_der_ocsp_request(request.content)
        assert read.issuer_key_hash.hex() == asked.certificate.issuer_key_hash
        assert f"{read.serial_number:x}" == asked.certificate.serial_number
        return httpx2.Response(200, content=responder.ocsp(request.content))

    der = await HttpOcsp(["OCSP.example"], transport=transport(answer)).ask(asked)
    assert ocsp.load_der_ocsp_response(der).certificate_status is ocsp.OCSPCertStatus.GOOD


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "file:///etc/passwd", "http://ocsp.example.evil/", "http://[", "ocsp.example"]
)
async def test_only_known_responders_are_asked(responder, url):
    def answer(request):
        raise AssertionError(f"{request.url} was asked")

    with pytest.raises(ProviderFailed, match="may be asked"):
        await HttpOcsp(["ocsp.example"], transport=transport(answer)).ask(question(responder, url))


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx2.Response(500),
        lambda _: httpx2.Response(200, content=b"x" * 70_000),
        lambda _: (_ for _ in ()).throw(httpx2.ConnectError("no route")),
    ],
    ids=["500", "long", "unreachable"],
)
async def test_a_responder_that_fails(responder, answer):
    with pytest.raises(ProviderFailed):
        await HttpOcsp(["ocsp.example"], transport=transport(answer)).ask(question(responder))


async def test_a_name_that_is_none_is_not_sent(responder):
    broken = OcspQuestion(CertificateHash("SHA256", "zz", "00", "1"), (URL,))
    with pytest.raises(ProviderFailed, match="not named rightly"):
        await HttpOcsp(["ocsp.example"], transport=transport(lambda _: httpx2.Response(500))).ask(broken)


class Counting:
    """A provider that answers after a turn of the loop."""

    def __init__(self, responder, answer=None):
        self.responder = responder
        self.answer = answer
        self.asked = 0

    async def ask(self, asked):
        self.asked += 1
        await asyncio.sleep(0)
        if self.answer is not None:
            return self.answer
        named = asked.certificate
        body = (
            ocsp.OCSPRequestBuilder()
            .add_certificate_by_hash(
                bytes.fromhex(named.issuer_name_hash),
                bytes.fromhex(named.issuer_key_hash),
                int(named.serial_number, 16),
                hashes.SHA256(),
            )
            .build()
        )

        return self.responder.ocsp(body.public_bytes(Encoding.DER))


async def test_an_answer_is_kept_until_its_responder_says_that_it_is_old(responder):
    clock = ManualClock(datetime.now(UTC))
    provider = Counting(responder)
    cache = OcspCache(clock=clock, provider=provider)
    asked = question(responder)
    first, second = await asyncio.gather(cache.status(asked), cache.status(asked))
    assert (first, provider.asked) == (second, 1)
    clock.at = first.next_update - timedelta(seconds=1)
    assert await cache.status(asked) == first
    assert provider.asked == 1
    clock.at = first.next_update
    with pytest.raises(ProviderFailed, match="out of date"):  # this responder signs by the wall clock
        await cache.status(asked)
    assert provider.asked == 2


async def test_a_revoked_one_and_what_is_no_answer(responder):
    clock = ManualClock(datetime.now(UTC))
    asked = question(responder)
    responder.revoked.add(int(asked.certificate.serial_number, 16))
    found = await OcspCache(clock=clock, provider=Counting(responder)).status(asked)
    assert found.status == "Revoked"
    unsuccessful = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)

    for content, why in (
        (b"nothing", "cannot be read"),
        (unsuccessful.public_bytes(Encoding.DER), "try_later"),
        (found.response, "another certificate"),
    ):
        cache = OcspCache(clock=clock, provider=Counting(responder, content))
        with pytest.raises(ProviderFailed, match=why):
            await cache.status(question(responder))
    with pytest.raises(ProviderFailed, match="no OCSP provider"):
        await OcspCache(clock=clock, provider=None).status(asked)


ASKED = EvCertificateAsked(
    install=False, schema_version="urn:x", exi_request="AA==", chains_max=2, prioritized=("DE1",)
)


async def test_a_car_s_request_is_passed_on():
    def answer(request):
        assert json.loads(request.content) == {
            "action": "Update",
            "schema_version": "urn:x",
            "exi_request": "AA==",
            "contract_chains_max": 2,
            "prioritized_emaids": ["DE1"],
        }
        return httpx2.Response(200, json={"exi_response": "BB==", "remaining_contracts": 1})

    found = await HttpContracts("http://contracts.example", transport=transport(answer)).exchange(ASKED)
    assert (found.accepted, found.exi_response, found.remaining) == (True, "BB==", 1)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx2.Response(502),
        lambda _: httpx2.Response(200, content=b"no JSON"),
        lambda _: httpx2.Response(200, json={}),
        lambda _: (_ for _ in ()).throw(httpx2.ReadTimeout("late")),
    ],
    ids=["502", "no JSON", "empty", "late"],
)
async def test_a_provider_that_fails(answer):
    with pytest.raises(ProviderFailed):
        await HttpContracts("http://contracts.example", transport=transport(answer)).exchange(ASKED)
