"""OCPP 2.0.1 block E: how transactions begin and end, and what is asked when they fall silent."""

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.conformance.charging import Charging, register, status_of
from tests.conformance.harness import ACCEPTED, Csms, now, running_csms

from chargewright.app.config import StationsConfig


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def impatient() -> AsyncIterator[Csms]:
    """A central system that asks a silent station almost at once."""
    async with running_csms(StationsConfig(port=0, transaction_status_after_s=0.05)) as running:
        yield running


async def authorize(station, tag):
    answer = await station.call("Authorize", {"idToken": {"idToken": tag, "type": "ISO14443"}})
    assert status_of(answer) == "Accepted"


async def ended(charging, reason, **expected):
    record = await charging.record()
    shown = {name: record[name] for name in expected}
    assert (record["state"], record["reason"]) == ("ended", reason)
    assert shown == expected
    assert record["complete"] is True


# --- how they begin ------------------------------------------------------------------------------------------


async def test_tc_e_01_csms(csms):
    """A transaction begins when the power path is closed."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        await authorize(station, tag)
        charging = Charging(station)
        await charging.status("Occupied")
        started = await charging.tell("Started", "ChargingStateChanged", state="SuspendedEVSE", by=tag)
        assert status_of(started) == "Accepted"
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        record = await charging.record()
        assert (record["token"], record["charging_state"], record["state"]) == (tag, "Charging", "active")


async def test_tc_e_02_csms(csms):
    """A transaction begins with the flow of energy."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        await authorize(station, tag)
        charging = Charging(station)
        await charging.status("Occupied")
        started = await charging.tell("Started", "ChargingStateChanged", state="Charging", by=tag)
        assert status_of(started) == "Accepted"
        assert (await charging.record())["charging_state"] == "Charging"


async def test_tc_e_03_csms(csms):
    """Cable first, then the card: the transaction is begun by the cable and gets its token later."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert "idTokenInfo" not in await charging.plug_in()
        assert (await charging.record())["token"] is None
        await authorize(station, tag)
        assert status_of(await charging.tell("Updated", "Authorized", by=tag)) == "Accepted"
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        record = await charging.record()
        assert (record["token"], record["charging_state"]) == (tag, "Charging")


async def test_tc_e_04_csms(csms):
    """The card first, then the cable: the transaction gets its EVSE with the cable."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        await authorize(station, tag)
        charging = Charging(station)
        started = await charging.tell("Started", "Authorized", by=tag, evse=None)
        assert status_of(started) == "Accepted"
        assert (await charging.record())["evse"] is None
        await charging.plug_in("Updated")
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        record = await charging.record()
        assert (record["evse"], record["connector"], record["token"]) == (1, 1, tag)


async def test_tc_e_09_csms(csms):
    """A transaction begins when an EV is connected."""
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert await charging.plug_in() == {}
        record = await charging.record()
        assert (record["state"], record["charging_state"], record["evse"]) == ("active", "EVConnected", 1)


async def test_tc_e_10_csms(csms):
    """A transaction begins with the authorization at the station."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        await authorize(station, tag)
        charging = Charging(station)
        assert status_of(await charging.tell("Started", "Authorized", by=tag)) == "Accepted"
        assert (await charging.record())["token"] == tag


async def test_tc_e_11_csms(csms):
    """A transaction begins with signed meter data, which are kept as they came."""
    tag = await csms.token()
    signed = {
        "signedMeterData": "YWJj",
        "signingMethod": "",
        "encodingMethod": "OCMF",
        "publicKey": "a2V5",
    }
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        await charging.status("Occupied")
        meter = [register(1000, context="Transaction.Begin", signedMeterValue=signed)]
        started = await charging.tell(
            "Started", "SignedDataReceived", state="SuspendedEVSE", by=tag, meter=meter
        )
        assert status_of(started) == "Accepted"
        record = await charging.record()
        assert record["meter_start_wh"] == 1000
        kept = await csms.ok("GET", f"/transactions/{record['id']}/meter-values")
        (sample,) = kept["items"][0]["samples"]
        assert sample["value"] == 1000
        assert '"signedMeterData":"YWJj"' in sample["text"].replace(" ", "")


async def test_tc_e_12_csms(csms):
    """A transaction begins when a parking bay is occupied, and becomes somebody's with the card."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert await charging.tell("Started", "EVDetected") == {}
        await charging.plug_in("Updated")
        assert status_of(await charging.tell("Updated", "Authorized", by=tag)) == "Accepted"
        record = await charging.record()
        assert (record["token"], record["charging_state"]) == (tag, "EVConnected")


