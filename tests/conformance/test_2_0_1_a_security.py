"""OCPP 2.0.1, block A: passwords, TLS, certificates of stations, security profiles."""

import ssl
import warnings

import trustme
from tests.conformance.harness import ACCEPTED, basic, now
from tests.conformance.secured import (
    PASSWORD,
    event_kinds,
    fails_in_tls,
    issued_by_ours,
    leaf,
    our_root,
    refused,
    request_for,
    signed_for,
    signing,
    with_password,
)

OTHER = "fedcba9876543210fedcba9876543210fedcba98"


def _variable(payload, status):
    return {
        "setVariableResult": [
            {"attributeStatus": status, "component": one["component"], "variable": one["variable"]}
            for one in payload["setVariableData"]
        ]
    }


async def test_tc_a_01_csms(csms):
    """A station with the right password is let in, and its security profile is remembered."""
    station_id = await with_password(csms)
    async with csms.station("ocpp2.0.1", station_id=station_id, **basic(station_id, PASSWORD)):
        shown = await csms.ok("GET", f"/stations/{station_id}/security")
        assert (shown["security_profile"], shown["has_password"]) == (1, True)


async def test_tc_a_02_csms(csms):
    """A user name that is not the station's identity is refused, whatever the password."""
    station_id = await with_password(csms)
    assert await refused(csms, station_id, **basic("Somebody", PASSWORD)) == 401
    async with csms.station("ocpp2.0.1", station_id=station_id, **basic(station_id, PASSWORD)):
        pass


async def test_tc_a_03_csms(csms):
    """No password and a wrong one are refused; the wrong one is a security event."""
    station_id = await with_password(csms)
    assert await refused(csms, station_id) == 401
    assert await event_kinds(csms, station_id) == []
    assert await refused(csms, station_id, **basic(station_id, OTHER)) == 401
    assert await event_kinds(csms, station_id) == ["WrongCredentials"]


async def test_tc_a_04_csms(secured):
    """TLS with a valid server certificate, 1.2 with each suite that is demanded and 1.3; both kinds of key."""
    station_id = await with_password(secured.csms)
    kinds = set()
    for suite in (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        None,
    ):
        context = secured.context()
        if suite is not None:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers(suite)
        async with secured.station(station_id, ssl=context, **basic(station_id, PASSWORD)) as station:
            agreed = station.socket.transport.get_extra_info("ssl_object")
            assert agreed.version() == ("TLSv1.3" if suite is None else "TLSv1.2")
            assert suite in {None, agreed.cipher()[0]}
            certificate = agreed.getpeercert()
            assert ((("commonName", "localhost"),)) in certificate["subject"]
            kinds.add(certificate["serialNumber"])
    assert len(kinds) == 2
    assert (await secured.csms.ok("GET", f"/stations/{station_id}/security"))["security_profile"] == 2


async def test_tc_a_06_csms(secured):
    """TLS below 1.2 is refused; the same station is let in with 1.2."""
    station_id = await with_password(secured.csms)
    old = secured.context()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    assert await fails_in_tls(secured.url(station_id), old)
    fine = secured.context()
    fine.maximum_version = ssl.TLSVersion.TLSv1_2
    async with secured.station(station_id, ssl=fine, **basic(station_id, PASSWORD)):
        pass


async def test_tc_a_07_csms(secured):
    """A valid client certificate lets a station in without a password: security profile 3."""
    station_id = await with_password(secured.csms)
    async with secured.station(station_id, secured.maker_certificate(station_id)):
        shown = await secured.csms.ok("GET", f"/stations/{station_id}/security")
        assert shown["security_profile"] == 3


async def test_tc_a_08_csms(secured):
    """A client certificate of a stranger ends in the handshake, one of another station is refused and noted."""
    station_id = await secured.csms.enter()
    strange = trustme.CA().issue_cert("x.example", common_name=station_id)
    assert await fails_in_tls(secured.url(station_id), secured.context(strange))
    other = secured.context(secured.maker_certificate("CS-OTHER"))
    assert await refused(secured.csms, station_id, url=secured.url(station_id), ssl=other) == 401
    assert await event_kinds(secured.csms, station_id) == ["ForeignStationCertificate"]
    nothing = secured.context()
    assert await refused(secured.csms, station_id, url=secured.url(station_id), ssl=nothing) == 401
    async with secured.station(station_id, secured.maker_certificate(station_id)):
        pass


