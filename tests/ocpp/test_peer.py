"""The peer by its table: shapes, ids, duplicates, lateness, order, time. Expected texts are written out by hand."""

import json
import random
import time
from itertools import count, permutations, product
from typing import Any

import pytest
from tests.ocpp.samples import full_sample, message_of, messages, random_sample, small_sample

from chargewright.errors import LocalProtocolError
from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.codes import Code
from chargewright.ocpp.events import (
    AnswerRefused,
    CallAnswered,
    CallFailed,
    CallReceived,
    CallRefused,
    Deviated,
    FrameDropped,
    LateAnswer,
    SendReceived,
    Unusable,
)
from chargewright.ocpp.frames import encode_call, encode_call_result
from chargewright.ocpp.peer import EXPIRED_KEPT_S, Peer
from chargewright.ocpp.tolerance import DEFAULTS, STRICT, TOLERANT, Switch, Tolerance

OCPP16, OCPP201, OCPP21 = Version


def peer(version: Version = OCPP16, side: Any = "csms", **options: Any) -> Peer:
    return Peer(version=version, side=side, message_ids=map("m{}".format, count(1)).__next__, **options)


def call(message_id: str, action: str, payload: Any) -> str:
    return json.dumps([2, message_id, action, payload])


def said(one: Peer) -> list[Any]:
    return [json.loads(text) for text in one.texts_to_send()]


def message(version: Version, name: str, **values: Any) -> Any:
    from chargewright.ocpp.catalog import catalog

    action = catalog(version).actions[name.removesuffix("Request").removesuffix("Response")]
    return (action.request if name.endswith("Request") else action.response)(**values)


def small(version: Version, action: str) -> Any:
    """The smallest right request of an action."""
    raw = json.dumps(small_sample(message_of(version, action))).encode()
    return catalog(version).actions[action].request_reader.read(raw, raw)[0]


HEARTBEAT = call("a", "Heartbeat", {})
RPC = "RpcFrameworkError"
FORM = "FormationViolation"