async def test_tc_e_38_csms(csms):
    """An EV that is connected and not ready leaves the transaction suspended by the EV."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert status_of(await charging.tell("Started", "Authorized", by=tag)) == "Accepted"
        await charging.plug_in("Updated")
        await charging.tell("Updated", "ChargingStateChanged", state="SuspendedEV")
        assert (await charging.record())["charging_state"] == "SuspendedEV"


async def test_tc_e_53_csms(csms):
    """Numbers of events begin at 0 again with each transaction, and are never mixed up."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        records = []
        for _ in range(2):
            charging = Charging(station)
            assert status_of(await charging.charge(tag)) == "Accepted"
            await charging.tell("Updated", "StopAuthorized", by=tag)
            await charging.tell("Ended", "EVCommunicationLost", state="Idle", stopped="EVDisconnected")
            records.append(await charging.record())
        assert [record["missing_seq_nos"] for record in records] == [[], []]
        assert all(record["complete"] for record in records)
        told = await csms.ok("GET", f"/transactions/{records[1]['id']}/events")
        assert [event["seq_no"] for event in told] == [0, 1, 2, 3, 4]


# --- how they end --------------------------------------------------------------------------------------------


async def charging_at(csms, station):
    tag = await csms.token()
    charging = Charging(station)
    assert status_of(await charging.charge(tag)) == "Accepted"
    return charging, tag


async def test_tc_e_07_csms(csms):
    """A transaction ends when the power path opens at a stop with the card."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await charging_at(csms, station)
        answer = await charging.tell("Ended", "StopAuthorized", by=tag, stopped="Local")
        assert status_of(answer) == "Accepted"
        await ended(charging, "Local", stopped_by=tag)


async def test_tc_e_08_csms(csms):
    """A transaction ends when the flow of energy ends after an authorized stop."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await charging_at(csms, station)
        assert status_of(await charging.tell("Updated", "StopAuthorized", by=tag)) == "Accepted"
        await charging.tell("Ended", "ChargingStateChanged", state="EVConnected", stopped="Local")
        await ended(charging, "Local", stopped_by=tag)


async def test_tc_e_14_csms(csms):
    """A transaction ends when the EV is unplugged at the station after an authorized stop."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await charging_at(csms, station)
        await charging.tell("Updated", "StopAuthorized", by=tag)
        await charging.tell("Updated", "ChargingStateChanged", state="EVConnected")
        await charging.status("Available")
        await charging.tell("Ended", "EVCommunicationLost", state="Idle", stopped="Local")
        await ended(charging, "Local", stopped_by=tag)


async def test_tc_e_15_csms(csms):
    """A transaction ends with the authorized stop itself."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await charging_at(csms, station)
        await charging.tell("Ended", "StopAuthorized", by=tag, stopped="Local", meter=[register(4000)])
        await ended(charging, "Local", stopped_by=tag, meter_stop_wh=4000)


async def test_tc_e_16_csms(csms):
    """A transaction that a stranger began is refused and ends deauthorized."""
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert status_of(await charging.tell("Started", "Authorized", by="NOBODY")) == "Unknown"
        assert await charging.tell("Ended", "Deauthorized", stopped="DeAuthorized") == {}
        await ended(charging, "DeAuthorized", token="NOBODY")


