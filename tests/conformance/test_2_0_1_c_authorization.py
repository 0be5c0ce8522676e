"""OCPP 2.0.1 block C: who may charge, and who may stop."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from tests.conformance.charging import Charging, id_token, status_of
from tests.conformance.harness import ACCEPTED, running_csms
from tests.conformance.secured import authority, hash_data

from chargewright.app.config import StationsConfig

MASTER_GROUP = "MASTERS"


async def authorize(station, token, kind="ISO14443", **more):
    return await station.call("Authorize", {"idToken": id_token(token, kind), **more})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def masters():
    """A central system that knows a master pass group."""
    async with running_csms(StationsConfig(port=0, master_pass_group=MASTER_GROUP)) as running:
        yield running


async def test_tc_c_02_csms(csms):
    """A token that nobody entered is unknown, and one of another kind is invalid."""
    code = await csms.token(kind="KeyCode")
    async with csms.station("ocpp2.0.1") as station:
        assert status_of(await authorize(station, "NOBODY")) == "Unknown"
        assert status_of(await authorize(station, code)) == "Invalid"
        assert status_of(await authorize(station, code.lower(), "KeyCode")) == "Accepted"


async def test_tc_c_06_csms(csms):
    """A token that is blocked is told so."""
    tag = await csms.token(blocked=True)
    async with csms.station("ocpp2.0.1") as station:
        assert status_of(await authorize(station, tag)) == "Blocked"


async def test_tc_c_07_csms(csms):
    """A token whose time is over is told so, with the date."""
    tag = await csms.token(expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    async with csms.station("ocpp2.0.1") as station:
        answer = await authorize(station, tag)
        assert status_of(answer) == "Expired"
        assert answer["idTokenInfo"]["cacheExpiryDateTime"].startswith("2020-01-01T00:00:00")


async def test_tc_c_08_csms(csms):
    """A token that the station accepted from its cache is accepted again in the transaction."""
    tag = await csms.token(cache_duration_s=3600)
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        await charging.plug_in()
        before = datetime.now(UTC).replace(microsecond=0)
        answer = await charging.tell("Updated", "Authorized", by=tag)
        assert status_of(answer) == "Accepted"
        until = datetime.fromisoformat(answer["idTokenInfo"]["cacheExpiryDateTime"])
        assert before <= until - timedelta(hours=1) <= datetime.now(UTC)  # however long the answer took
        assert (await charging.record())["token"] == tag


async def test_tc_c_20_csms(csms):
    """A token that nobody knows is refused in the transaction as well, and the transaction is recorded all the same."""
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        await charging.plug_in()
        assert status_of(await charging.tell("Updated", "Authorized", by="NOBODY")) == "Unknown"
        assert (await charging.record())["token"] == "NOBODY"


async def test_tc_c_37_csms(csms):
    """A station is ordered to clear its cache and does."""
    async with csms.station("ocpp2.0.1") as station:
        arrived, outcome = await station.ordered("ClearCache", {}, ACCEPTED)
        assert arrived == {}
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert (kept["outcome"], kept["response"]) == ("answered", ACCEPTED)


async def test_tc_c_38_csms(csms):
    """A station that will not clear its cache is shown to have refused."""
    async with csms.station("ocpp2.0.1") as station:
        _, outcome = await station.ordered("ClearCache", {}, {"status": "Rejected"})
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert kept["response"] == {"status": "Rejected"}


async def test_tc_c_39_csms(csms):
    """Two tokens of a group: one starts, the other stops, and both are told the group."""
    one, two = await csms.token(group_id="G39"), await csms.token(group_id="G39")
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        answers = [await authorize(station, two), await charging.charge(one), await authorize(station, two)]
        answers.append(await charging.tell("Updated", "StopAuthorized", by=two))
        for answer in answers:
            assert status_of(answer) == "Accepted"
            assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == "G39"
        await charging.tell("Ended", "EVCommunicationLost", stopped="Local")
        record = await charging.record()
        assert (record["token"], record["stopped_by"], record["state"]) == (one, two, "ended")


async def test_tc_c_40_csms(csms):
    """Two tokens of a group, both in the station's local list, without a word of Authorize: the same."""
    one, two = await csms.token(group_id="G40"), await csms.token(group_id="G40")
    lists = {"GetLocalListVersion": {"versionNumber": 0}, "SendLocalList": ACCEPTED}
    async with csms.station("ocpp2.0.1", replies=lists) as station:
        await csms.ok("PUT", f"/stations/{station.id}/local-list", json={"groups": ["G40"]})
        sent = (await station.expect("SendLocalList")).payload["localAuthorizationList"]
        assert {e["idToken"]["idToken"]: e["idTokenInfo"]["groupIdToken"]["idToken"] for e in sent} == {
            one: "G40",
            two: "G40",
        }
        charging = Charging(station)
        answers = [await charging.charge(one), await charging.tell("Updated", "StopAuthorized", by=two)]
        for answer in answers:
            assert status_of(answer) == "Accepted"
            assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == "G40"