# What is heard, and the [type, id, code] that is said in 1.6, 2.0.1 and 2.1; None means nothing is said.
SHAPES: list[tuple[str, Any, Any, Any]] = [
    (HEARTBEAT, None, None, None),
    (" " + HEARTBEAT + "\n", None, None, None),
    *((text, None, [4, "-1", RPC], [4, "-1", RPC]) for text in (
        "", " ", "null", "true", "7", '"x"', "{}", "[]", "[[]]", "[null]", "[", "]", "[2", '[2,"a","Heartbeat",{}',
        '[2,"a","Heartbeat",{}]x', '[2,"a","Heartbeat",{}][]', '[2,"a","Heartbeat",{},]', "[2,'a','Heartbeat',{}]",
        '["2","a","Heartbeat",{}]', '[2.0,"a","Heartbeat",{}]', '[2e0,"a","Heartbeat",{}]', '[true,"a","Heartbeat",{}]',
        '[null,"a","Heartbeat",{}]', '[[2],"a","Heartbeat",{}]', '[02,"a","Heartbeat",{}]', '[2,"a","Heartbeat",NaN]',
        '[2,"a","Heartbeat",{"a":Infinity}]', '[2,"a","Heartbeat",{a:1}]', '[2,"\\ud800","Heartbeat",{}]', '[2,"a","Heartbeat","\\ud800"]', '[2,"a","Heartbeat",{"a":"\\udc00"}]',
        "[" * 10_000, "[" * 10_000 + "]" * 10_000, '[2,"a","Heartbeat",' + "[" * 10_000 + "]" * 10_000 + "]",
        '[2,"a","Heartbeat",' + '{"a":' * 10_000 + "1" + "}" * 10_000 + "]", "\ufeff" + HEARTBEAT, "\0", HEARTBEAT + "\0",
    )),
    *((text, None, [4, "-1", RPC], [4, "-1", RPC]) for text in (
        "[2]", "[2,5]", '[2,null,"Heartbeat",{}]', '[2,5,"Heartbeat",{}]', '[2,{},"Heartbeat",{}]', '[2,["a"],"Heartbeat",{}]',
        '[2,true,"Heartbeat",{}]', '[2,1.5,"Heartbeat"]',
    )),
    *((text, None, [4, "a", RPC], [4, "a", RPC]) for text in (
        '[2,"a"]', '[2,"a","Heartbeat"]', '[2,"a",{}]', '[2,"a","Heartbeat",{},{}]', '[2,"a","Heartbeat",{},null]',
        '[2,"a",{},"Heartbeat",1,2,3]',
    )),
    *((f'[2,{json.dumps(bad)},"Heartbeat",{{}}]', [4, bad, FORM], [4, "-1", RPC], [4, "-1", RPC]) for bad in (
        "", "x" * 37, "x" * 255, "-1", "nul\0", "ä" * 37,
    )),
    ('[2,"' + "x" * 256 + '","Heartbeat",{}]', None, [4, "-1", RPC], [4, "-1", RPC]),
    *((f'[2,{json.dumps(good)},"Heartbeat",{{}}]', None, None, None) for good in ("x" * 36, "ä", "漢" * 36, " ", "-2", "1", "🔌" * 36)),
    *((f'[2,"a",{bad},{{}}]', [4, "a", FORM], [4, "a", RPC], [4, "a", RPC]) for bad in ("5", "null", "{}", "[]", "true")),
    *((call("a", bad, {}), *[[4, "a", "NotImplemented"]] * 3) for bad in ("", "heartbeat", "Heartbeat ", "HeartbeatRequest", "X" * 500, "\0")),
    (call("a", "GetBaseReport", {}), [4, "a", "NotImplemented"], [4, "a", "NotSupported"], [4, "a", "NotSupported"]),
    (call("a", "Reset", {}), *[[4, "a", "NotSupported"]] * 3),
    (call("a", "NotifyPeriodicEventStream", {}), *[[4, "a", "NotImplemented"]] * 2, [4, "a", "NotSupported"]),
    (call("a", "BatterySwap", {}), *[[4, "a", "NotImplemented"]] * 2, [4, "a", "OccurrenceConstraintViolation"]),
    ('[2,"a","Heartbeat",null]', None, [4, "a", "FormatViolation"], [4, "a", "FormatViolation"]),
    *((f'[2,"a","Heartbeat",{bad}]', [4, "a", FORM], *[[4, "a", "FormatViolation"]] * 2) for bad in ("[]", "1", '"{}"', "true", "[{}]")),
    *((f'[2,"a","Heartbeat",{{"x":{bad}}}]', [4, "a", FORM], *[[4, "a", "ProtocolError"]] * 2) for bad in ("1", "null", "1" + "0" * 400, '"\\u0000"', "[[[[]]]]")),
    *((f"[{kind},{rest}", None, [4, "a", "MessageTypeNotSupported"], None) for kind, rest in product(("0", "1", "7", "99", "-2", "1" + "0" * 30), ('"a","Heartbeat",{}]', '"a"]'))),
    *((f"[{kind}]", None, [4, "-1", "MessageTypeNotSupported"], None) for kind in ("0", "7", "99")),
    *((text, None, [4, "a", "MessageTypeNotSupported"], None) for text in ('[5,"a","GenericError","",{}]', '[6,"a","Heartbeat",{}]', '[5,"a"]', '[6,"a"]')),
    *((text, None, None, None) for text in (
        '[3,"a",{}]', '[3,"a"]', "[3]", '[3,"a",{},{}]', "[3,5,{}]", '[4,"a"]', '[4,"a","X"]', '[4,"a","X","y"]', '[4,"a","X","y",{}]',
        '[4,"-1","RpcFrameworkError","",{}]', '[4,"a",5,5,5]', "[4]", '[4,"a","X","y",{},1]', '[4,"a","X",null,null]', '[3,"-1",{}]',
    )),
]  # fmt: skip


@pytest.mark.parametrize("version", list(Version))
def test_every_shape_gets_the_reply_that_its_version_names(version: Version) -> None:
    for text, *replies in SHAPES:
        one = peer(version)
        one.receive_text(text, 0.0)
        expected = replies[list(Version).index(version)]
        told = one.events_received()
        assert [t[:3] for t in said(one)] == ([] if expected is None else [expected]), text[:80]
        assert len(told) == 1, text[:80]
        one.receive_text(call("next", "Heartbeat", {}), 1.0)
        assert type(one.events_received()[-1]) is CallReceived, f"deaf after {text[:80]}"


def test_the_shapes_are_many() -> None:
    assert len({text for text, *_ in SHAPES}) >= 110


@pytest.mark.parametrize("kind", [str, bytes, bytearray, memoryview])
def test_texts_come_in_any_buffer(kind: Any) -> None:
    one = peer()
    one.receive_text(HEARTBEAT if kind is str else kind(HEARTBEAT.encode()), 0.0)
    assert [type(e) for e in one.events_received()] == [CallReceived]


@pytest.mark.parametrize(
    "text", [b"\xff", b'[2,"\xff","Heartbeat",{}]', b'[2,"a","\xc0\x80",{}]', "\ud800", b"\xef\xbb\xbf[]"]
)
def test_what_is_not_unicode_is_dropped_or_refused_never_raised(text: Any) -> None:
    one = peer(OCPP201)
    one.receive_text(text, 0.0)
    assert [t[:3] for t in said(one)] in ([[4, "-1", RPC]], [[4, "a", RPC]])


def test_broken_unicode_inside_a_payload_is_answered_under_its_id() -> None:
    one = peer(OCPP16)
    one.receive_text(b'[2,"a","Authorize",{"idTag":"\xff"}]', 0.0)
    assert [t[:3] for t in said(one)] == [[4, "a", FORM]]