async def test_tc_a_09_csms(csms):
    """A new password that the station accepts holds from then on, the old one no more."""
    station_id = await with_password(csms)
    async with csms.station("ocpp2.0.1", station_id=station_id, **basic(station_id, PASSWORD)) as station:
        station.replies["SetVariables"] = lambda payload: _variable(payload, "Accepted")
        outcome = await csms.ok("POST", f"/stations/{station_id}/password", json={})
        ordered = (await station.expect("SetVariables")).payload["setVariableData"]
    assert ordered == [
        {
            "component": {"name": "SecurityCtrlr"},
            "variable": {"name": "BasicAuthPassword"},
            "attributeValue": outcome["password"],
        }
    ]
    assert outcome["outcome"] == "accepted"
    assert 16 <= len(outcome["password"]) <= 40
    assert await refused(csms, station_id, **basic(station_id, PASSWORD)) == 401
    connect = basic(station_id, outcome["password"])
    async with csms.station("ocpp2.0.1", station_id=station_id, **connect):
        pass


async def test_tc_a_10_csms(csms):
    """A new password that the station refuses is forgotten, the old one holds."""
    station_id = await with_password(csms)
    async with csms.station("ocpp2.0.1", station_id=station_id, **basic(station_id, PASSWORD)) as station:
        station.replies["SetVariables"] = lambda payload: _variable(payload, "Rejected")
        outcome = await csms.ok("POST", f"/stations/{station_id}/password", json={})
        ordered = (await station.expect("SetVariables")).payload["setVariableData"][0]["attributeValue"]
    assert (outcome["outcome"], outcome["password"]) == ("refused", None)
    assert await refused(csms, station_id, **basic(station_id, ordered)) == 401
    async with csms.station("ocpp2.0.1", station_id=station_id, **basic(station_id, PASSWORD)):
        pass


async def test_tc_a_11_csms(secured):
    """A station renews its certificate when it is told to, and is let in with the new one."""
    csms = secured.csms
    station_id = await csms.enter()
    async with secured.station(station_id, secured.maker_certificate(station_id)) as station:
        station.replies["TriggerMessage"] = ACCEPTED
        outcome = await csms.ok("POST", f"/stations/{station_id}/certificates/own", json={})
        assert outcome["outcome"] == "accepted"
        ordered = (await station.expect("TriggerMessage")).payload
        assert ordered == {"requestedMessage": "SignChargingStationCertificate"}
        csr, key = request_for(station_id)
        asked = {"csr": csr, "certificateType": "ChargingStationCertificate"}
        signed = await signed_for(station, asked)
        assert signed["certificateType"] == "ChargingStationCertificate"
        chain = signed["certificateChain"]
        assert issued_by_ours(chain, await our_root(csms, "stations"))
        assert leaf(chain).public_key() == key.public_key()
        kept = await signing(csms, station_id, "accepted")
        assert kept["serial_number"] == f"{leaf(chain).serial_number:x}"
    async with secured.station(station_id, (chain, key)):
        pass


async def test_tc_a_12_csms(secured):
    """A certificate towards cars is asked for per EVSE and signed by the V2G authority."""
    csms = secured.csms
    station_id = await csms.enter()
    secc_ids = ["DE-ABC-E-1", "DE-ABC-E-2"]
    await csms.ok(
        "PUT", f"/stations/{station_id}/security", json={"security_profile": None, "secc_ids": secc_ids}
    )
    async with secured.station(station_id, secured.maker_certificate(station_id)) as station:
        station.replies["TriggerMessage"] = ACCEPTED
        for evse, secc_id in enumerate(secc_ids, 1):
            body = {"use": "V2GCertificate", "evse": evse}
            await csms.ok("POST", f"/stations/{station_id}/certificates/own", json=body)
            ordered = (await station.expect("TriggerMessage")).payload
            assert ordered == {"requestedMessage": "SignV2GCertificate", "evse": {"id": evse}}
            asked = {"csr": request_for(secc_id)[0], "certificateType": "V2GCertificate"}
            signed = await signed_for(station, asked)
            assert signed["certificateType"] == "V2GCertificate"
            assert issued_by_ours(signed["certificateChain"], await our_root(csms, "v2g"))
            assert f"CN={secc_id}" in leaf(signed["certificateChain"]).subject.rfc4514_string()