async def test_tc_c_43_csms(csms):
    """A token that the local list calls invalid and the central system accepts may stop its group's transaction."""
    one, two = await csms.token(group_id="G43"), await csms.token(group_id="G43")
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        await charging.charge(one)
        assert status_of(await authorize(station, two)) == "Accepted"
        assert status_of(await charging.tell("Updated", "StopAuthorized", by=two)) == "Accepted"
        stranger = await csms.token(group_id="OTHER")
        assert status_of(await charging.tell("Updated", "StopAuthorized", by=stranger)) == "Invalid"


async def two_cars(csms, station):
    cars = [Charging(station, evse=1), Charging(station, evse=2)]
    for car in cars:
        assert status_of(await car.charge(await csms.token())) == "Accepted"
    return cars


async def stop_by_master(car, master):
    answer = await car.tell("Ended", "StopAuthorized", by=master, stopped="MasterPass")
    assert status_of(answer) == "Accepted"
    assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == MASTER_GROUP
    assert (await car.record())["reason"] == "MasterPass"


async def test_tc_c_47_csms(masters):
    """A master pass stops all transactions of a station, chosen on its screen."""
    master = await masters.token(group_id=MASTER_GROUP)
    async with masters.station("ocpp2.0.1") as station:
        cars = await two_cars(masters, station)
        answer = await authorize(station, master)
        assert answer["idTokenInfo"]["groupIdToken"]["idToken"] == MASTER_GROUP
        for car in cars:
            await stop_by_master(car, master)


async def test_tc_c_48_csms(masters):
    """A master pass stops one transaction of a station; the other goes on."""
    master = await masters.token(group_id=MASTER_GROUP)
    async with masters.station("ocpp2.0.1") as station:
        chosen, other = await two_cars(masters, station)
        assert status_of(await authorize(station, master)) == "Accepted"
        await stop_by_master(chosen, master)
        assert (await other.record())["state"] == "active"


async def test_tc_c_49_csms(masters):
    """A master pass at a station without a screen stops whatever runs, and other groups may not do that."""
    master, outsider = await masters.token(group_id=MASTER_GROUP), await masters.token(group_id="X")
    async with masters.station("ocpp2.0.1") as station:
        cars = await two_cars(masters, station)
        assert status_of(await authorize(station, master)) == "Accepted"
        assert status_of(await cars[0].tell("Updated", "StopAuthorized", by=outsider)) == "Invalid"
        for car in cars:
            await stop_by_master(car, master)


def contract_hashes(secured, contract):
    named = hash_data(contract.certificate, secured.mobility.certificate, "SHA256")
    return [{**named, "responderURL": secured.responder.url("/ocsp")}]


async def contract_station(secured):
    station_id = await secured.csms.enter()
    url = secured.url(station_id, secure=False)
    return secured.csms.station("ocpp2.0.1", station_id=station_id, url=url)


@pytest.fixture
def contract(secured):
    return authority("DE-8AA-C12345678-X", secured.mobility, is_ca=False)


