"""Local list, cache and reservations: what was sent is used, what was cleared is gone. All versions, frames alone."""

import pytest
from tests.simulator.pair import arrival
from tests.simulator.raw import Raw

VERSIONS = ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


@pytest.fixture(params=VERSIONS)
def raw(request):
    raw = Raw(request.param, evses=2)
    raw.connect()
    raw.forget()
    return raw


def send_list(raw, version, kind, **entries):
    """entries: token=status, or token=None to remove it."""
    if raw.version.is_16:
        wire = [
            {"idTag": tag} | ({} if status is None else {"idTagInfo": {"status": status}})
            for tag, status in entries.items()
        ]
        answer = raw.order("SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=wire)
    else:
        wire = [
            {"idToken": {"idToken": tag, "type": "ISO14443"}}
            | ({} if status is None else {"idTokenInfo": {"status": status}})
            for tag, status in entries.items()
        ]
        more = {"localAuthorizationList": wire} if wire else {}
        answer = raw.order("SendLocalList", versionNumber=version, updateType=kind, **more)
    return answer["status"]


def list_version(raw):
    answer = raw.order("GetLocalListVersion")
    return answer["listVersion" if raw.version.is_16 else "versionNumber"]


def reserve(raw, number, token, *, evse=1, seconds=60, group=None, **more):
    if raw.version.is_16:
        more |= {"parentIdTag": group} if group else {}
        fields = {"connectorId": evse, "idTag": token, "reservationId": number, "expiryDate": raw.at(seconds)}
    else:
        more |= {"groupIdToken": {"idToken": group, "type": "Central"}} if group else {}
        more |= {"evseId": evse} if evse else {}
        fields = {"id": number, "idToken": {"idToken": token, "type": "Central"}}
        fields |= {"expiryDateTime": raw.at(seconds)}
    return raw.order("ReserveNow", **fields, **more)["status"]


def configure(raw, key, component, variable, value):
    if raw.version.is_16:
        return raw.order("ChangeConfiguration", key=key, value=value)["status"]
    data = {"component": {"name": component}, "variable": {"name": variable}, "attributeValue": value}
    answer = raw.order("SetVariables", setVariableData=[data])
    return answer["setVariableResult"][0]["attributeStatus"]


def starts(raw):
    if raw.version.is_16:
        return raw.all("StartTransaction")
    return [e for e in raw.all("TransactionEvent") if e["eventType"] == "Started"]


def statuses(raw):
    key = "status" if raw.version.is_16 else "connectorStatus"
    return [s[key] for s in raw.all("StatusNotification")]


def test_a_list_is_replaced_changed_and_emptied(raw):
    assert list_version(raw) == 0
    assert send_list(raw, 3, "Full", A="Accepted", B="Blocked") == "Accepted"
    assert list_version(raw) == 3
    assert send_list(raw, 3, "Differential", C="Accepted") == "VersionMismatch"
    assert send_list(raw, 4, "Differential", C="Accepted", B=None) == "Accepted"
    assert list_version(raw) == 4
    assert set(raw.station.access.listed) == {"A", "C"}
    assert send_list(raw, 5, "Full") == "Accepted"
    assert list_version(raw) == 0


def test_a_list_that_is_switched_off(raw):
    send_list(raw, 1, "Full", A="Accepted")
    configure(raw, "LocalAuthListEnabled", "LocalAuthListCtrlr", "Enabled", "false")
    assert send_list(raw, 2, "Full", A="Accepted") == ("NotSupported" if raw.version.is_16 else "Failed")
    assert list_version(raw) == (-1 if raw.version.is_16 else 0)


def test_a_list_that_names_one_token_twice_fails_and_changes_nothing(raw):
    send_list(raw, 1, "Full", A="Accepted")
    if raw.version.is_16:
        entry = {"idTag": "B", "idTagInfo": {"status": "Accepted"}}
        fields = {"listVersion": 2}
    else:
        entry = {"idToken": {"idToken": "B", "type": "Central"}, "idTokenInfo": {"status": "Accepted"}}
        fields = {"versionNumber": 2}
    answer = raw.order("SendLocalList", updateType="Full", localAuthorizationList=[entry, entry], **fields)
    assert answer == {"status": "Failed"}
    assert list_version(raw) == 1


@pytest.mark.parametrize(("status", "begins"), [("Accepted", 1), ("Blocked", 0)])
def test_without_a_link_the_list_decides(raw, status, begins):
    send_list(raw, 1, "Full", T1=status)
    raw.cut()
    raw.station.plug_in(arrival(), raw.now)
    assert len(raw.station.running) == begins


def test_without_a_link_unknown_tokens_do_as_they_were_told(raw):
    said = configure(raw, "AllowOfflineTxForUnknownId", "AuthCtrlr", "OfflineTxForUnknownIdEnabled", "false")
    assert said == "Accepted"
    raw.cut()
    raw.station.plug_in(arrival(), raw.now)
    assert not raw.station.running


def test_a_listed_token_need_not_wait_where_that_is_configured(raw):
    send_list(raw, 1, "Full", T1="Accepted")
    assert configure(raw, "LocalPreAuthorize", "AuthCtrlr", "LocalPreAuthorize", "true") == "Accepted"
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert "Authorize" not in raw.actions()
    assert len(starts(raw)) == 1


def listed_until(raw, seconds, status="Accepted"):
    """A list of T1 alone, which expires."""
    if raw.version.is_16:
        entry = {"idTag": "T1", "idTagInfo": {"status": status, "expiryDate": raw.at(seconds)}}
        fields = {"listVersion": 1}
    else:
        info = {"status": status, "cacheExpiryDateTime": raw.at(seconds)}
        entry = {"idToken": {"idToken": "T1", "type": "Central"}, "idTokenInfo": info}
        fields = {"versionNumber": 1}
    raw.order("SendLocalList", updateType="Full", localAuthorizationList=[entry], **fields)


@pytest.mark.parametrize(
    ("seconds", "status", "asks"), [(60, "Accepted", 0), (-1, "Accepted", 1), (60, "Blocked", 1)]
)
def test_a_listed_token_that_is_not_good_any_more_is_asked_about(raw, seconds, status, asks):
    listed_until(raw, seconds, status)
    configure(raw, "LocalPreAuthorize", "AuthCtrlr", "LocalPreAuthorize", "true")
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert raw.actions().count("Authorize") == asks


def test_the_cache_learns_and_is_cleared(raw):
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    raw.station.unplug(1, raw.now)
    configure(raw, "LocalPreAuthorize", "AuthCtrlr", "LocalPreAuthorize", "true")
    raw.forget()
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert "Authorize" not in raw.actions()
    raw.station.unplug(1, raw.now)
    raw.run()
    assert raw.order("ClearCache")["status"] == "Accepted"
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert "Authorize" in raw.actions()
    assert configure(raw, "AuthorizationCacheEnabled", "AuthCacheCtrlr", "Enabled", "false") == "Accepted"
    assert raw.order("ClearCache")["status"] == "Rejected"


def test_a_reservation_is_shown_kept_and_used(raw):
    assert reserve(raw, 5, "T1") == "Accepted"
    raw.run()
    assert statuses(raw) == ["Reserved"]
    raw.station.plug_in(arrival(token="STRANGER"), raw.now)
    raw.run()
    assert starts(raw) == []
    raw.station.unplug(1, raw.now)
    raw.station.plug_in(arrival(token="T1"), raw.now)
    raw.run()
    assert [s["reservationId"] for s in starts(raw)] == [5]
    assert not raw.station.reservations.held
    assert "ReservationStatusUpdate" not in raw.actions()


def test_a_group_uses_what_was_reserved_for_it(raw):
    assert reserve(raw, 5, "BOSS", group="FAMILY") == "Accepted"
    if raw.version.is_16:
        raw.answers["Authorize"] = {"idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    else:
        group = {"idToken": "FAMILY", "type": "Central"}
        raw.answers["Authorize"] = {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    raw.station.plug_in(arrival(token="CHILD"), raw.now)
    raw.run()
    assert [s["reservationId"] for s in starts(raw)] == [5]


def test_a_reservation_is_cancelled(raw):
    reserve(raw, 5, "T1")
    assert raw.order("CancelReservation", reservationId=5)["status"] == "Accepted"
    assert raw.order("CancelReservation", reservationId=5)["status"] == "Rejected"
    assert statuses(raw) == ["Reserved", "Available"]


def test_a_reservation_expires(raw):
    reserve(raw, 5, "T1", seconds=30)
    raw.wait(31)
    assert statuses(raw) == ["Reserved", "Available"]
    told = [] if raw.version.is_16 else [{"reservationId": 5, "reservationUpdateStatus": "Expired"}]
    assert raw.all("ReservationStatusUpdate") == told


def test_a_reservation_that_replaced_another_expires_at_its_own_time(raw):
    reserve(raw, 5, "T1", seconds=20)
    reserve(raw, 5, "T1", seconds=50)
    raw.wait(30)
    assert [r.id for r in raw.station.reservations.held] == [5]
    raw.wait(25)
    assert not raw.station.reservations.held


def test_a_reservation_ends_where_its_evse_breaks(raw):
    from chargewright.simulator.mishaps import break_down, repair

    reserve(raw, 5, "T1")
    break_down(raw.station, 1, raw.now)
    raw.run()
    told = [] if raw.version.is_16 else [{"reservationId": 5, "reservationUpdateStatus": "Removed"}]
    assert raw.all("ReservationStatusUpdate") == told
    assert statuses(raw)[-1] == "Faulted"
    assert raw.all("StatusNotification")[-1].get("errorCode", "OtherError") == "OtherError"
    assert reserve(raw, 6, "T1") == "Faulted"
    repair(raw.station, 1, raw.now)
    assert reserve(raw, 6, "T1") == "Accepted"


def test_what_cannot_be_reserved_is_refused_for_what_it_is(raw):
    raw.station.plug_in(arrival(), raw.now)
    raw.run()
    assert reserve(raw, 1, "A", evse=1) == "Occupied"
    assert reserve(raw, 2, "A", evse=2) == "Accepted"
    assert reserve(raw, 3, "B", evse=2) == "Occupied"
    assert reserve(raw, 2, "B", evse=2) == "Accepted", "the same id replaces it"
    assert reserve(raw, 4, "B", evse=9) == "Rejected"
    assert reserve(raw, 4, "B", evse=2, seconds=-5) == "Rejected"
    kind = {"connectorId": 2, "type": "Inoperative"}
    if not raw.version.is_16:
        kind = {"evse": {"id": 2}, "operationalStatus": "Inoperative"}
    raw.order("CancelReservation", reservationId=2)
    raw.order("ChangeAvailability", **kind)
    assert reserve(raw, 4, "B", evse=2) == "Unavailable"


def test_any_evse_can_be_reserved_and_as_many_as_there_are(raw):
    assert reserve(raw, 1, "A", evse=0) == "Accepted"
    assert reserve(raw, 2, "B", evse=0) == "Accepted"
    assert reserve(raw, 3, "C", evse=0) == "Occupied"
    assert sorted(statuses(raw)) == ["Reserved", "Reserved"]
    raw.station.plug_in(arrival(token="STRANGER"), raw.now)
    raw.run()
    assert starts(raw) == []


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_a_reservation_by_type_of_connector(version):
    """H01.FR.06, H01.FR.09: the simulated stations have Type 2 sockets."""
    raw = Raw(version)
    raw.connect()
    assert reserve(raw, 1, "A", evse=0, connectorType="cCCS2") == "Rejected"
    assert reserve(raw, 1, "A", evse=0, connectorType="cType2") == "Accepted"


def test_a_remote_start_respects_reservations(raw):
    reserve(raw, 5, "T1", evse=1)
    raw.station.plug_in(arrival(token="NOBODY"), raw.now)
    raw.run()
    if raw.version.is_16:
        other = {"connectorId": 1, "idTag": "T9"}
        right = {"connectorId": 1, "idTag": "T1"}
        action = "RemoteStartTransaction"
    else:
        action = "RequestStartTransaction"
        other = {"evseId": 1, "remoteStartId": 1, "idToken": {"idToken": "T9", "type": "Central"}}
        right = {"evseId": 1, "remoteStartId": 2, "idToken": {"idToken": "T1", "type": "Central"}}
    assert raw.order(action, **other)["status"] == "Rejected"
    assert raw.order(action, **right)["status"] == "Accepted"
    raw.run()
    assert [s["reservationId"] for s in starts(raw)] == [5]