@pytest.mark.parametrize("version", list(Version))
@pytest.mark.parametrize("side", ["csms", "station"])
def test_every_action_of_every_version_said_to_every_version(version: Version, side: Any) -> None:
    every = {action for v in Version for action in catalog(v).actions}
    known = {m.action for m in messages(version)}
    for action in sorted(every):
        one = peer(version, side)
        one.receive_text(call("a", action, {"notInAnySchema": 1}), 0.0)
        (reply,) = said(one)
        if action not in known:
            assert reply[2] == "NotImplemented", action
        elif action in SENT_BY_BOTH or (action in SENT_BY_STATION.split()) is (side == "csms"):
            assert reply[2] == (
                "NotSupported" if action == "NotifyPeriodicEventStream" else EXTRA[version]
            ), action
        else:
            assert reply[2] == "NotSupported", action


EXTRA = {OCPP16: FORM, OCPP201: "ProtocolError", OCPP21: "ProtocolError"}
SENT_BY_BOTH = {"DataTransfer"}
# What the message chapters of the standards call "sent by the Charge Point" or "by the Charging Station", all editions.
SENT_BY_STATION = """
Authorize BatterySwap BootNotification ClearedChargingLimit ClosePeriodicEventStream
DiagnosticsStatusNotification FirmwareStatusNotification Get15118EVCertificate
GetCertificateChainStatus GetCertificateStatus Heartbeat LogStatusNotification MeterValues
NotifyChargingLimit NotifyCustomerInformation NotifyDERAlarm NotifyDERStartStop
NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent
NotifyMonitoringReport NotifyPeriodicEventStream NotifyPriorityCharging NotifyReport
NotifySettlement OpenPeriodicEventStream PublishFirmwareStatusNotification PullDynamicScheduleUpdate
ReportChargingProfiles ReportDERControl ReservationStatusUpdate SecurityEventNotification
SignCertificate SignedFirmwareStatusNotification StartTransaction StatusNotification StopTransaction
TransactionEvent VatNumberValidation
"""


def test_a_call_is_answered_once() -> None:
    one = peer()
    one.receive_text(HEARTBEAT, 0.0)
    (event,) = one.events_received()
    answer = message(OCPP16, "AuthorizeResponse", id_tag_info=None)
    with pytest.raises(LocalProtocolError):
        one.answer("a", answer)  # not the answer to a Heartbeat
    with pytest.raises(LocalProtocolError):
        one.answer("b", answer)  # nobody asked
    assert not one.idle
    one.answer_error(event.message_id, Code.INTERNAL_ERROR, "x" * 300, {"k": 1})
    assert said(one) == [[4, "a", "InternalError", "x" * 255, {"k": 1}]]
    with pytest.raises(LocalProtocolError):
        one.answer_error("a", Code.INTERNAL_ERROR)
    assert one.idle


@pytest.mark.parametrize(
    ("version", "word"), [(OCPP16, "OccurenceConstraintViolation"), (OCPP21, "OccurrenceConstraintViolation")]
)
def test_each_version_spells_codes_its_own_way_and_understands_both(version: Version, word: str) -> None:
    one = peer(version)
    one.receive_text(HEARTBEAT, 0.0)
    one.answer_error("a", Code.OCCURRENCE_CONSTRAINT_VIOLATION)
    assert said(one)[0][2] == word
    one.events_received()
    for spelled in ("OccurenceConstraintViolation", "OccurrenceConstraintViolation"):
        called = one.call("ClearCache", small(version, "ClearCache"), 0.0)
        one.receive_text(json.dumps([4, called, spelled, "", {}]), 0.0)
        assert one.events_received()[-1].code is Code.OCCURRENCE_CONSTRAINT_VIOLATION


def test_answers_leave_in_the_order_of_the_calls_whatever_the_order_of_answering() -> None:
    empty = message(OCPP16, "MeterValuesResponse")
    payload = small_sample(message_of(OCPP16, "MeterValues"))
    for order in permutations(range(5)):
        one = peer()
        for n in range(5):
            one.receive_text(call(f"c{n}", "MeterValues", payload), 0.0)
        one.receive_text(call("wrong", "Nope", {}), 0.0)
        one.receive_text(call("c5", "MeterValues", payload), 0.0)
        assert said(one) == []
        heard = []
        for n in order:
            one.answer(f"c{n}", empty)
            heard += said(one)
        one.answer("c5", empty)
        assert [t[1] for t in heard + said(one)] == ["c0", "c1", "c2", "c3", "c4", "wrong", "c5"], order


