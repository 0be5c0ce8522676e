"""OCPP 2.0.1, block M: roots in stations, certificate status, contract certificates of cars."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from tests.conformance.harness import ACCEPTED
from tests.conformance.secured import authority, hash_data

ALGORITHMS = ["SHA256", "SHA384", "SHA512"]
SCHEMA = "urn:iso:15118:2:2013:MsgDef"


@pytest.fixture(scope="module")
def root():
    return authority("A root to install")


async def _installed(csms, station, root, use, status):
    """Install a root: (the payload that arrived, the API's outcome)."""
    station.replies["InstallCertificate"] = {"status": status}
    body = {"use": use, "certificate": root.pem}
    outcome = await csms.ok("POST", f"/stations/{station.id}/certificates", json=body)
    return (await station.expect("InstallCertificate")).payload, outcome


async def _is_installed(csms, root, use):
    async with csms.station("ocpp2.0.1") as station:
        arrived, outcome = await _installed(csms, station, root, use, "Accepted")
        assert arrived == {"certificateType": use, "certificate": root.pem}
        assert outcome["outcome"] == "accepted"
        kept = await csms.ok("GET", f"/stations/{station.id}/certificates")
        assert [(one["use"], one["state"], one["subject"]) for one in kept] == [
            (use, "installed", "CN=A root to install")
        ]
        wanted = hash_data(root.certificate, root.certificate, "SHA256")
        assert list(kept[0]["named"].values()) == list(wanted.values())


async def _listed(csms, station, chains, uses=()):
    """Ask what is held: (the payload that arrived, what the API then shows)."""
    answer = {"status": "Accepted", "certificateHashDataChain": chains} if chains else {"status": "NotFound"}
    station.replies["GetInstalledCertificateIds"] = answer
    query = f"?use={','.join(uses)}" if uses else ""
    shown = await csms.ok("POST", f"/stations/{station.id}/certificates/refresh{query}")
    return (await station.expect("GetInstalledCertificateIds")).payload, shown


async def _is_listed(csms, root, use):
    async with csms.station("ocpp2.0.1") as station:
        for algorithm in ALGORITHMS:
            named = hash_data(root.certificate, root.certificate, algorithm)
            chain = {"certificateType": use, "certificateHashData": named}
            if use == "V2GCertificateChain":
                below = hash_data(authority("Below", root).certificate, root.certificate, algorithm)
                chain["childCertificateHashData"] = [below]
            arrived, shown = await _listed(csms, station, [chain], [use])
            assert arrived == {"certificateType": [use]}
            present = [one for one in shown if one["state"] == "installed"]
            assert [list(one["named"].values()) for one in present] == [list(named.values())]
            assert len(present[0]["children"]) == len(chain.get("childCertificateHashData", []))


async def test_tc_m_01_csms(csms, root):
    """A root that the station knows us by is installed."""
    await _is_installed(csms, root, "CSMSRootCertificate")


async def test_tc_m_02_csms(csms, root):
    """A root for the manufacturer's firmware is installed."""
    await _is_installed(csms, root, "ManufacturerRootCertificate")


async def test_tc_m_03_csms(csms, root):
    """A root of the V2G hierarchy is installed."""
    await _is_installed(csms, root, "V2GRootCertificate")


async def test_tc_m_04_csms(csms, root):
    """A root of a mobility operator is installed."""
    await _is_installed(csms, root, "MORootCertificate")


async def test_tc_m_05_csms(csms, root):
    """A root that the station could not install is not believed to be there."""
    async with csms.station("ocpp2.0.1") as station:
        _, outcome = await _installed(csms, station, root, "CSMSRootCertificate", "Failed")
        assert outcome["outcome"] == "refused"
        kept = await csms.ok("GET", f"/stations/{station.id}/certificates")
        assert [(one["state"], one["reason"]) for one in kept] == [("refused", "Failed")]


async def test_tc_m_12_csms(csms, root):
    """The roots that the station knows us by are listed, in each of the three digests."""
    await _is_listed(csms, root, "CSMSRootCertificate")


async def test_tc_m_13_csms(csms, root):
    """The manufacturer's roots are listed."""
    await _is_listed(csms, root, "ManufacturerRootCertificate")


async def test_tc_m_14_csms(csms, root):
    """The V2G roots are listed."""
    await _is_listed(csms, root, "V2GRootCertificate")


async def test_tc_m_15_csms(csms, root):
    """The station's V2G chain is listed with what is below its first certificate."""
    await _is_listed(csms, root, "V2GCertificateChain")


async def test_tc_m_16_csms(csms, root):
    """The roots of mobility operators are listed."""
    await _is_listed(csms, root, "MORootCertificate")


async def test_tc_m_17_csms(csms, root):
    """Two kinds are listed with one message."""
    uses = ["CSMSRootCertificate", "ManufacturerRootCertificate"]
    named = hash_data(root.certificate, root.certificate, "SHA256")
    chains = [{"certificateType": use, "certificateHashData": named} for use in uses]
    async with csms.station("ocpp2.0.1") as station:
        arrived, shown = await _listed(csms, station, chains, uses)
        assert arrived == {"certificateType": uses}
        assert {(one["use"], one["state"]) for one in shown} == {(use, "installed") for use in uses}


async def test_tc_m_18_csms(csms, root):
    """All kinds are listed where none is named; what is not listed any more is gone."""
    uses = ["V2GRootCertificate", "MORootCertificate", "CSMSRootCertificate", "ManufacturerRootCertificate"]
    named = hash_data(root.certificate, root.certificate, "SHA256")
    chains = [{"certificateType": use, "certificateHashData": named} for use in uses]
    async with csms.station("ocpp2.0.1") as station:
        arrived, shown = await _listed(csms, station, chains)
        assert arrived == {}
        assert {one["use"] for one in shown} == set(uses)
        _, shown = await _listed(csms, station, chains[:1])
        assert {one["use"]: one["state"] for one in shown} == {
            **dict.fromkeys(uses, "gone"),
            uses[0]: "installed",
        }


async def test_tc_m_19_csms(csms, root):
    """A station that holds none of a kind says so, and nothing is believed to be there."""
    use = "ManufacturerRootCertificate"
    async with csms.station("ocpp2.0.1") as station:
        await _installed(csms, station, root, use, "Accepted")
        arrived, shown = await _listed(csms, station, [], [use])
        assert arrived == {"certificateType": [use]}
        assert [one["state"] for one in shown] == ["gone"]


async def _deleted(csms, station, algorithm, root, status):
    """Install, list, delete: (the payload that arrived, the API's outcome, its id)."""
    use = "CSMSRootCertificate"
    await _installed(csms, station, root, use, "Accepted")
    named = hash_data(root.certificate, root.certificate, algorithm)
    _, shown = await _listed(csms, station, [{"certificateType": use, "certificateHashData": named}], [use])
    assert len(shown) == 1, "the one that was installed is the one that is listed"
    station.replies["DeleteCertificate"] = {"status": status}
    path = f"/stations/{station.id}/certificates/{shown[0]['id']}"
    await csms.problem("DELETE", path, 400)  # its last root is not deleted by mistake
    outcome = await csms.ok("DELETE", f"{path}?force=true")
    assert (await station.expect("DeleteCertificate")).payload == {"certificateHashData": named}
    return outcome


async def test_tc_m_20_csms(csms, root):
    """A root is deleted, named by the digest that the station uses, and is believed to be there no more."""
    async with csms.station("ocpp2.0.1") as station:
        for algorithm in ALGORITHMS:
            outcome = await _deleted(csms, station, algorithm, root, "Accepted")
            assert outcome["outcome"] == "accepted"
            assert await csms.ok("GET", f"/stations/{station.id}/certificates") == []


async def test_tc_m_21_csms(csms, root):
    """A root that the station could not delete is still believed to be there."""
    async with csms.station("ocpp2.0.1") as station:
        outcome = await _deleted(csms, station, "SHA256", root, "Failed")
        assert outcome == {"outcome": "refused", "reason": "Failed"}
        kept = await csms.ok("GET", f"/stations/{station.id}/certificates")
        assert [(one["state"], one["reason"]) for one in kept] == [("installed", "not deleted: Failed")]


def _ocsp_question(secured, certificate):
    named = hash_data(certificate.certificate, secured.mobility.certificate, "SHA256")
    return {"ocspRequestData": {**named, "responderURL": secured.responder.url("/ocsp")}}


async def test_tc_m_24_csms(secured):
    """The status of a certificate is answered by its responder's own signed word, asked for once."""
    below = authority("Below", secured.mobility)
    asked_before = len(secured.responder.asked)
    station_id = await secured.csms.enter()
    async with secured.csms.station(
        "ocpp2.0.1", url=_plain(secured, station_id), station_id=station_id
    ) as station:
        question = _ocsp_question(secured, below)
        for _ in range(2):
            answer = await station.call("GetCertificateStatus", question)
            assert answer["status"] == "Accepted"
            said = ocsp.load_der_ocsp_response(base64.b64decode(answer["ocspResult"]))
            assert said.serial_number == below.certificate.serial_number
            assert said.certificate_status is ocsp.OCSPCertStatus.GOOD
            key = secured.mobility.certificate.public_key()
            key.verify(said.signature, said.tbs_response_bytes, ec.ECDSA(said.signature_hash_algorithm))
        assert secured.responder.asked[asked_before:] == ["/ocsp"]
        elsewhere = {
            **question["ocspRequestData"],
            "responderURL": "http://169.254.0.1/ocsp",
            "serialNumber": "ab",
        }
        refused = await station.call("GetCertificateStatus", {"ocspRequestData": elsewhere})
        assert refused["status"] == "Failed"


async def _contract(secured, action):
    station_id = await secured.csms.enter()
    async with secured.csms.station(
        "ocpp2.0.1", url=_plain(secured, station_id), station_id=station_id
    ) as station:
        exi = base64.b64encode(b"a car's request").decode()
        asked = {"iso15118SchemaVersion": SCHEMA, "action": action, "exiRequest": exi}
        answer = await station.call("Get15118EVCertificate", asked)
        assert answer["status"] == ACCEPTED["status"]
        assert base64.b64decode(answer["exiResponse"]).decode() == f"{action} of {exi}"


async def test_tc_m_26_csms(secured):
    """A car gets its contract certificate: its request goes to the provider unread, the answer comes back unread."""
    await _contract(secured, "Install")


async def test_tc_m_28_csms(secured):
    """A car has its contract certificate renewed in the same way."""
    await _contract(secured, "Update")


async def test_without_a_provider_a_car_gets_no_certificate(csms):
    async with csms.station("ocpp2.0.1") as station:
        asked = {"iso15118SchemaVersion": SCHEMA, "action": "Install", "exiRequest": "gJgA"}
        answer = await station.call("Get15118EVCertificate", asked)
        assert (answer["status"], answer["exiResponse"]) == ("Failed", "")
        assert "no provider" in answer["statusInfo"]["additionalInfo"]


def _plain(secured, station_id):
    return secured.url(station_id, secure=False)