async def suspended_at(csms, station):
    charging, tag = await charging_at(csms, station)
    await charging.tell("Updated", "ChargingStateChanged", state="SuspendedEV")
    return charging, tag


async def test_tc_e_17_csms(csms):
    """A suspended transaction ends when the EV is unplugged on its side and the station gives up its right."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await suspended_at(csms, station)
        await charging.tell("Ended", "EVCommunicationLost", state="Idle", stopped="EVDisconnected")
        await ended(charging, "EVDisconnected", token=tag, stopped_by=None)


async def test_tc_e_19_csms(csms):
    """A transaction ends when the EV has left the parking bay, not when it was unplugged."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        await charging.status("Available")
        await charging.tell("Updated", "EVCommunicationLost", state="Idle")
        assert (await charging.record())["state"] == "active"
        await charging.tell("Ended", "EVDeparted", stopped="Local")
        await ended(charging, "Local")


async def test_tc_e_20_csms(csms):
    """A transaction ends when the cable is unplugged on the EV's side (IEC 61851-1)."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await suspended_at(csms, station)
        await charging.status("Available")
        await charging.tell("Ended", "EVCommunicationLost", state="Idle", stopped="EVDisconnected")
        await ended(charging, "EVDisconnected")
        shown = await csms.ok("GET", f"/stations/{station.id}")
        assert [s["status"] for s in shown["statuses"] if s["evse"] == 1] == ["Available"]


async def test_tc_e_21_csms(csms):
    """A transaction is stopped by order, under the id that the station gave it."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        order = {"transactionId": charging.id}
        arrived, outcome = await station.ordered("RequestStopTransaction", order, ACCEPTED)
        assert (arrived, outcome["response"]) == (order, ACCEPTED)
        await charging.tell("Ended", "RemoteStop", stopped="Remote")
        await ended(charging, "Remote")


async def test_tc_e_22_csms(csms):
    """A transaction ends when the EV suspends the flow of energy."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        await charging.tell("Ended", "ChargingStateChanged", state="SuspendedEV", stopped="StoppedByEV")
        await ended(charging, "StoppedByEV")


async def test_tc_e_26_csms(csms):
    """A cable that is unplugged on the EV's side and plugged in again leaves one transaction."""
    async with csms.station("ocpp2.0.1") as station:
        charging, tag = await suspended_at(csms, station)
        await charging.tell("Updated", "EVCommunicationLost", state="Idle")
        await charging.status("Available")
        record = await charging.record()
        assert (record["state"], record["charging_state"]) == ("active", "Idle")
        await charging.plug_in("Updated")
        await charging.tell("Updated", "ChargingStateChanged", state="Charging")
        record = await charging.record()
        assert (record["state"], record["charging_state"], record["token"]) == ("active", "Charging", tag)


async def test_tc_e_39_csms(csms):
    """A transaction that was authorized and never plugged in ends by time."""
    tag = await csms.token()
    async with csms.station("ocpp2.0.1") as station:
        charging = Charging(station)
        assert status_of(await charging.tell("Started", "Authorized", by=tag)) == "Accepted"
        assert await charging.tell("Ended", "EVConnectTimeout", stopped="Timeout") == {}
        await ended(charging, "Timeout", token=tag)


# --- what is asked -------------------------------------------------------------------------------------------


def says(*, in_queue, ongoing=None):
    told = {"messagesInQueue": in_queue}
    return {"GetTransactionStatus": told if ongoing is None else {**told, "ongoingIndicator": ongoing}}