def test_many_calls_at_once_are_all_answered_in_order_and_full_asks_for_a_pause() -> None:
    one = peer(inbound_max=8)
    for n in range(100):
        one.receive_text(call(f"c{n}", "Heartbeat", {}), 0.0)
        assert one.full is (n >= 7)
    told = one.events_received()
    early = [event for event in told if isinstance(event, Deviated)]
    assert {event.switch for event in early} == {Switch.MANY_CALLS}
    assert len(early) == 99  # each but the first
    for event in told:
        if isinstance(event, CallReceived):
            one.answer_error(event.message_id, Code.GENERIC_ERROR)
    assert [t[1] for t in said(one)] == [f"c{n}" for n in range(100)]
    assert one.idle
    assert not one.full
    for n in range(5000):
        one.receive_text(call(f"d{n}", "Heartbeat", {}), 0.0)
    kinds = [type(e) for e in one.events_received()]
    assert kinds.count(CallReceived) == 8 * 32
    assert kinds.count(FrameDropped) == 5000 - 8 * 32


@pytest.mark.parametrize("version", list(Version))
def test_the_same_call_again_is_handled_once_and_answered_twice_another_under_its_id_is_refused(
    version: Version,
) -> None:
    one = peer(version)
    one.receive_text(HEARTBEAT, 0.0)
    one.receive_text(HEARTBEAT, 0.0)
    one.receive_text(call("a", "Heartbeat", {"x": 1}), 0.0)
    kinds = [type(e) for e in one.events_received()]
    assert kinds == [CallReceived, FrameDropped, CallRefused]
    assert [t[:3] for t in said(one)] == [[4, "a", "GenericError" if version is OCPP16 else RPC]]
    one.answer_error("a", Code.INTERNAL_ERROR)
    assert [t[:2] for t in said(one)] == [[4, "a"], [4, "a"]]
    assert one.idle
    for n in range(20):  # what was answered takes no room any more
        assert not one.full
        for _ in range(3):
            one.receive_text(call(f"r{n}", "Heartbeat", {}), 0.0)
        one.answer_error(f"r{n}", Code.INTERNAL_ERROR)
        assert len(said(one)) == 3
    one.events_received()
    one.receive_text(
        HEARTBEAT, 0.0
    )  # a retry after the answer is a new call: its content is judged above this layer
    assert [type(e) for e in one.events_received()] == [CallReceived]


def test_one_call_at_a_time_and_calls_may_cross() -> None:
    one = peer()
    clear = message(OCPP16, "ClearCacheRequest")
    ids = [one.call("ClearCache", clear, 0.0) for _ in range(3)]
    assert [t[1] for t in said(one)] == [ids[0]]
    one.receive_text(HEARTBEAT, 0.0)
    assert [type(e) for e in one.events_received()] == [CallReceived]
    for n, answered in enumerate(ids):
        one.receive_text(json.dumps([3, answered, {"status": "Accepted"}]), 0.0)
        (event,) = one.events_received()
        assert event == CallAnswered(
            answered, "ClearCache", message(OCPP16, "ClearCacheResponse", status="Accepted")
        )
        assert [t[1] for t in said(one)] == ids[n + 1 : n + 2]


def test_a_call_that_times_out_frees_the_slot_and_its_late_answer_resolves_nothing_else() -> None:
    one = peer(call_timeout_s=30.0)
    clear = message(OCPP16, "ClearCacheRequest")
    first, second = one.call("ClearCache", clear, 100.0), one.call("ClearCache", clear, 100.0)
    assert one.deadline_s() == 130.0
    one.tick(129.9)
    assert one.events_received() == []
    one.tick(130.0)
    (failed,) = one.events_received()
    assert (failed.message_id, failed.reason, failed.code) == (first, "timeout", None)
    assert one.deadline_s() == 160.0
    one.receive_text(json.dumps([3, first, {"status": "Accepted"}]), 131.0)
    (late,) = one.events_received()
    assert late == LateAnswer(first, "ClearCache", message(OCPP16, "ClearCacheResponse", status="Accepted"))
    one.receive_text(json.dumps([3, first, {"status": "Accepted"}]), 131.0)
    assert one.events_received() == [FrameDropped("unknown_id", first)]
    one.receive_text(json.dumps([3, second, {"status": "Rejected"}]), 131.0)
    assert [type(e) for e in one.events_received()] == [CallAnswered]


def test_an_expired_id_is_forgotten_after_ten_minutes() -> None:
    one = peer(call_timeout_s=30.0)
    called = one.call("ClearCache", message(OCPP16, "ClearCacheRequest"), 0.0)
    one.tick(30.0)
    one.events_received()
    one.receive_text(json.dumps([3, called, {"status": "Accepted"}]), 30.0 + EXPIRED_KEPT_S)
    assert one.events_received() == [FrameDropped("unknown_id", called)]