async def test_tc_a_13_csms(secured):
    """One certificate towards us and towards cars: signed by the V2G authority, and let in with."""
    csms = secured.csms
    station_id = await csms.enter()
    async with secured.station(station_id, secured.maker_certificate(station_id)) as station:
        station.replies["TriggerMessage"] = ACCEPTED
        await csms.ok("POST", f"/stations/{station_id}/certificates/own", json={"use": "Combined"})
        ordered = (await station.expect("TriggerMessage")).payload
        assert ordered == {"requestedMessage": "SignCombinedCertificate"}
        csr, key = request_for(station_id)
        signed = await signed_for(station, {"csr": csr})
        assert "certificateType" not in signed
        assert issued_by_ours(signed["certificateChain"], await our_root(csms, "v2g"))
    async with secured.station(station_id, (signed["certificateChain"], key)):
        pass


async def test_tc_a_14_csms(secured):
    """A renewed certificate that the station refuses is noted, its security event too; the old one still holds."""
    csms = secured.csms
    station_id = await csms.enter()
    old = secured.maker_certificate(station_id)
    async with secured.station(station_id, old) as station:
        station.replies["TriggerMessage"] = ACCEPTED
        await csms.ok("POST", f"/stations/{station_id}/certificates/own", json={})
        await station.expect("TriggerMessage")
        asked = {"csr": request_for(station_id)[0], "certificateType": "ChargingStationCertificate"}
        await signed_for(station, asked, {"status": "Rejected"})
        told = {"type": "InvalidChargingStationCertificate", "timestamp": now()}
        assert await station.call("SecurityEventNotification", told) == {}
        await signing(csms, station_id, "rejected")
    assert await event_kinds(csms, station_id) == ["InvalidChargingStationCertificate"]
    async with secured.station(station_id, old):
        pass


async def test_tc_a_19_csms(secured):
    """A station is moved to a higher security profile by a network profile, and never let in below it again."""
    csms = secured.csms
    station_id = await with_password(csms)
    plain = {"url": secured.url(station_id, secure=False), **basic(station_id, PASSWORD)}
    async with csms.station("ocpp2.0.1", station_id=station_id, **plain) as station:
        station.replies |= {
            "SetNetworkProfile": ACCEPTED,
            "SetVariables": lambda payload: _variable(payload, "RebootRequired"),
            "Reset": ACCEPTED,
        }
        body = {"security_profile": 2, "url": "wss://csms.example/ocpp", "slots": [2, 1]}
        outcome = await csms.ok("POST", f"/stations/{station_id}/security-profile", json=body)
        assert outcome["outcome"] == "accepted"
        written = (await station.expect("SetNetworkProfile")).payload
        assert written["configurationSlot"] == 2
        assert written["connectionData"]["securityProfile"] == 2
        assert written["connectionData"]["ocppCsmsUrl"] == "wss://csms.example/ocpp"
        preferred = (await station.expect("SetVariables")).payload["setVariableData"][0]
        assert preferred["variable"]["name"] == "NetworkConfigurationPriority"
        assert preferred["attributeValue"] == "2,1"
        assert (await station.expect("Reset")).payload == {"type": "OnIdle"}
        shown = await csms.ok("GET", f"/stations/{station_id}/security")
        assert (shown["security_profile"], shown["raising_to"]) == (1, 2)
    async with csms.station("ocpp2.0.1", station_id=station_id, **plain):
        pass  # until it was seen with the higher one, the old one holds
    async with secured.station(station_id, **basic(station_id, PASSWORD)):
        shown = await csms.ok("GET", f"/stations/{station_id}/security")
        assert (shown["security_profile"], shown["raising_to"]) == (2, None)
    assert await refused(csms, station_id, **plain) == 401
    assert await event_kinds(csms, station_id) == ["SecurityProfileDowngrade"]
    async with secured.station(station_id, **basic(station_id, PASSWORD)):
        pass
