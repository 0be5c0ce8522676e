"""OCPP 1.6 with its security extension: passwords, certificates, security profiles, the choice of a version."""

import asyncio
import ssl
import warnings

import pytest
from tests.conformance.harness import ACCEPTED, basic, now
from tests.conformance.secured import (
    PASSWORD,
    authority,
    event_kinds,
    fails_in_tls,
    hash_data,
    issued_by_ours,
    our_root,
    refused,
    request_for,
    signed_for,
    signing,
    with_password,
)

V16 = "ocpp1.6"


async def test_tc_073_csms(csms):
    """A new password is ordered as AuthorizationKey, in hexadecimal digits; then it holds, the old one no more."""
    station_id = await with_password(csms)
    async with csms.station(station_id=station_id, **basic(station_id, PASSWORD)) as station:
        station.replies["ChangeConfiguration"] = ACCEPTED
        outcome = await csms.ok("POST", f"/stations/{station_id}/password", json={})
        ordered = (await station.expect("ChangeConfiguration")).payload
    assert ordered == {"key": "AuthorizationKey", "value": outcome["password"]}
    assert 16 <= len(bytes.fromhex(outcome["password"])) <= 20
    assert await refused(csms, station_id, V16, **basic(station_id, PASSWORD)) == 401
    async with csms.station(station_id=station_id, **basic(station_id, outcome["password"])):
        pass


async def test_tc_074_csms(secured):
    """A station renews its certificate when it is told to, and is let in with the new one."""
    csms = secured.csms
    station_id = await csms.enter()
    async with secured.station(station_id, secured.maker_certificate(station_id), version=V16) as station:
        station.replies["ExtendedTriggerMessage"] = ACCEPTED
        await csms.ok("POST", f"/stations/{station_id}/certificates/own", json={})
        ordered = (await station.expect("ExtendedTriggerMessage")).payload
        assert ordered == {"requestedMessage": "SignChargePointCertificate"}
        csr, key = request_for(station_id)
        signed = await signed_for(station, {"csr": csr})
        assert set(signed) == {"certificateChain"}
        assert issued_by_ours(signed["certificateChain"], await our_root(csms, "stations"))
        await signing(csms, station_id, "accepted")
    async with secured.station(station_id, (signed["certificateChain"], key), version=V16):
        pass


async def _root_installed(csms, ours, theirs):
    root = authority()
    async with csms.station() as station:
        station.replies |= {
            "InstallCertificate": ACCEPTED,
            "GetInstalledCertificateIds": {
                "status": "Accepted",
                "certificateHashData": [hash_data(root.certificate, root.certificate, "SHA256")],
            },
        }
        path = f"/stations/{station.id}/certificates"
        await csms.ok("POST", path, json={"use": ours, "certificate": root.pem})
        arrived = (await station.expect("InstallCertificate")).payload
        assert arrived == {"certificateType": theirs, "certificate": root.pem}
        shown = await csms.ok("POST", f"{path}/refresh?use={ours}")
        asked = (await station.expect("GetInstalledCertificateIds")).payload
        assert asked == {"certificateType": theirs}
        assert [(one["use"], one["state"], one["certificate"]) for one in shown] == [
            (ours, "installed", root.pem)
        ]


async def test_tc_075_1_csms(csms):
    """A root of the manufacturer is installed, and listed afterwards."""
    await _root_installed(csms, "ManufacturerRootCertificate", "ManufacturerRootCertificate")


async def test_tc_075_2_csms(csms):
    """A root that the station knows us by is installed, and listed afterwards."""
    await _root_installed(csms, "CSMSRootCertificate", "CentralSystemRootCertificate")


async def test_tc_076_csms(csms):
    """A root is deleted, named as the station names it."""
    root = authority()
    named = hash_data(root.certificate, root.certificate, "SHA512")
    async with csms.station() as station:
        held = {"status": "Accepted", "certificateHashData": [named]}
        station.replies |= {
            "GetInstalledCertificateIds": lambda payload: (
                held
                if payload["certificateType"] == "ManufacturerRootCertificate"
                else {"status": "NotFound"}
            ),
            "DeleteCertificate": ACCEPTED,
        }
        shown = await csms.ok("POST", f"/stations/{station.id}/certificates/refresh")
        assert [one["use"] for one in shown] == ["ManufacturerRootCertificate"]
        path = f"/stations/{station.id}/certificates/{shown[0]['id']}"
        assert (await csms.ok("DELETE", path))["outcome"] == "accepted"
        assert (await station.expect("DeleteCertificate")).payload == {"certificateHashData": named}
        assert await csms.ok("GET", f"/stations/{station.id}/certificates") == []


async def test_tc_077_csms(csms):
    """A certificate that the station finds no good is refused by it, and the event is recorded."""
    async with csms.station() as station:
        station.replies["ExtendedTriggerMessage"] = ACCEPTED
        await csms.ok("POST", f"/stations/{station.id}/certificates/own", json={})
        await signed_for(station, {"csr": request_for(station.id)[0]}, {"status": "Rejected"})
        told = {"type": "InvalidChargePointCertificate", "timestamp": now(), "techInfo": "not of my CA"}
        assert await station.call("SecurityEventNotification", told) == {}
        assert await event_kinds(csms, station.id) == ["InvalidChargePointCertificate"]
        await signing(csms, station.id, "rejected")