@pytest.mark.parametrize("version", list(Version))
def test_an_answer_that_cannot_be_used_ends_the_call(version: Version) -> None:
    one = peer(version)
    for bad in (
        [3, None, {"status": "Perhaps"}],
        [3, None, None],
        [3, None],
        [3, None, {"status": "Accepted"}, {}],
    ):
        bad[1] = one.call("ClearCache", small(version, "ClearCache"), 0.0)
        said(one)
        one.receive_text(json.dumps(bad), 0.0)
        (failed,) = one.events_received()
        assert (failed.message_id, failed.reason) == (bad[1], "invalid_response")
        assert [t[:2] for t in said(one)] == ([[5, bad[1]]] if version is OCPP21 else [])
        assert one.idle


@pytest.mark.parametrize(
    "rest",
    [
        [],
        ["NotSupported"],
        ["NotSupported", "no"],
        ["NotSupported", "no", {}],
        ["NotSupported", None, None],
        [7, 7, 7],
        ["NotSupported", {}],
        ["NotSupported", "no", {}, 1],
    ],
)
def test_an_error_of_any_length_ends_the_call(rest: list[Any]) -> None:
    one = peer()
    called = one.call("ClearCache", message(OCPP16, "ClearCacheRequest"), 0.0)
    said(one)
    one.receive_text(json.dumps([4, called, *rest]), 0.0)
    *short, failed = one.events_received()
    assert [event.switch for event in short] == [Switch.SHORT_CALL_ERRORS] * (len(rest) < 3)
    assert (failed.message_id, failed.reason) == (called, "error")
    assert failed.code is (Code.NOT_SUPPORTED if rest[:1] == ["NotSupported"] else Code.GENERIC_ERROR)
    assert one.idle


def test_an_unknown_code_is_a_generic_error_that_people_can_still_read() -> None:
    one = peer()
    called = one.call("ClearCache", message(OCPP16, "ClearCacheRequest"), 0.0)
    one.receive_text(json.dumps([4, called, "OutOfCoffee", "kitchen", {}]), 0.0)
    assert one.events_received() == [
        CallFailed(called, "ClearCache", Code.GENERIC_ERROR, "OutOfCoffee: kitchen", "error")
    ]


def test_closing_fails_what_is_outstanding_and_queued_and_then_nothing_moves() -> None:
    one = peer()
    clear = message(OCPP16, "ClearCacheRequest")
    ids = [one.call("ClearCache", clear, 0.0) for _ in range(3)]
    one.receive_text(HEARTBEAT, 0.0)
    one.events_received()
    one.close()
    assert [(e.message_id, e.reason) for e in one.events_received()] == [(i, "closed") for i in ids]
    one.receive_text(HEARTBEAT, 1.0)
    one.answer_error("a", Code.INTERNAL_ERROR)
    one.tick(1e9)
    one.close()
    assert (one.events_received(), one.texts_to_send(), one.deadline_s(), one.idle) == ([], [], None, True)
    with pytest.raises(LocalProtocolError):
        one.call("ClearCache", clear, 2.0)


def test_send_goes_past_calls_and_is_taken_without_an_answer() -> None:
    station, csms = peer(OCPP21, "station"), peer(OCPP21, "csms")
    schema = message_of(OCPP21, "NotifyPeriodicEventStream")
    raw = json.dumps(full_sample(schema)).encode()
    stream, _ = catalog(OCPP21).actions["NotifyPeriodicEventStream"].request_reader.read(raw, raw)
    station.call("Heartbeat", small(OCPP21, "Heartbeat"), 0.0)
    sent = station.send("NotifyPeriodicEventStream", stream)
    texts = station.texts_to_send()
    assert [json.loads(t)[0] for t in texts] == [2, 6]
    for text in texts:
        csms.receive_text(text, 0.0)
    received = csms.events_received()
    assert [type(e) for e in received] == [CallReceived, SendReceived]
    assert received[1] == SendReceived(sent, "NotifyPeriodicEventStream", stream)
    assert csms.texts_to_send() == []
    with pytest.raises(LocalProtocolError):
        csms.send("NotifyPeriodicEventStream", stream)
    with pytest.raises(LocalProtocolError):
        station.send("Heartbeat", small(OCPP21, "Heartbeat"))
    csms.receive_text(json.dumps([6, "s", "Heartbeat", {}]), 0.0)
    assert csms.events_received() == [FrameDropped("invalid_send", "s")]


def test_a_refused_answer_is_told() -> None:
    one = peer(OCPP21)
    one.receive_text(json.dumps([5, "a", "FormationViolation", "currentTime", {}]), 0.0)
    assert one.events_received() == [AnswerRefused("a", Code.FORMAT_VIOLATION, "currentTime")]
    assert one.texts_to_send() == []


