"""OCPP-S in both directions, with zeep as the other side: a charge point that calls, and one that is called."""

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest
import pytest_asyncio
import zeep
from lxml import etree
from tests.conformance.harness import Csms, basic, running_csms
from zeep.wsa import WsAddressingPlugin

from chargewright.adapters.soap.vocabulary import NAMES, Dialect
from chargewright.adapters.soap.wsdl import wsdl
from chargewright.app.config import StationsConfig
from chargewright.csms.security.passwords import hash_password

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
WSA = "http://www.w3.org/2005/08/addressing"
DIALECTS = list(Dialect)


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def csms():
    async with running_csms(StationsConfig(port=0, soap_port=0)) as running:
        yield running


class ChargePoint:
    """zeep's client of our central system service, and its own little server for what we order."""

    def __init__(self, csms: Csms, station_id: str, dialect: Dialect, listens_at: str = "") -> None:
        self.dialect = dialect
        namespace = NAMES[dialect].central_system
        address = f"http://127.0.0.1:{csms.central.doors.soap.port}/"
        self._client = zeep.Client(
            BytesIO(wsdl(dialect, of_central_system=True, address=address)), plugins=[WsAddressingPlugin()]
        )
        self._service = self._client.create_service(f"{{{namespace}}}CentralSystemServiceSoap", address)
        headers = []
        for tag, text in ((f"{{{namespace}}}chargeBoxIdentity", station_id),):
            element = etree.Element(tag)
            element.text = text
            headers.append(element)
        if listens_at:
            sender = etree.Element(f"{{{WSA}}}From")
            etree.SubElement(sender, f"{{{WSA}}}Address").text = listens_at
            headers.append(sender)
        self._headers = headers

    async def call(self, action: str, **payload):
        """zeep blocks, hence a thread."""
        return await asyncio.to_thread(self._service[action], **payload, _soapheaders=self._headers)


class Ordered(BaseHTTPRequestHandler):
    """Takes our calls with zeep's reading of the charge point's WSDL, and answers from a table."""

    def do_POST(self) -> None:
        point = self.server.point
        body = self.rfile.read(int(self.headers["Content-Length"]))
        root = etree.fromstring(body)
        content = root.find(f"{SOAP}Body")[0]
        name = etree.QName(content)
        action = name.localname.removesuffix("Request")
        action = action[0].upper() + action[1:]
        kind = point.client.get_element(f"{{{name.namespace}}}{name.localname}")
        payload = zeep.helpers.serialize_object(kind.parse(content, point.client.wsdl.types), dict)
        point.schema.assertValid(content)
        header = root.find(f"{SOAP}Header")
        told = {etree.QName(child).localname: (child.text or "").strip() for child in header}
        point.orders.append((action, payload, told))
        answer = point.answers.get(action)
        if isinstance(answer, str):
            text, status = answer.encode(), 500
        else:
            response = point.client.get_element(f"{{{name.namespace}}}{name.localname[:-7]}Response")
            envelope = etree.Element(f"{SOAP}Envelope")
            related = etree.SubElement(etree.SubElement(envelope, f"{SOAP}Header"), f"{{{WSA}}}RelatesTo")
            related.text = told["MessageID"]
            response.render(etree.SubElement(envelope, f"{SOAP}Body"), response(**(answer or {})))
            text, status = etree.tostring(envelope), 200
        self.send_response(status)
        self.send_header("Content-Type", "application/soap+xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


class Listener:
    """The charge point's own service."""

    def __init__(self, dialect: Dialect) -> None:
        self.orders: list[tuple[str, dict, dict]] = []
        self.answers: dict[str, dict | str] = {}
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Ordered)
        self.http.point = self
        self.url = f"http://127.0.0.1:{self.http.server_port}/ocpp"
        description = wsdl(dialect, of_central_system=False, address=self.url)
        self.client = zeep.Client(BytesIO(description))
        (schema,) = etree.fromstring(description).iter("{http://www.w3.org/2001/XMLSchema}schema")
        self.schema = etree.XMLSchema(etree.fromstring(etree.tostring(schema)))