async def test_tc_c_50_csms(secured, contract):
    """A contract that the station validated is asked about at its responder, and accepted."""
    emaid = await secured.csms.token(id_token="DE8AAC12345678X", kind="eMAID")
    async with await contract_station(secured) as station:
        before = len(secured.responder.asked)
        hashes = contract_hashes(secured, contract)
        answer = await authorize(station, emaid, "eMAID", iso15118CertificateHashData=hashes)
        assert (status_of(answer), answer["certificateStatus"]) == ("Accepted", "Accepted")
        assert secured.responder.asked[before:] == ["/ocsp"]
        charging = Charging(station)
        await charging.plug_in()
        answer = await charging.tell("Updated", "Authorized", by=id_token(emaid, "eMAID"))
        assert status_of(answer) == "Accepted"


async def test_tc_c_51_csms(secured, contract):
    """A contract whose certificate was revoked may not charge, however good its eMAID is."""
    emaid = await secured.csms.token(id_token="DE8AAC12345678X", kind="eMAID")
    secured.responder.revoked.add(contract.certificate.serial_number)
    async with await contract_station(secured) as station:
        hashes = contract_hashes(secured, contract)
        answer = await authorize(station, emaid, "eMAID", iso15118CertificateHashData=hashes)
        assert (status_of(answer), answer["certificateStatus"]) == ("Invalid", "CertificateRevoked")


async def test_tc_c_52_csms(secured, contract):
    """A contract that the station could not validate is validated here, by the roots of mobility operators."""
    emaid = await secured.csms.token(id_token="DE8AAC12345678X", kind="eMAID")
    async with await contract_station(secured) as station:
        answer = await authorize(station, emaid, "eMAID", certificate=contract.pem)
        assert (status_of(answer), answer["certificateStatus"]) == ("Accepted", "Accepted")
        foreign = authority("DE-8AA-C12345678-X", authority("A root that nobody knows"), is_ca=False)
        answer = await authorize(station, emaid, "eMAID", certificate=foreign.pem)
        assert status_of(answer) == "Invalid"
        assert answer["certificateStatus"] == "CertChainError"


async def test_what_a_token_may_bears_on_where_and_when(csms):
    """Not a public case: places, EVSEs, hours, messages and priorities of a token are told in 2.x's words."""
    async with csms.station("ocpp2.0.1") as station:
        here = await csms.token(
            station_ids=(station.id,),
            evse_ids=(1,),
            personal_message="Willkommen",
            language="de",
            charging_priority=5,
        )
        info = (await authorize(station, here))["idTokenInfo"]
        assert info == {
            "status": "Accepted",
            "chargingPriority": 5,
            "language1": "de",
            "evseId": [1],
            "personalMessage": {"format": "UTF8", "language": "de", "content": "Willkommen"},
        }
        wrong_seat = Charging(station, evse=2)
        await wrong_seat.plug_in()
        assert status_of(await wrong_seat.tell("Updated", "Authorized", by=here)) == "NotAtThisLocation"
        elsewhere = await csms.token(station_ids=("ANOTHER",))
        assert status_of(await authorize(station, elsewhere)) == "NotAtThisLocation"
        now = datetime.now(UTC)
        later, much_later = (now + timedelta(hours=6)).time(), (now + timedelta(hours=8)).time()
        night_owl = await csms.token(hours_from=later, hours_until=much_later)
        assert status_of(await authorize(station, night_owl)) == "NotAtThisTime"


async def test_a_token_that_charges_already_is_told_so_and_one_without_a_card_is_accepted(csms):
    """Not a public case: ConcurrentTx at the second start, and NoAuthorization for a station with a button."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        assert status_of(await Charging(station, evse=1).charge(tag)) == "Accepted"
        assert status_of(await Charging(station, evse=2).charge(tag)) == "ConcurrentTx"
    async with csms.station("ocpp2.0.1") as station:
        button = Charging(station)
        answer = await button.tell("Started", "Authorized", by=id_token("", "NoAuthorization"))
        assert status_of(answer) == "Accepted"
        assert (await button.record())["token"] is None
