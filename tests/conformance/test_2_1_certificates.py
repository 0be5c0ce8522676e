"""OCPP 2.1: what it adds to certificates; and contracts of cars in both versions of 2.x."""

from datetime import datetime

import pytest
from tests.conformance.harness import ACCEPTED
from tests.conformance.secured import (
    authority,
    hash_data,
    issued_by_ours,
    our_root,
    request_for,
    signed_for,
    signing,
)

EMAID = "DE-ABC-C12345678-9"


def _plain(secured, station_id, version="ocpp2.1"):
    url = secured.url(station_id, secure=False)
    return secured.csms.station(version, url=url, station_id=station_id)


async def test_the_status_of_a_chain_is_asked_for_certificate_by_certificate(secured):
    good, revoked, listed = (authority(name, secured.mobility) for name in ("A", "B", "C"))
    secured.responder.revoked.add(revoked.certificate.serial_number)
    root = secured.mobility.certificate
    questions = [
        {
            "certificateHashData": hash_data(one.certificate, root, "SHA256"),
            "source": source,
            "urls": ["http://unreachable.example/ocsp", secured.responder.url("/ocsp")],
        }
        for one, source in ((good, "OCSP"), (revoked, "OCSP"), (listed, "CRL"))
    ]
    async with _plain(secured, await secured.csms.enter()) as station:
        answer = await station.call("GetCertificateChainStatus", {"certificateStatusRequests": questions})
    statuses = answer["certificateStatus"]
    assert [one["status"] for one in statuses] == ["Good", "Revoked", "Failed"]
    assert [one["certificateHashData"] for one in statuses] == [q["certificateHashData"] for q in questions]
    assert all(datetime.fromisoformat(one["nextUpdate"]) for one in statuses)


async def test_a_request_id_comes_back_with_the_certificate(secured):
    csms, station_id = secured.csms, await secured.csms.enter()
    async with _plain(secured, station_id) as station:
        station.replies["TriggerMessage"] = ACCEPTED
        body = {"use": "V2G20Certificate", "evse": 1}
        await csms.ok("POST", f"/stations/{station_id}/certificates/own", json=body)
        ordered = (await station.expect("TriggerMessage")).payload
        assert ordered == {"requestedMessage": "SignV2G20Certificate", "evse": {"id": 1}}
        csr, _ = request_for(station_id)
        asked = {"csr": csr, "certificateType": "V2G20Certificate", "requestId": 77}
        signed = await signed_for(station, asked)
        assert (signed["requestId"], signed["certificateType"]) == (77, "V2G20Certificate")
        assert issued_by_ours(signed["certificateChain"], await our_root(csms, "v2g"))
        await signing(csms, station_id, "accepted")


async def test_an_oem_root_is_new_in_2_1(csms):
    body = {"use": "OEMRootCertificate", "certificate": authority().pem}
    async with csms.station("ocpp2.1") as station:
        station.replies["InstallCertificate"] = ACCEPTED
        await csms.ok("POST", f"/stations/{station.id}/certificates", json=body)
        assert (await station.expect("InstallCertificate")).payload["certificateType"] == "OEMRootCertificate"
    for version in ("ocpp2.0.1", "ocpp1.6"):
        async with csms.station(version) as older:
            await csms.problem("POST", f"/stations/{older.id}/certificates", 422, json=body)
            assert older.orders == []


async def test_how_many_contracts_remain_is_told_where_several_were_asked_for(secured):
    async with _plain(secured, await secured.csms.enter()) as station:
        asked = {
            "iso15118SchemaVersion": "urn:iso:std:iso:15118:-20",
            "action": "Install",
            "exiRequest": "gJgA",
        }
        answer = await station.call("Get15118EVCertificate", asked)
        assert "remainingContracts" not in answer
        several = {**asked, "maximumContractCertificateChains": 2, "prioritizedEMAIDs": [EMAID]}
        assert (await station.call("Get15118EVCertificate", several))["remainingContracts"] == 0


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_a_contract_is_judged_by_its_chain_and_by_its_responder(secured, version):
    await secured.csms.token(id_token=EMAID, kind="eMAID")
    root = secured.mobility
    middle = authority("Mobility sub", root)
    contract = authority(EMAID.replace("-", ""), middle, is_ca=False)
    other = authority("DEXYZC000000000", middle, is_ca=False)
    strange = authority(EMAID, authority("A stranger"), is_ca=False)
    gone = authority("gone", root)
    secured.responder.revoked.add(gone.certificate.serial_number)

    def hashes(one):
        named = hash_data(one.certificate, root.certificate, "SHA256")
        return [{**named, "responderURL": secured.responder.url("/ocsp")}]

    cases = [
        ({"certificate": contract.pem + middle.pem}, "Accepted", "Accepted"),
        (
            {"certificate": contract.pem + middle.pem, "iso15118CertificateHashData": hashes(middle)},
            "Accepted",
            "Accepted",
        ),
        ({"iso15118CertificateHashData": hashes(gone)}, "CertificateRevoked", "Invalid"),
        ({"certificate": contract.pem}, "CertChainError", "Invalid"),
        ({"certificate": other.pem + middle.pem}, "CertChainError", "Invalid"),
        ({"certificate": strange.pem}, "CertChainError", "Invalid"),
        ({"certificate": "no certificate"}, "CertChainError", "Invalid"),
    ]
    async with _plain(secured, await secured.csms.enter(), version) as station:
        token = {"idToken": EMAID, "type": "eMAID"}
        for shown, certificate, status in cases:
            answer = await station.call("Authorize", {"idToken": token, **shown})
            assert (answer["certificateStatus"], answer["idTokenInfo"]["status"]) == (certificate, status), (
                shown
            )
        plain = await station.call("Authorize", {"idToken": token})
        assert "certificateStatus" not in plain