def test_we_never_send_what_the_schema_refuses() -> None:
    from datetime import UTC, datetime
    from decimal import Decimal

    one = peer()
    period = catalog(OCPP16).actions["GetCompositeSchedule"].request
    with pytest.raises(LocalProtocolError):
        one.call("GetCompositeSchedule", period(connector_id="1", duration=60), 0.0)
    with pytest.raises(LocalProtocolError):
        one.call("GetCompositeSchedule", message(OCPP16, "ClearCacheRequest"), 0.0)
    with pytest.raises(LocalProtocolError):
        one.call("Heartbeat", message(OCPP16, "HeartbeatRequest"), 0.0)  # the station's to send
    one.receive_text(HEARTBEAT, 0.0)
    with pytest.raises(LocalProtocolError):
        one.answer("a", message(OCPP16, "HeartbeatResponse", current_time=datetime(2026, 1, 1)))  # noqa: DTZ001 - the fault
    one.answer("a", message(OCPP16, "HeartbeatResponse", current_time=datetime(2026, 1, 1, tzinfo=UTC)))
    assert said(one) == [[3, "a", {"currentTime": "2026-01-01T00:00:00Z"}]]
    raw = json.dumps(small_sample(message_of(OCPP16, "SetChargingProfile"))).encode()
    good, _ = catalog(OCPP16).actions["SetChargingProfile"].request_reader.read(raw, raw)
    import msgspec

    for limit in (Decimal("16.05"), Decimal("NaN"), Decimal("Infinity"), 16.05, "16"):
        schedule = good.cs_charging_profiles.charging_schedule
        periods = [msgspec.structs.replace(schedule.charging_schedule_period[0], limit=limit)]
        profile = msgspec.structs.replace(
            good.cs_charging_profiles,
            charging_schedule=msgspec.structs.replace(schedule, charging_schedule_period=periods),
        )
        with pytest.raises(LocalProtocolError):
            one.call("SetChargingProfile", msgspec.structs.replace(good, cs_charging_profiles=profile), 0.0)
    assert one.texts_to_send() == []


@pytest.mark.parametrize("seed", range(30))
def test_permuted_duplicated_and_late_replies_are_never_misattributed(seed: int) -> None:
    """A model: a station that answers every call with the call's own number, in any order, late, twice or never."""
    print(f"seed {seed}")
    rng = random.Random(seed)
    one = peer(call_timeout_s=10.0)
    number_of: dict[str, int] = {}
    on_the_way: list[tuple[float, str]] = []
    now_s, made, ended = 0.0, 0, []
    while len(ended) < 60 or on_the_way:
        if made < 60:
            made += 1
            wanted = catalog(OCPP16).actions["GetLocalListVersion"].request()
            number_of[one.call("GetLocalListVersion", wanted, now_s)] = made
        for text in one.texts_to_send():
            message_id = json.loads(text)[1]
            for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
                reply = json.dumps([3, message_id, {"listVersion": number_of[message_id]}])
                if rng.random() < 0.1:
                    reply = json.dumps([4, message_id, "GenericError", str(number_of[message_id]), {}])
                on_the_way.append((now_s + rng.uniform(0.0, 25.0), reply))
        now_s += rng.uniform(0.0, 3.0)
        rng.shuffle(on_the_way)
        for due_s, text in [x for x in on_the_way if x[0] <= now_s]:
            on_the_way.remove((due_s, text))
            one.receive_text(text, now_s)
        one.tick(now_s)
        for event in one.events_received():
            if isinstance(event, CallAnswered):
                assert event.response.list_version == number_of[event.message_id]
            elif isinstance(event, LateAnswer):
                assert event.response is None or event.response.list_version == number_of[event.message_id]
            elif isinstance(event, CallFailed) and event.reason == "error":
                assert event.description == str(number_of[event.message_id])
            if isinstance(event, CallAnswered | CallFailed):
                ended.append(event.message_id)
    assert sorted(ended, key=lambda i: number_of[i]) == sorted(number_of, key=number_of.__getitem__)
    assert len(set(ended)) == len(ended) == 60
    assert one.idle


@pytest.mark.parametrize("version", list(Version))
def test_mutated_bytes_never_raise_and_the_next_call_is_answered(version: Version) -> None:
    seed = 7
    print(f"seed {seed}")
    rng = random.Random(seed)
    corpus = [
        json.dumps([2, f"i{n}", m.action, random_sample(m, n)]).encode()
        for n, m in enumerate(messages(version))
        if m.is_request
    ]
    corpus += [
        json.dumps([3, "m1", {"status": "Accepted"}]).encode(),
        b'[4,"m1","GenericError","",{}]',
        b'[5,"m1","X","",{}]',
    ]
    for side in ("csms", "station"):
        one = peer(version, side, tolerance=TOLERANT if side == "csms" else STRICT)
        for n in range(3500):
            text = bytearray(rng.choice(corpus))
            for _ in range(rng.choice((1, 1, 2, 5, 20))):
                at = rng.randrange(len(text)) if text else 0
                match rng.randrange(5):
                    case 0:
                        text[at : at + 1] = bytes([rng.randrange(256)])
                    case 1:
                        del text[at : at + rng.randrange(1, 9)]
                    case 2:
                        text[at:at] = rng.choice(
                            (
                                b"null",
                                b"[",
                                b"{",
                                b'"',
                                b"\\u0000",
                                b"\\ud800",
                                b"1e999",
                                b"-",
                                b"true",
                                b"9" * 30,
                            )
                        )
                    case 3:
                        text[at:at] = text[: rng.randrange(40)]
                    case 4:
                        text[at:] = b""
            one.receive_text(bytes(text), float(n))
            for event in one.events_received():
                if isinstance(event, CallReceived):
                    one.answer_error(event.message_id, Code.GENERIC_ERROR)
            for reply in one.texts_to_send():
                assert json.loads(reply)[0] in {4, 5}
            assert one.idle
        one.receive_text(call("z", "DataTransfer", {"vendorId": "x"}), 1e6)
        assert [type(e) for e in one.events_received()] == [CallReceived]