async def test_tc_078_csms(csms):
    """A root that the station finds no good is refused by it, and the event is recorded."""
    async with csms.station() as station:
        station.replies["InstallCertificate"] = {"status": "Rejected"}
        body = {"use": "CSMSRootCertificate", "certificate": authority().pem}
        outcome = await csms.ok("POST", f"/stations/{station.id}/certificates", json=body)
        assert outcome["certificate"]["state"] == "refused"
        told = {"type": "InvalidCentralSystemCertificate", "timestamp": now()}
        assert await station.call("SecurityEventNotification", told) == {}
        assert await event_kinds(csms, station.id) == ["InvalidCentralSystemCertificate"]


async def test_tc_083_csms(secured):
    """A higher security profile is ordered; once the station came back with it, the lower one is refused."""
    csms = secured.csms
    station_id = await with_password(csms)
    plain = {"url": secured.url(station_id, secure=False), **basic(station_id, PASSWORD)}
    async with csms.station(station_id=station_id, **plain) as station:
        station.replies["ChangeConfiguration"] = ACCEPTED
        path = f"/stations/{station_id}/security-profile"
        await csms.problem("POST", path, 400, json={"security_profile": 1})
        assert (await csms.ok("POST", path, json={"security_profile": 2}))["outcome"] == "accepted"
        ordered = (await station.expect("ChangeConfiguration")).payload
        assert ordered == {"key": "SecurityProfile", "value": "2"}
    async with secured.station(station_id, version=V16, **basic(station_id, PASSWORD)):
        shown = await csms.ok("GET", f"/stations/{station_id}/security")
        assert (shown["security_profile"], shown["raising_to"]) == (2, None)
    assert await refused(csms, station_id, V16, **plain) == 401


async def test_tc_085_csms(csms):
    """A station is let in with the right password only: as hexadecimal digits, or as the bytes that they mean."""
    station_id = await with_password(csms)
    for username, password in ((station_id, "0" * 40), ("Somebody", PASSWORD)):
        assert await refused(csms, station_id, V16, **basic(username, password)) == 401
    assert await refused(csms, station_id, V16) == 401
    raw = bytes.fromhex(PASSWORD).decode("latin-1")
    for shown in (basic(station_id, PASSWORD), basic(station_id, raw, encoding="latin-1")):
        async with csms.station(station_id=station_id, **shown):
            pass


async def test_tc_086_csms(secured):
    """TLS with the server's certificate, from 1.2 on; an older one is refused."""
    station_id = await with_password(secured.csms)
    old = secured.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert await fails_in_tls(secured.url(station_id), old)
    async with secured.station(station_id, version=V16, **basic(station_id, PASSWORD)) as station:
        agreed = station.socket.transport.get_extra_info("ssl_object")
        assert agreed.version() in {"TLSv1.2", "TLSv1.3"}
        assert (("commonName", "localhost"),) in agreed.getpeercert()["subject"]


async def test_tc_087_csms(secured):
    """A client certificate lets in the station that it names, and no other."""
    csms = secured.csms
    station_id, other = await csms.enter(), await csms.enter()
    shown = secured.maker_certificate(station_id)
    async with secured.station(station_id, shown, version=V16):
        assert (await csms.ok("GET", f"/stations/{station_id}/security"))["security_profile"] == 3
    foreign = {"url": secured.url(other), "ssl": secured.context(shown)}
    assert await refused(csms, other, V16, **foreign) == 401


async def test_tc_088_csms(csms):
    """Of the versions that a station offers one is taken; where none is known, there is no upgrade."""
    station_id = await csms.enter()
    assert await refused(csms, station_id, "ocpp0.1") == 400
    offered = ["ocpp0.1", "ocpp1.6"]
    async with csms.station(station_id=station_id, subprotocols=offered) as station:
        assert station.socket.subprotocol == "ocpp1.6"


@pytest.mark.parametrize("used", ["old", "new"])
async def test_a_password_whose_answer_is_lost_locks_nobody_out(csms, used):
    """Both hold until the station is back; the one that it used stays (A01.FR.04)."""
    station_id = await with_password(csms)
    async with csms.station(station_id=station_id, **basic(station_id, PASSWORD)) as station:
        order = asyncio.create_task(csms.ok("POST", f"/stations/{station_id}/password", json={}))
        ordered = (await station.expect("ChangeConfiguration")).payload["value"]
    outcome = await order
    assert (outcome["outcome"], outcome["password"]) == ("unknown", ordered)
    stays, goes = (PASSWORD, ordered) if used == "old" else (ordered, PASSWORD)
    async with csms.station(station_id=station_id, **basic(station_id, stays)):
        assert (await csms.ok("GET", f"/stations/{station_id}/security"))["passwords_unanswered"] == 0
    assert await refused(csms, station_id, V16, **basic(station_id, goes)) == 401
    async with csms.station(station_id=station_id, **basic(station_id, stays)):
        pass