async def test_tc_e_29_csms(impatient):
    """A station that comes back silent is asked about its transaction; what waits in its queue is taken in."""
    async with impatient.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(impatient, station)
    replies = says(in_queue=True, ongoing=True)
    async with impatient.station("ocpp2.0.1", station_id=station.id, boot=False, replies=replies) as back:
        assert (await back.expect("GetTransactionStatus")).payload == {"transactionId": charging.id}
        charging.station = back
        meter = [register(2500)]
        await charging.tell("Updated", "MeterValuePeriodic", meter=meter, offline=True)
        record = await charging.record()
        assert (record["state"], record["offline_events"]) == ("active", 1)
        kept = await impatient.ok("GET", f"/transactions/{record['id']}/meter-values")
        assert [s["value"] for item in kept["items"] for s in item["samples"]] == [2500]


async def test_tc_e_30_csms(csms):
    """A transaction that goes on with nothing to tell stays open, and the answer is shown."""
    async with csms.station("ocpp2.0.1", replies=says(in_queue=False, ongoing=True)) as station:
        charging, _ = await charging_at(csms, station)
        number = (await charging.record())["id"]
        await csms.ok("POST", f"/transactions/{number}/status")
        assert (await station.expect("GetTransactionStatus")).payload == {"transactionId": charging.id}
        shown = await csms.ok("GET", f"/transactions/{number}/status")
        assert (shown["ongoing"], shown["messages_in_queue"]) == (True, False)
        assert (await charging.record())["state"] == "active"


async def test_tc_e_31_csms(csms):
    """An end that came before what led to it is noticed: the station is asked, and the gap closes."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
    replies = says(in_queue=True, ongoing=False)
    async with csms.station("ocpp2.0.1", station_id=station.id, boot=False, replies=replies) as back:
        charging.station = back
        first = charging.seq_no
        end = {"stopped": "EVDisconnected", "state": "Idle", "offline": True}
        await charging.tell("Ended", "EVCommunicationLost", seq_no=first + 2, **end)
        record = await charging.record()
        assert (record["missing_seq_nos"], record["complete"]) == ([[first, first + 1]], False)
        assert (await back.expect("GetTransactionStatus")).payload == {"transactionId": charging.id}
        await charging.tell("Updated", "StopAuthorized", seq_no=first, offline=True)
        late = {"state": "EVConnected", "seq_no": first + 1, "offline": True}
        await charging.tell("Updated", "ChargingStateChanged", **late)
        await ended(charging, "EVDisconnected", missing_seq_nos=[], offline_events=3)


async def test_a_transaction_that_is_over_with_messages_to_come_stays_open_for_them(csms):
    """Not a public case: what waits in the queue will end it, with its true meter value."""
    async with csms.station("ocpp2.0.1", replies=says(in_queue=True, ongoing=False)) as station:
        charging, _ = await charging_at(csms, station)
        number = (await charging.record())["id"]
        assert (await csms.ok("POST", f"/transactions/{number}/status"))["ongoing"] is False
        assert (await charging.record())["state"] == "active"


async def test_a_station_that_speaks_of_its_transaction_by_itself_is_not_asked(impatient):
    """Not a public case: the question is for those who come back silent, and once for each."""
    async with impatient.station("ocpp2.0.1") as station:
        told, silent = await charging_at(impatient, station), Charging(station, evse=2)
        await silent.plug_in()
    replies = says(in_queue=False, ongoing=True)
    async with impatient.station("ocpp2.0.1", station_id=station.id, boot=False, replies=replies) as back:
        told[0].station = back
        await told[0].tell("Updated", "MeterValuePeriodic", meter=[register(2000)])
        assert (await back.expect("GetTransactionStatus")).payload == {"transactionId": silent.id}
        await impatient.central.services.clock.sleep_s(0.1)
        assert [o.payload["transactionId"] for o in back.orders if o.action == "GetTransactionStatus"] == [
            silent.id
        ]


async def test_tc_e_33_csms(csms):
    """A station is asked whether anything waits, without naming a transaction: something does, and comes."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        told = says(in_queue=True)["GetTransactionStatus"]
        arrived, outcome = await station.ordered("GetTransactionStatus", {}, told)
        assert (arrived, outcome["response"]) == ({}, {"messagesInQueue": True})
        await charging.tell("Updated", "MeterValuePeriodic", meter=[register(1500)], offline=True)
        assert (await charging.record())["offline_events"] == 1


