"""Certificates, passwords, security profiles and events of simulated stations, from the other end of the link."""

import pytest
from cryptography import x509
from tests.simulator.authority import YEAR, Authority, hashes_of
from tests.simulator.pair import START, arrival
from tests.simulator.raw import Raw

VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


@pytest.fixture(params=VERSIONS)
def raw(request):
    raw = Raw(request.param, password="old password 1234")
    raw.connect()
    raw.forget()
    return raw


def central_root(raw):
    return "CentralSystemRootCertificate" if raw.version.is_16 else "CSMSRootCertificate"


def install(raw, authority, use=None):
    pem = authority if isinstance(authority, str) else authority.pem
    return raw.order("InstallCertificate", certificateType=use or central_root(raw), certificate=pem)[
        "status"
    ]


def installed(raw, use):
    if raw.version.is_16:
        answer = raw.order("GetInstalledCertificateIds", certificateType=use)
        return answer.get("certificateHashData", [])
    answer = raw.order("GetInstalledCertificateIds", certificateType=[use])
    return [c["certificateHashData"] for c in answer.get("certificateHashDataChain", [])]


def ask_to_sign(raw):
    if raw.version.is_16:
        answer = raw.order("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    else:
        answer = raw.order("TriggerMessage", requestedMessage="SignChargingStationCertificate")
    assert answer["status"] == "Accepted"
    return raw.all("SignCertificate")[-1]["csr"]


def events(raw):
    return [e["type"] for e in raw.all("SecurityEventNotification")]


def set_value(raw, key, component, variable, value):
    if raw.version.is_16:
        return raw.order("ChangeConfiguration", key=key, value=value)["status"]
    data = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
    return raw.order("SetVariables", setVariableData=[data])["setVariableResult"][0]["attributeStatus"]


def get_value(raw, key, component, variable):
    if raw.version.is_16:
        return raw.order("GetConfiguration", key=[key])["configurationKey"][0].get("value")
    data = {"component": {"name": component}, "variable": {"name": variable}}
    return raw.order("GetVariables", getVariableData=[data])["getVariableResult"][0].get("attributeValue")


def test_roots_are_installed_listed_and_deleted(raw):
    central, maker = Authority("Central"), Authority("Maker")
    assert installed(raw, central_root(raw)) == []
    assert install(raw, central) == "Accepted"
    assert install(raw, maker, "ManufacturerRootCertificate") == "Accepted"
    assert installed(raw, central_root(raw)) == [hashes_of(central)]
    assert installed(raw, "ManufacturerRootCertificate") == [hashes_of(maker)]
    deleted = raw.order("DeleteCertificate", certificateHashData=hashes_of(central))
    assert deleted["status"] == "Accepted"
    assert installed(raw, central_root(raw)) == []
    deleted = raw.order("DeleteCertificate", certificateHashData=hashes_of(central))
    assert deleted["status"] == "NotFound"
    assert installed(raw, "ManufacturerRootCertificate") == [hashes_of(maker)]


@pytest.mark.parametrize("bad", ["nonsense", "expired", "not yet valid"])
def test_what_is_no_good_certificate_is_not_installed(raw, bad):
    pem = {
        "nonsense": "nonsense",
        "expired": Authority(begins=START - 2 * YEAR, ends=START - YEAR).pem,
        "not yet valid": Authority(begins=START + YEAR, ends=START + 2 * YEAR).pem,
    }[bad]
    assert install(raw, pem) == "Rejected"
    assert installed(raw, central_root(raw)) == []


def test_a_store_that_is_full_says_so(raw):
    for n in range(20):
        assert install(raw, Authority(f"R{n}")) == "Accepted"
    assert install(raw, Authority("one too many")) == "Failed"


def test_a_station_asks_for_a_certificate_on_a_key_of_its_own(raw):
    authority = Authority()
    install(raw, authority)
    csr = ask_to_sign(raw)
    subject = x509.load_pem_x509_csr(csr.encode()).subject
    assert subject.rfc4514_string() == "CN=CP1,O=chargewright"
    assert raw.order("CertificateSigned", certificateChain=authority.answer(csr))["status"] == "Accepted"
    assert events(raw) == []
    chain, key = raw.station.credentials.shown
    assert b"BEGIN CERTIFICATE" in chain
    assert b"PRIVATE KEY" in key
    again = raw.order("CertificateSigned", certificateChain=authority.answer(csr))
    assert again["status"] == "Rejected", "it asked once"


def test_the_certificate_in_use_cannot_be_deleted(raw):
    """M04.FR.06."""
    authority = Authority()
    install(raw, authority)
    pem = authority.answer(ask_to_sign(raw))
    raw.order("CertificateSigned", certificateChain=pem)
    own = hashes_of(authority, x509.load_pem_x509_certificate(pem.encode()))
    assert raw.order("DeleteCertificate", certificateHashData=own)["status"] == "Failed"
    assert raw.station.credentials.shown is not None


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_v2g_certificate_is_asked_for_and_listed_as_a_chain(version):
    """A02.FR.13, M03.FR.05."""
    raw = Raw(version)
    raw.connect()
    authority = Authority("V2G")
    assert install(raw, authority, "V2GRootCertificate") == "Accepted"
    raw.order("TriggerMessage", requestedMessage="SignV2GCertificate")
    (asked,) = raw.all("SignCertificate")
    assert asked["certificateType"] == "V2GCertificate"
    pem = authority.answer(asked["csr"])
    answer = raw.order("CertificateSigned", certificateChain=pem, certificateType="V2GCertificate")
    assert answer["status"] == "Accepted"
    own = hashes_of(authority, x509.load_pem_x509_certificate(pem.encode()))
    assert installed(raw, "V2GCertificateChain") == [own]
    assert raw.station.credentials.shown is None, "the link has its own"


@pytest.mark.parametrize("fault", ["other key", "expired", "other authority", "nonsense"])
def test_a_certificate_that_does_not_fit_is_refused_and_told(raw, fault):
    authority = Authority()
    install(raw, authority)
    csr = ask_to_sign(raw)
    pem = {
        "other key": lambda: authority.signer()[0],
        "expired": lambda: authority.answer(csr, begins=START - 2 * YEAR, ends=START - YEAR),
        "other authority": lambda: Authority("Somebody").answer(csr),
        "nonsense": lambda: "nonsense",
    }[fault]()
    assert raw.order("CertificateSigned", certificateChain=pem)["status"] == "Rejected"
    expected = "InvalidChargePointCertificate" if raw.version.is_16 else "InvalidChargingStationCertificate"
    assert events(raw) == [expected]
    assert raw.station.credentials.shown is None


@pytest.mark.parametrize("whole", [True, False])
def test_a_chain_holds_together(raw, whole):
    root = Authority("Root")
    install(raw, root)
    middle = root.below("Middle")
    other = middle if whole else root.below("Stranger")
    chain = middle.answer(ask_to_sign(raw)) + other.pem
    status = raw.order("CertificateSigned", certificateChain=chain)["status"]
    assert status == ("Accepted" if whole else "Rejected")


def test_an_answer_to_another_request_is_refused():
    """2.1: A02.FR.23."""
    raw = Raw("ocpp2.1")
    raw.connect()
    authority = Authority()
    csr = ask_to_sign(raw)
    number = raw.all("SignCertificate")[-1]["requestId"]
    pem = authority.answer(csr)
    answers = [
        raw.order("CertificateSigned", certificateChain=pem, requestId=n)["status"]
        for n in (number + 1, number)
    ]
    assert answers == ["Rejected", "Accepted"]


def test_who_gets_no_certificate_asks_again_twice(raw):
    """A02.FR.18, FR.19: the wait doubles."""
    ask_to_sign(raw)
    raw.wait(200)
    assert len(raw.all("SignCertificate")) == 3


def test_who_is_refused_does_not_ask_again(raw):
    raw.answers["SignCertificate"] = {"status": "Rejected"}
    ask_to_sign(raw)
    raw.wait(200)
    assert len(raw.all("SignCertificate")) == 1


def test_a_password_is_taken_over_with_a_new_link(raw):
    assert set_value(raw, "AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword", "short") == "Rejected"
    new = "a quite new password"
    assert set_value(raw, "AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword", new) == "Accepted"
    assert events(raw) == ["ReconfigurationOfSecurityParameters"]
    assert get_value(raw, "AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword") is None
    assert raw.link.wants_new_link
    assert not raw.link.wants_new_link, "once"
    credentials = raw.station.credentials
    assert credentials.way.password == new.encode()
    credentials.refused()
    assert credentials.way.password == b"old password 1234"
    credentials.refused()
    credentials.connected()
    credentials.refused()
    assert credentials.way.password == new.encode(), "the old one is forgotten"


def test_hexadecimal_passwords_are_tried_as_text_and_as_bytes(raw):
    assert set_value(raw, "AuthorizationKey", "SecurityCtrlr", "BasicAuthPassword", "ab" * 20) == "Accepted"
    credentials = raw.station.credentials
    assert credentials.way.password == b"ab" * 20
    credentials.refused()
    assert credentials.way.password == b"\xab" * 20


def test_security_events_survive_a_lost_link(raw):
    raw.cut()
    raw.station.security_event("TamperDetectionActivated", raw.now, "lid")
    raw.wait(3)
    raw.connect()
    (told,) = raw.all("SecurityEventNotification")
    assert (told["type"], told["techInfo"]) == ("TamperDetectionActivated", "lid")


def test_a_central_system_that_does_not_understand_events_gets_its_transactions(raw):
    raw.answers["SecurityEventNotification"] = {"nonsense": 1}
    raw.station.security_event("TamperDetectionActivated", raw.now)
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert ("StartTransaction" if raw.version.is_16 else "TransactionEvent") in raw.actions()
    assert len(raw.all("SecurityEventNotification")) == 1


def test_a_1_6_station_raises_its_profile_and_never_lowers_it():
    raw = Raw("ocpp1.6")
    raw.connect()
    assert set_value(raw, "SecurityProfile", "", "", "2") == "Rejected", "there is no root to trust"
    install(raw, Authority())
    assert set_value(raw, "SecurityProfile", "", "", "2") == "Accepted"
    assert set_value(raw, "SecurityProfile", "", "", "3") == "Rejected", "there is no certificate to show"
    credentials = raw.station.credentials
    assert credentials.way.security_profile == 2
    assert raw.link.wants_new_link
    credentials.connected()
    assert get_value(raw, "SecurityProfile", "", "") == "2"
    assert set_value(raw, "SecurityProfile", "", "", "1") == "Rejected"


def network(raw, slot=1, **changes):
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "ws://elsewhere:9000/ocpp",
        "messageTimeout": 30,
        "securityProfile": 1,
        "ocppInterface": "Wired0",
    } | changes
    return raw.order("SetNetworkProfile", configurationSlot=slot, connectionData=data)["status"]


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_network_profiles_are_kept_and_used_after_a_reset(version):
    """B09, B10."""
    raw = Raw(version, password="old password 1234")
    raw.connect()
    assert network(raw) == "Accepted"
    assert network(raw, 9) == "Rejected"
    assert network(raw, ocppTransport="SOAP") == "Rejected"
    assert network(raw, ocppVersion="OCPP16") == "Rejected"
    assert network(raw, securityProfile=0) == "Rejected"
    assert network(raw, ocppCsmsUrl="gopher://x") == "Failed"

    def prefer(value):
        return set_value(raw, "", "OCPPCommCtrlr", "NetworkConfigurationPriority", value)

    assert prefer("2") == "Rejected", "nothing stands there"
    assert network(raw, 3, ocppCsmsUrl="wss://elsewhere/ocpp", securityProfile=2) == "Accepted"
    assert prefer("3") == "Rejected", "there is no root to trust"
    assert prefer("1") == "RebootRequired"
    assert get_value(raw, "", "OCPPCommCtrlr", "NetworkConfigurationPriority") == "1"
    assert raw.station.credentials.way.url is None, "not before it starts anew"
    assert raw.order("Reset", type="Immediate")["status"] == "Accepted"
    raw.wait(1)
    assert not raw.connected
    way = raw.station.credentials.way
    assert (way.url, way.password) == ("ws://elsewhere:9000/ocpp", b"old password 1234")
    raw.wait(20)
    assert raw.all("BootNotification")[-1]["reason"] == "RemoteReset"
