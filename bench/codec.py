"""Reading and writing OCPP 1.6 messages: ours beside the `ocpp` package and jsonschema-rs, one JSON object.

Every contestant does the same work: from the text of a CALL to a checked message (read), and from a message to the
text of a CALL, checked against the schema (write). `write_unchecked` is ours without the check that a peer makes before
it sends. `peer_turn` is a whole turn of the peer, from a CALL's text to the text of its answer; `peer_bare` is what
of it is plain msgspec. CPU time of this process, contestants in a new order each round, medians over the rounds.
"""

import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import ocpp.messages
from ocpp.charge_point import camel_to_snake_case, remove_nones, serialize_as_dict, snake_to_camel_case
from ocpp.v16 import call as ocpp_calls

from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.frames import ENCODER, Call, encode_call, read_frame
from chargewright.ocpp.peer import Peer

SEED, ROUNDS, ROUND_MS = 1, 9, 20
MESSAGE_ID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
ACTIONS = catalog(Version.OCPP16).actions

PAYLOADS: dict[str, Any] = {
    "BootNotification": {
        "chargePointVendor": "ExampleVendor",
        "chargePointModel": "Model-22kW",
        "chargePointSerialNumber": "SN-0000-1111-2222",
        "chargeBoxSerialNumber": "CB-0000-1111",
        "firmwareVersion": "1.23.456-rc7",
        "iccid": "8944500000000000000",
        "imsi": "234150000000000",
        "meterType": "EM340",
        "meterSerialNumber": "MSN-99887766",
    },
    "MeterValues": {
        "connectorId": 1,
        "transactionId": 123456,
        "meterValue": [
            {
                "timestamp": "2026-11-22T07:33:13.000Z",
                "sampledValue": [
                    {
                        "value": "1234567",
                        "context": "Sample.Periodic",
                        "measurand": "Energy.Active.Import.Register",
                        "unit": "Wh",
                    },
                    {"value": "7360.5", "measurand": "Power.Active.Import", "unit": "W"},
                    {"value": "16.02", "measurand": "Current.Import", "phase": "L1", "unit": "A"},
                    {"value": "230.1", "measurand": "Voltage", "phase": "L1-N", "unit": "V"},
                    {"value": "42", "measurand": "SoC", "unit": "Percent", "location": "EV"},
                ],
            }
        ],
    },
    "StartTransaction": {
        "connectorId": 1,
        "idTag": "04A1B2C3D4E5F6",
        "meterStart": 1234567,
        "timestamp": "2026-11-22T07:33:13Z",
    },
    "SetChargingProfile": {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 17,
            "transactionId": 123456,
            "stackLevel": 3,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Absolute",
            "validFrom": "2026-11-22T00:00:00Z",
            "validTo": "2026-11-23T00:00:00Z",
            "chargingSchedule": {
                "duration": 86400,
                "startSchedule": "2026-11-22T00:00:00Z",
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": hour * 3600, "limit": 6.0 + hour * 0.5, "numberPhases": 3}
                    for hour in range(24)
                ],
            },
        },
    },
}

# The public function of that name hands this one to a thread: here only the work itself is to count.
validate = ocpp.messages._validate_payload  # noqa: SLF001 - see above

Contestants = dict[str, Callable[[], object]]


def readers(action: str, text: bytes) -> Contestants:
    reader = ACTIONS[action].request_reader
    schema = json.loads(
        files("ocpp").joinpath("v16", "schemas", f"{action}.json").read_text(encoding="utf-8-sig")
    )
    judge = jsonschema_rs.Draft4Validator(schema)
    as_str = text.decode()

    def ours() -> object:
        frame = read_frame(text)
        assert isinstance(frame, Call)
        return reader.read(frame.payload, text)

    def by_ocpp() -> object:
        message = ocpp.messages.unpack(as_str)
        validate(message, "1.6")
        return getattr(ocpp_calls, action)(**camel_to_snake_case(message.payload))

    def by_jsonschema_rs() -> object:
        frame = json.loads(text)
        judge.validate(frame[3])
        return frame

    return {"ours": ours, "ocpp": by_ocpp, "json + jsonschema-rs": by_jsonschema_rs}