@contextmanager
def listening(dialect: Dialect) -> Iterator[Listener]:
    listener = Listener(dialect)
    thread = threading.Thread(target=listener.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        listener.http.shutdown()
        thread.join()
        listener.http.server_close()


BOOT = {"chargePointVendor": "Old", "chargePointModel": "Timer", "firmwareVersion": "1.0"}


@asynccontextmanager
async def booted(csms: Csms, dialect: Dialect):
    """A charge point that is in, with its listener."""
    station_id = await csms.enter()
    with listening(dialect) as listener:
        point = ChargePoint(csms, station_id, dialect, listener.url)
        answer = await point.call("BootNotification", **BOOT)
        assert answer.status == "Accepted"
        yield station_id, point, listener


def meter_values(dialect: Dialect, value: str):
    if dialect is Dialect.V15:
        sample = {"_value_1": value, "unit": "Wh", "measurand": "Energy.Active.Import.Register"}
        amps = {"_value_1": "16.5", "unit": "Amp", "measurand": "Current.Import"}
        return {"values": [{"timestamp": AT, "value": [sample, amps]}]}
    sample = {"value": value, "unit": "Wh", "measurand": "Energy.Active.Import.Register"}
    amps = {"value": "16.5", "unit": "A", "measurand": "Current.Import", "phase": "L1"}
    return {"meterValue": [{"timestamp": AT, "sampledValue": [sample, amps]}]}


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_whole_session(csms, dialect):
    token = await csms.token()
    async with booted(csms, dialect) as (station_id, point, _):
        assert (await point.call("Authorize", idTag=token)).status == "Accepted"
        assert (await point.call("Authorize", idTag="NOBODY")).status == "Invalid"
        started = await point.call(
            "StartTransaction", connectorId=1, idTag=token, timestamp=AT, meterStart=1000
        )
        assert started.idTagInfo.status == "Accepted"
        number = started.transactionId
        again = await point.call(
            "StartTransaction", connectorId=1, idTag=token, timestamp=AT, meterStart=1000
        )
        assert again.transactionId == number, "the same start told twice is one transaction"
        await point.call("MeterValues", connectorId=1, transactionId=number, **meter_values(dialect, "1500"))
        status = "Occupied" if dialect is Dialect.V15 else "Charging"
        await point.call("StatusNotification", connectorId=1, status=status, errorCode="NoError")
        data = meter_values(dialect, "2000")
        data = [data] if dialect is Dialect.V15 else data["meterValue"]
        stopped = await point.call(
            "StopTransaction",
            transactionId=number,
            idTag=token,
            timestamp=AT.replace(hour=10),
            meterStop=2500,
            transactionData=data,
        )
        assert stopped.status == "Accepted"
        found = await csms.ok("GET", f"/transactions/{number}")
        assert (found["state"], found["energy_wh"], found["token"]) == ("ended", 1500.0, token)
        values = await csms.ok("GET", f"/transactions/{number}/meter-values")
        currents = [
            s["value"] for r in values["items"] for s in r["samples"] if s["measurand"] == "Current.Import"
        ]
        assert currents == [16.5, 16.5]
        station = await csms.ok("GET", f"/stations/{station_id}")
        assert station["connected"] is True
        assert [s["status"] for s in station["statuses"]] == ["Charging"]
        assert (await point.call("Heartbeat")).tzinfo is not None


ORDERS = [
    ("Reset", {"type": "Soft"}, {"status": "Accepted"}, {"status": "Accepted"}),
    ("ClearCache", {}, {"status": "Rejected"}, {"status": "Rejected"}),
    ("RemoteStopTransaction", {"transactionId": 7}, {"status": "Accepted"}, {"status": "Accepted"}),
    (
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
        {"status": "Scheduled"},
        {"status": "Scheduled"},
    ),
    ("GetLocalListVersion", {}, {"listVersion": 3}, {"listVersion": 3}),
    (
        "GetConfiguration",
        {"key": ["HeartbeatInterval", "X"]},
        {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}],
            "unknownKey": ["X"],
        },
        {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}],
            "unknownKey": ["X"],
        },
    ),
    (
        "ReserveNow",
        {"connectorId": 1, "expiryDate": "2026-03-03T10:00:00Z", "idTag": "A", "reservationId": 5},
        {"status": "Occupied"},
        {"status": "Occupied"},
    ),
    (
        "SendLocalList",
        {
            "listVersion": 2,
            "updateType": "Full",
            "localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "Accepted"}}],
        },
        {"status": "Accepted"},
        {"status": "Accepted"},
    ),
    (
        "RemoteStartTransaction",
        {"idTag": "A", "connectorId": 1},
        {"status": "Accepted"},
        {"status": "Accepted"},
    ),
    (
        "GetDiagnostics",
        {"location": "ftp://example.org/in", "retries": 2, "startTime": "2026-03-03T08:00:00Z"},
        {"fileName": "log.txt"},
        {"fileName": "log.txt"},
    ),
    (
        "DataTransfer",
        {"vendorId": "Old", "data": "<&>"},
        {"status": "UnknownVendorId"},
        {"status": "UnknownVendorId"},
    ),
]


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_orders_arrive_valid_by_the_description_and_their_answers_come_back(csms, dialect):
    async with booted(csms, dialect) as (station_id, _, listener):
        for action, payload, answer, told in ORDERS:
            listener.answers[action] = answer
            outcome = await csms.ok("POST", f"/stations/{station_id}/commands/{action}", json=payload)
            assert (outcome["outcome"], outcome["response"]) == ("answered", told), action
            arrived, content, headers = listener.orders[-1]
            assert arrived == action
            assert headers["chargeBoxIdentity"] == station_id
            assert headers["Action"] == f"/{action}"
            assert headers["To"] == listener.url
            assert headers["MessageID"].startswith("urn:uuid:")
            said = json.dumps(content, default=str)
            for value in payload.values():
                assert isinstance(value, list | dict) or str(value)[:10] in said, action