async def test_tc_e_34_csms(csms):
    """A station is asked whether anything waits, without naming a transaction: nothing does."""
    async with csms.station("ocpp2.0.1") as station:
        told = says(in_queue=False)["GetTransactionStatus"]
        arrived, outcome = await station.ordered("GetTransactionStatus", {}, told)
        kept = await csms.ok("GET", f"/commands/{outcome['command']}")
        assert (arrived, kept["response"]) == ({}, {"messagesInQueue": False})


# --- beyond the public cases ---------------------------------------------------------------------------------


async def test_a_transaction_that_is_over_unheard_is_closed_and_a_late_end_takes_its_place(impatient):
    """The station says that it is over with nothing to tell: closed, without a made-up meter value."""
    async with impatient.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(impatient, station)
    replies = says(in_queue=False, ongoing=False)
    async with impatient.station("ocpp2.0.1", station_id=station.id, boot=False, replies=replies) as back:
        charging.station = back

        async def closed():
            return (await charging.record())["state"] == "ended"

        await impatient.until(closed)
        record = await charging.record()
        assert "nothing more to tell" in record["closed"]
        assert (record["meter_stop_wh"], record["energy_wh"], record["complete"]) == (None, None, False)
        await charging.tell("Ended", "StopAuthorized", stopped="Local", meter=[register(9000)], offline=True)
        await ended(charging, "Local", closed="", meter_stop_wh=9000)


async def test_a_transaction_is_closed_by_hand_and_opens_again_when_the_station_goes_on(csms):
    """Closing by hand says so, is refused twice, and gives way to what the station tells."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        path = f"/transactions/{(await charging.record())['id']}/close"
        shown = await csms.ok("POST", path, json={"reason": "the station was taken away"})
        assert (shown["state"], shown["closed"]) == ("ended", "by hand: the station was taken away")
        assert shown["meter_stop_wh"] is None
        await csms.problem("POST", path, 400, json={"reason": "again"})
        later = {"timestamp": now(60)}
        await charging.tell("Updated", "MeterValuePeriodic", meter=[register(3000)], **later)
        record = await charging.record()
        assert (record["state"], record["closed"]) == ("active", "")


async def test_a_new_transaction_on_an_evse_closes_the_one_that_was_left_open(csms):
    """An EVSE carries one transaction at a time: the older one is closed, with the reason."""
    async with csms.station("ocpp2.0.1") as station:
        tag = await csms.token()
        left = Charging(station)
        await left.tell("Started", "Authorized", by=tag, timestamp=now(-600))
        fresh = Charging(station)
        assert status_of(await fresh.charge(tag)) == "Accepted"
        record = await left.record()
        assert (record["state"], record["closed"]) == ("ended", "another transaction began on its EVSE")
        assert (await fresh.record())["state"] == "active"


async def test_a_transaction_that_is_told_whole_is_not_asked_about(csms):
    """The question is for those whose events have gaps."""
    async with csms.station("ocpp2.0.1", replies=says(in_queue=False)) as station:
        charging, tag = await charging_at(csms, station)
        await charging.tell("Ended", "StopAuthorized", by=tag, stopped="Local")
        await ended(charging, "Local")
        await csms.central.services.clock.sleep_s(0.05)
        assert station.orders == []


async def test_the_same_event_twice_changes_nothing(csms):
    """A repeated event is answered again and stored once."""
    async with csms.station("ocpp2.0.1") as station:
        charging, _ = await charging_at(csms, station)
        at = now()
        for _ in range(2):
            await charging.tell(
                "Updated", "MeterValuePeriodic", meter=[register(1, at=at)], seq_no=3, timestamp=at
            )
        told = await csms.ok("GET", f"/transactions/{(await charging.record())['id']}/events")
        assert [event["seq_no"] for event in told] == [0, 1, 2, 3]