def writers(action: str, text: bytes) -> Contestants:
    reader = ACTIONS[action].request_reader
    frame = read_frame(text)
    assert isinstance(frame, Call)
    message, _ = reader.read(frame.payload, text)
    payload = json.loads(text)[3]
    schema = json.loads(
        files("ocpp").joinpath("v16", "schemas", f"{action}.json").read_text(encoding="utf-8-sig")
    )
    judge = jsonschema_rs.Draft4Validator(schema)
    theirs = getattr(ocpp_calls, action)(**camel_to_snake_case(json.loads(text)[3]))

    def ours() -> object:
        encoded = ENCODER.encode(message)
        reader.read(encoded, encoded)
        return encode_call(MESSAGE_ID, action, msgspec.Raw(encoded))

    def ours_unchecked() -> object:
        return encode_call(MESSAGE_ID, action, message)

    def by_ocpp() -> object:
        said = ocpp.messages.Call(
            MESSAGE_ID, action, remove_nones(snake_to_camel_case(serialize_as_dict(theirs)))
        )
        validate(said, "1.6")
        return said.to_json()

    def by_jsonschema_rs() -> object:
        judge.validate(payload)
        return json.dumps([2, MESSAGE_ID, action, payload], separators=(",", ":"))

    return {
        "ours": ours,
        "ours unchecked": ours_unchecked,
        "ocpp": by_ocpp,
        "json + jsonschema-rs": by_jsonschema_rs,
    }


def turns(text: bytes) -> Contestants:
    action = ACTIONS["MeterValues"]
    assert action.response is not None
    answer = action.response()
    one = Peer(version=Version.OCPP16, side="csms", message_ids=lambda: MESSAGE_ID)
    decode = msgspec.json.Decoder(action.request).decode
    naive = text.replace(b"13.000Z", b"13.000")

    def turn(said: bytes) -> list[bytes]:
        one.receive_text(said, 0.0)
        (event,) = one.events_received()
        one.answer(event.message_id, answer)
        return one.texts_to_send()

    def bare() -> bytes:
        frame = read_frame(text)
        assert isinstance(frame, Call)
        decode(frame.payload)
        return ENCODER.encode((3, frame.message_id, answer))

    assert turn(text) == [bare()]
    return {
        "peer turn": lambda: turn(text),
        "bare msgspec": bare,
        "peer turn, naive timestamp": lambda: turn(naive),
    }


def medians(contestants: Contestants, rng: random.Random) -> dict[str, int]:
    """ns per call, CPU time."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    counts = {}
    for name, run in contestants.items():
        run()
        started = time.process_time_ns()
        run()
        run()
        counts[name] = max(5, int(ROUND_MS * 1e6 * 2 / max(time.process_time_ns() - started, 1000)))
    for _ in range(ROUNDS):
        for name in rng.sample(sorted(contestants), len(contestants)):
            run, count = contestants[name], counts[name]
            started = time.process_time_ns()
            for _ in range(count):
                run()
            times[name].append((time.process_time_ns() - started) / count)
    return {name: round(statistics.median(found)) for name, found in times.items()}


def main() -> int:
    rng = random.Random(SEED)
    texts = {
        action: json.dumps([2, MESSAGE_ID, action, payload], separators=(",", ":")).encode()
        for action, payload in PAYLOADS.items()
    }
    peer = medians(turns(texts["MeterValues"]), rng)
    told = {
        "bench": "codec",
        "unit": "ns of CPU per message, median",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpu": cpu(), "system": platform.platform(), "python": platform.python_version()},
        "versions": {name: version(name) for name in ("chargewright", "msgspec", "ocpp", "jsonschema_rs")},
        "seed": SEED,
        "rounds": ROUNDS,
        "bytes": {action: len(text) for action, text in texts.items()},
        "read": {action: medians(readers(action, text), rng) for action, text in texts.items()},
        "write": {action: medians(writers(action, text), rng) for action, text in texts.items()},
        "peer": peer | {"over bare": peer["peer turn"] - peer["bare msgspec"]},
    }
    print(json.dumps(told, indent=1))
    return 0


def cpu() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


if __name__ == "__main__":
    sys.exit(main())