async def test_a_charging_profile_goes_out_in_1_6_and_not_in_1_5(csms):
    profile = {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 5,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "startSchedule": "2026-03-03T09:00:00Z",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 16.1, "numberPhases": 3},
                    {"startPeriod": 900, "limit": 6},
                ],
            },
        },
    }
    async with booted(csms, Dialect.V16) as (station_id, _, listener):
        listener.answers["SetChargingProfile"] = {"status": "Accepted"}
        path = f"/stations/{station_id}/commands/SetChargingProfile"
        assert (await csms.ok("POST", path, json=profile))["response"] == {"status": "Accepted"}
        schedule = listener.orders[-1][1]["csChargingProfiles"]["chargingSchedule"]
        assert [str(p["limit"]) for p in schedule["chargingSchedulePeriod"]] == ["16.1", "6"]
    async with booted(csms, Dialect.V15) as (station_id, _, listener):
        outcome = await csms.ok("POST", f"/stations/{station_id}/commands/SetChargingProfile", json=profile)
        assert outcome["error"]["code"] == "NotSupported"
        assert "1.5" in outcome["error"]["description"]
        assert [order for order in listener.orders if order[0] == "SetChargingProfile"] == []


async def test_words_of_1_5_become_those_of_1_6(csms):
    async with booted(csms, Dialect.V15) as (station_id, point, listener):
        listener.answers["UnlockConnector"] = {"status": "Accepted"}
        path = f"/stations/{station_id}/commands/UnlockConnector"
        assert (await csms.ok("POST", path, json={"connectorId": 1}))["response"] == {"status": "Unlocked"}
        await point.call("StatusNotification", connectorId=1, status="Faulted", errorCode="Mode3Error")
        (status,) = (await csms.ok("GET", f"/stations/{station_id}"))["statuses"]
        assert (status["status"], status["error"]) == ("Faulted", "EVCommunicationError")


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_fault_of_the_station_is_an_error_and_silence_is_not(csms, dialect):
    fault = """<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><e:Fault><e:Code>
        <e:Value>e:Sender</e:Value><e:Subcode><e:Value xmlns:o="x">o:NotSupported</e:Value></e:Subcode></e:Code>
        <e:Reason><e:Text xml:lang="en">not here</e:Text></e:Reason></e:Fault></e:Body></e:Envelope>"""
    async with booted(csms, dialect) as (station_id, _, listener):
        path = f"/stations/{station_id}/commands/ClearCache"
        listener.answers["ClearCache"] = fault
        outcome = await csms.ok("POST", path, json={})
        assert outcome["error"] == {"code": "NotSupported", "description": "not here"}
        listener.answers["ClearCache"] = "<html>503</html>"
        assert (await csms.ok("POST", path, json={}))["outcome"] == "error"
    outcome = await csms.ok("POST", path, json={})
    assert outcome["outcome"] == "timeout", "nobody listens there any more: nobody knows"