@pytest.mark.parametrize(
    "payload",
    [
        "[" * 30_000,
        '{"a":' * 30_000,
        "1" + "0" * 1_000_000,
        "1" * 1_000_000 + ".5e-1000000",
        '{"limit":1e99999999999999999999}',
        '"' + "x" * 1_000_000 + '"',
        "{" + '"a":1,' * 100_000 + '"b":2}',
    ],
    ids=["lists", "objects", "integer", "fraction", "exponent", "string", "members"],
)
def test_monsters_are_refused_quickly(payload: str) -> None:
    one = peer(OCPP21, tolerance=TOLERANT)
    started_s = time.process_time()
    for action in ("NotifyChargingLimit", "DataTransfer"):
        one.receive_text(f'[2,"a","{action}",{payload}]', 0.0)
        one.receive_text(f'[2,"b","{action}",{{"customData":{payload}}}]', 0.0)
        one.receive_text(f'[2,"c","{action}",{{"data":{payload},"vendorId":"v"}}]', 0.0)
    assert time.process_time() - started_s < 2.0  # CPU seconds; quadratic reading would need minutes
    assert one.texts_to_send()


def test_what_lists_everything_wrong_in_order() -> None:
    one = peer(OCPP16, tolerance=TOLERANT)
    payload = {
        "connectorId": "1", "idTag": "x" * 21, "meterStart": 5.0, "timestamp": "2026-11-22 07:33:13+02", "vendorThing": 1, "reservationId": None,
    }  # fmt: skip
    one.receive_text(call("a", "StartTransaction", payload), 0.0)
    (event,) = one.events_received()
    assert [fault.path for fault in event.deviations] == [
        "$.vendorThing", "$.connectorId", "$.idTag", "$.meterStart", "$.timestamp", "$.reservationId",
    ]  # fmt: skip
    request = event.request
    assert (request.connector_id, request.id_tag, request.meter_start, request.reservation_id) == (
        1,
        "x" * 21,
        5,
        None,
    )
    assert request.timestamp.isoformat() == "2026-11-22T05:33:13+00:00"


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"meterStart": "7"}, "TypeConstraintViolation", "$.meterStart"),
        ({"meterStart": 7.0}, "TypeConstraintViolation", "$.meterStart"),
        ({"idTag": ...}, "ProtocolError", "$.idTag"),
        ({"idTag": "x" * 21}, "PropertyConstraintViolation", "$.idTag"),
        ({"idTag": "nul\0"}, "PropertyConstraintViolation", "$.idTag"),
        ({"reservationId": None}, "TypeConstraintViolation", "$.reservationId"),
        ({"more": 1}, "FormationViolation", "$.more"),
        ({"more": 1, "idTag": ...}, "FormationViolation", "$.more"),
        ({"idTag": ..., "meterStart": "7"}, "ProtocolError", "$.idTag"),
        ({"<script>": 1}, "FormationViolation", "$.?"),
    ],
)
def test_a_start_that_is_wrong_gets_the_code_and_the_place(
    change: dict[str, Any], code: str, path: str
) -> None:
    one = peer()
    payload = {"connectorId": 1, "idTag": "A", "meterStart": 7, "timestamp": "2026-11-22T07:33:13Z"} | change
    one.receive_text(call("a", "StartTransaction", {k: v for k, v in payload.items() if v is not ...}), 0.0)
    ((kind, message_id, told, what, details),) = said(one)
    assert (kind, message_id, told, what.split(":")[0], details) == (4, "a", code, path, {})


def test_a_naive_time_is_read_as_utc_and_told_of_even_when_strict() -> None:
    one = peer()
    payload = {"connectorId": 1, "idTag": "A", "meterStart": 7, "timestamp": "2026-11-22T07:33:13"}
    one.receive_text(call("a", "StartTransaction", payload), 0.0)
    (event,) = one.events_received()
    assert event.request.timestamp.isoformat() == "2026-11-22T07:33:13+00:00"
    assert [fault.path for fault in event.deviations] == ["$.timestamp"]


