"""OCPP 2.0.1 block N: what stations keep of customers."""

from tests.conformance.harness import ACCEPTED, now

CERTIFICATE = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "1f",
}


async def ask(csms, station, **asked):
    """Ask through the API: (what it shows, the CustomerInformation that arrived)."""
    shown = await csms.ok("POST", f"/stations/{station.id}/customer-information", json=asked)
    return shown, (await station.expect("CustomerInformation")).payload


async def tell(station, request_id, *parts):
    for seq_no, data in enumerate(parts):
        told = {"requestId": request_id, "data": data, "seqNo": seq_no, "generatedAt": now()}
        if seq_no + 1 < len(parts):
            told["tbc"] = True
        assert await station.call("NotifyCustomerInformation", told) == {}


async def report(csms, station, request_id):
    shown = await csms.ok("GET", f"/stations/{station.id}/customer-information/{request_id}")
    return shown["state"], shown["text"]


def customer_station(csms, status="Accepted"):
    return csms.station("ocpp2.0.1", replies={"CustomerInformation": {"status": status}})


async def test_tc_n_27_csms(csms):
    """A customer's data are asked for by token and put together from their parts."""
    tag = await csms.token()
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, token=tag)
        assert arrived == {
            "requestId": shown["request"],
            "report": True,
            "clear": False,
            "idToken": {"idToken": tag, "type": "ISO14443"},
        }
        assert await report(csms, station, shown["request"]) == ("asked", "")
        await tell(station, arrived["requestId"], "name: Ada", "; sessions: 3")
        assert await report(csms, station, shown["request"]) == ("complete", "name: Ada; sessions: 3")


async def test_tc_n_28_csms(csms):
    """A customer of whom the station keeps nothing: the report is complete and empty."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, token=await csms.token())
        await tell(station, arrived["requestId"], "")
        assert await report(csms, station, shown["request"]) == ("complete", "")


async def test_tc_n_29_csms(csms):
    """A station that will not tell is shown to have refused."""
    async with customer_station(csms, "Rejected") as station:
        shown, _ = await ask(csms, station, token=await csms.token())
        assert shown["status"] == "Rejected"
        assert await report(csms, station, shown["request"]) == ("refused", "")


async def test_tc_n_30_csms(csms):
    """A customer's data are told and cleared in one."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, token=await csms.token(), clear=True)
        assert (arrived["report"], arrived["clear"]) == (True, True)
        await tell(station, arrived["requestId"], "all there was")
        assert await report(csms, station, shown["request"]) == ("complete", "all there was")


async def test_tc_n_31_csms(csms):
    """A customer of whom the station keeps nothing is cleared with an empty report."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, token=await csms.token(), clear=True)
        await tell(station, arrived["requestId"], "")
        assert await report(csms, station, shown["request"]) == ("complete", "")


async def test_tc_n_32_csms(csms):
    """A customer's data are cleared without being told."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, token=await csms.token(), clear=True, report=False)
        assert (arrived["report"], arrived["clear"]) == (False, True)
        await tell(station, arrived["requestId"], "")
        assert await report(csms, station, shown["request"]) == ("complete", "")
        nothing = {"token": "ANY", "report": False}
        await csms.problem("POST", f"/stations/{station.id}/customer-information", 400, json=nothing)


async def test_tc_n_46_csms(csms):
    """A token that is cleared is taken out of the station's local list as well, by a difference."""
    gone, stays = await csms.token(), await csms.token()
    async with customer_station(csms) as station:
        station.replies.update({"GetLocalListVersion": {"versionNumber": 0}, "SendLocalList": ACCEPTED})
        await csms.ok("PUT", f"/stations/{station.id}/local-list", json={"tokens": [gone, stays]})
        version = (await station.expect("SendLocalList")).payload["versionNumber"]
        station.replies["GetLocalListVersion"] = {"versionNumber": version}
        _, arrived = await ask(csms, station, token=gone, clear=True)
        await tell(station, arrived["requestId"], "all there was")
        sent = (await station.expect("SendLocalList")).payload
        assert sent == {
            "updateType": "Differential",
            "versionNumber": version + 1,
            "localAuthorizationList": [{"idToken": {"idToken": gone, "type": "ISO14443"}}],
        }
        shown = await csms.ok("GET", f"/stations/{station.id}/local-list")
        assert (shown["chosen"]["tokens"], shown["state"]) == ([stays], "current")


async def test_tc_n_62_csms(csms):
    """A customer is named by an identifier of ours."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, identifier="customer-7", clear=True)
        assert arrived["customerIdentifier"] == "customer-7"
        assert not {"idToken", "customerCertificate"} & set(arrived)
        await tell(station, arrived["requestId"], "all there was")
        assert await report(csms, station, shown["request"]) == ("complete", "all there was")


async def test_tc_n_63_csms(csms):
    """A customer is named by the hash data of a certificate."""
    async with customer_station(csms) as station:
        shown, arrived = await ask(csms, station, certificate=CERTIFICATE, clear=True)
        assert arrived["customerCertificate"] == CERTIFICATE
        assert not {"idToken", "customerIdentifier"} & set(arrived)
        await tell(station, arrived["requestId"], "all there was")
        assert await report(csms, station, shown["request"]) == ("complete", "all there was")