async def test_the_address_is_known_after_a_restart(csms, tmp_path):
    del csms
    database = tmp_path / "x.db"
    with listening(Dialect.V16) as listener:
        for at_boot in (True, False):
            config = StationsConfig(port=0, soap_port=0)
            async with running_csms(config, database=database) as running:
                if at_boot:
                    await running.enter("OLD1")
                point = ChargePoint(running, "OLD1", Dialect.V16, listener.url if at_boot else "")
                await point.call(
                    "Heartbeat" if not at_boot else "BootNotification", **(BOOT if at_boot else {})
                )
                listener.answers["ClearCache"] = {"status": "Accepted"}
                outcome = await running.ok("POST", "/stations/OLD1/commands/ClearCache", json={})
                assert outcome["outcome"] == "answered"


async def test_what_was_said_is_in_the_log_as_frames_of_ocpp_j(csms):
    async with booted(csms, Dialect.V15) as (station_id, point, listener):
        await point.call("Heartbeat")
        listener.answers["ClearCache"] = {"status": "Accepted"}
        await csms.ok("POST", f"/stations/{station_id}/commands/ClearCache", json={})
        found = (await csms.ok("GET", f"/stations/{station_id}/messages"))["messages"]
    said = [(m["direction"], m["kind"], m["action"], m["outcome"]) for m in found]
    assert said[2:4] == [
        ("in", "CALL", "Heartbeat", "answered"),
        ("out", "CALLRESULT", "Heartbeat", "answered"),
    ]
    assert said[-2:] == [
        ("out", "CALL", "ClearCache", "answered"),
        ("in", "CALLRESULT", "ClearCache", "answered"),
    ]
    assert found[0]["frame"][2:] == ["BootNotification", BOOT]


async def test_a_station_is_connected_as_long_as_it_is_heard(csms):
    async with booted(csms, Dialect.V16) as (station_id, point, _):
        soap = csms.central.doors.soap
        await soap.forget_silent(time.monotonic() + 600)
        assert (await csms.ok("GET", f"/stations/{station_id}"))["connected"] is True
        await soap.forget_silent(time.monotonic() + 700)
        assert (await csms.ok("GET", f"/stations/{station_id}"))["connected"] is False
        await point.call("Heartbeat")
        assert (await csms.ok("GET", f"/stations/{station_id}"))["connected"] is True


# --- what is wrong ---------------------------------------------------------------------------------------------


async def post(csms: Csms, text: bytes, **headers: str) -> tuple[int, bytes]:
    def exchange() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", csms.central.doors.soap.port)
        connection.request("POST", "/", text, {"Content-Type": "application/soap+xml", **headers})
        answer = connection.getresponse()
        found = answer.status, answer.read()
        connection.close()
        return found

    return await asyncio.to_thread(exchange)