def test_custom_data_keeps_what_it_holds_and_names_its_vendor() -> None:
    one = peer(OCPP201)
    custom = {"vendorId": "acme", "deep": {"list": [1, 2.5, None, "x"]}, "limit": "16"}
    one.receive_text(call("a", "Heartbeat", {"customData": custom}), 0.0)
    (event,) = one.events_received()
    assert event.request.custom_data == custom
    one.receive_text(call("b", "Heartbeat", {"customData": {"deep": 1}}), 0.0)
    assert [type(e) for e in one.events_received()] == [CallRefused]


def test_encoders_write_what_the_decoders_read() -> None:
    one = peer(OCPP16, "station")
    called = one.call("Heartbeat", message(OCPP16, "HeartbeatRequest"), 0.0)
    assert (
        one.texts_to_send()
        == [encode_call(called, "Heartbeat", {})]
        == [f'[2,"{called}","Heartbeat",{{}}]'.encode()]
    )
    assert encode_call_result('quote"', {}) == b'[3,"quote\\"",{}]'


def only(*switches: Switch) -> Tolerance:
    return Tolerance(frozenset(switches))


def test_a_short_error_without_its_switch_is_no_answer() -> None:
    one = peer(tolerance=only())
    called = one.call("ClearCache", message(OCPP16, "ClearCacheRequest"), 0.0)
    one.receive_text(json.dumps([4, called, "NotSupported"]), 0.0)
    (failed,) = one.events_received()
    assert (failed.message_id, failed.reason) == (called, "invalid_response")


@pytest.mark.parametrize("version", list(Version))
def test_a_numeric_id_is_answered_with_the_number_where_it_is_borne(version: Version) -> None:
    one = peer(version, tolerance=only(Switch.NUMERIC_MESSAGE_IDS, Switch.MANY_CALLS))
    one.receive_text('[2, 12, "Heartbeat", {}]', 0.0)
    one.receive_text('[2, "12", "Heartbeat", {}]', 0.0)
    one.receive_text('[2, 13, "Coffee", {}]', 0.0)
    first = next(event for event in one.events_received() if isinstance(event, CallReceived))
    assert first.message_id == "12"
    one.answer_error("12", Code.GENERIC_ERROR)
    told = [frame[:2] for frame in said(one)]
    assert [4, 12] in told
    assert [4, 13] in told
    one.receive_text('[2, "12", "Heartbeat", {}]', 0.0)
    one.answer_error("12", Code.GENERIC_ERROR)
    assert said(one)[0][:2] == [4, "12"]


@pytest.mark.parametrize("word", ["heartbeat", "HeartbeatRequest", "Heartbeat.req", "HEARTBEAT"])
def test_an_action_spelled_otherwise_is_known_where_it_is_borne(word: str) -> None:
    text = call("a", word, {})
    strict, lax = peer(), peer(tolerance=only(Switch.ACTION_SPELLING))
    strict.receive_text(text, 0.0)
    assert said(strict)[0][2] == "NotImplemented"
    lax.receive_text(text, 0.0)
    deviated, received = lax.events_received()
    assert (deviated.switch, received.action) == (Switch.ACTION_SPELLING, "Heartbeat")


def test_with_the_switch_for_many_calls_off_one_is_enough() -> None:
    one = peer(tolerance=Tolerance(DEFAULTS - {Switch.MANY_CALLS}))
    one.receive_text(HEARTBEAT, 0.0)
    assert one.full
    one.read_with(STRICT)
    assert not one.full


BAD_START = {"connectorId": "one", "idTag": "A", "meterStart": 1, "timestamp": "2026-11-22T07:33:13Z"}


def test_what_cannot_be_read_of_a_transaction_is_kept_where_it_is_to_be_and_only_that() -> None:
    keeping = only(Switch.KEEP_TRANSACTIONS)
    for tolerance, action, payload, kept in [
        (STRICT, "StartTransaction", BAD_START, False),
        (keeping, "StartTransaction", BAD_START, True),
        (keeping, "StartTransaction", [BAD_START], False),
        (keeping, "StatusNotification", {"connectorId": "one"}, False),
        (Tolerance(record_only=True), "StatusNotification", {"connectorId": "one"}, True),
        (Tolerance(record_only=True), "Authorize", {"idTag": {}}, False),
    ]:
        one = peer(tolerance=tolerance)
        one.receive_text(call("a", action, payload), 0.0)
        (event,) = one.events_received()
        assert isinstance(event, CallReceived) is kept, (action, payload)
        if kept:
            assert isinstance(event.request, Unusable)
            assert json.loads(bytes(event.request.payload)) == payload
            assert len(event.deviations) == 1
        else:
            assert said(one)[0][0] == 4