def message(content: str, identity: str = "CS") -> bytes:
    namespace = NAMES[Dialect.V16].central_system
    return f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:c="{namespace}">
        <s:Header><c:chargeBoxIdentity>{identity}</c:chargeBoxIdentity></s:Header>
        <s:Body>{content}</s:Body></s:Envelope>""".encode()


HEARTBEAT = "<c:heartbeatRequest/>"
WRONG = [
    (b"", "ProtocolError"),
    (b"{}", "ProtocolError"),
    (b"<a/>", "ProtocolError"),
    (message(""), "ProtocolError"),
    (message("<x xmlns='y'/>"), "ProtocolError"),
    (message("<c:resetRequest/>"), "NotSupported"),
    (message("<c:somethingRequest/>"), "NotSupported"),
    (message(HEARTBEAT, ""), "IdentityMismatch"),
    (message(HEARTBEAT, "NOBODY"), "IdentityMismatch"),
    (message("<c:authorizeRequest/>"), "ProtocolError"),
    (
        message("<c:authorizeRequest><c:idTag>A</c:idTag><c:idTag>B</c:idTag></c:authorizeRequest>"),
        "ProtocolError",
    ),
    (message("<c:heartbeatRequest><c:what/></c:heartbeatRequest>"), "ProtocolError"),
    (message("<c:a>" * 100 + "</c:a>" * 100), "ProtocolError"),
]


@pytest.mark.parametrize(("text", "subcode"), WRONG)
async def test_what_is_wrong_gets_a_fault_and_nobody_falls_over(csms, text, subcode):
    await csms.enter("CS", credential=None)
    status, body = await post(csms, text)
    assert status in {400, 404}
    fault = etree.fromstring(body).find(f".//{SOAP}Subcode/{SOAP}Value")
    assert fault.text.endswith(f":{subcode}")
    status, body = await post(csms, message(HEARTBEAT))
    assert status == 200
    assert b"currentTime" in body


async def test_no_file_of_ours_and_no_place_elsewhere_is_read_for_a_stranger(csms, tmp_path):
    await csms.enter("CS", credential=None)
    secret = tmp_path / "secret"
    secret.write_text("tell-no-one")
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    call = message("<c:authorizeRequest><c:idTag>&e;</c:idTag></c:authorizeRequest>")
    status, body = await post(csms, doctype + call)
    assert status == 400
    assert b"tell-no-one" not in body
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "ha">{laughs}]>'.encode()
    status, _ = await post(csms, bomb + call.replace(b"&e;", b"&e11;"))
    assert status == 400


async def test_a_message_that_is_too_long_is_not_read_to_its_end(csms):
    await csms.enter("CS", credential=None)
    status, _ = await post(csms, message("<c:x>" + "y" * 300_000 + "</c:x>"))
    assert status == 413


async def test_a_password_is_asked_for_where_the_station_has_one(csms):
    await csms.enter("CS", credential=hash_password("open sesame 12345", generated=True))
    status, _ = await post(csms, message(HEARTBEAT))
    assert status == 401
    wrong = basic("CS", "open sesame 54321")["additional_headers"]
    assert (await post(csms, message(HEARTBEAT), **wrong))[0] == 401
    right = basic("CS", "open sesame 12345")["additional_headers"]
    assert (await post(csms, message(HEARTBEAT), **right))[0] == 200


async def test_both_services_are_described_to_who_asks(csms):
    def fetch(path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", csms.central.doors.soap.port)
        connection.request("GET", path)
        found = connection.getresponse().read()
        connection.close()
        return found

    for path, dialect in (("/?wsdl", Dialect.V16), ("/1.5?wsdl", Dialect.V15)):
        client = zeep.Client(BytesIO(await asyncio.to_thread(fetch, path)))
        (binding,) = client.wsdl.bindings.values()
        assert len(binding._operations) == 10
        assert NAMES[dialect].central_system in str(binding.name)
