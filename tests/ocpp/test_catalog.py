"""The catalog: how many actions each version has, what loads when, and what an action is made of."""

import subprocess
import sys

import pytest

from chargewright.ocpp.catalog import Version, catalog
from chargewright.ocpp.codes import Code, code_from_wire, spelling


# Counted in the standards' tables of messages: 1.6 core 28 and security extension 11; 2.0.1; 2.1.
@pytest.mark.parametrize(
    ("version", "actions", "sends"),
    [(Version.OCPP16, 39, 0), (Version.OCPP201, 64, 0), (Version.OCPP21, 91, 1)],
)
def test_every_action_is_there(version: Version, actions: int, sends: int) -> None:
    known = catalog(version).actions
    assert len(known) == actions
    assert sum(action.is_send for action in known.values()) == sends
    assert all(action.name == name and action.version is version for name, action in known.items())
    assert {a.request.__name__ for a in known.values()} == {f"{name}Request" for name in known}


@pytest.mark.parametrize("version", list(Version))
def test_every_action_has_a_sender_and_only_data_transfer_has_two(version: Version) -> None:
    station, csms = set(catalog(version).sent_by("station")), set(catalog(version).sent_by("csms"))
    assert station & csms == {"DataTransfer"}
    assert station | csms == set(catalog(version).actions)


def test_201_is_a_part_of_21_with_the_same_senders() -> None:
    older, newer = catalog(Version.OCPP201).actions, catalog(Version.OCPP21).actions
    assert all(newer[name].sender == action.sender for name, action in older.items())


def test_a_send_has_no_answer_to_read() -> None:
    action = catalog(Version.OCPP21)["NotifyPeriodicEventStream"]
    assert action.is_send
    with pytest.raises(LookupError):
        _ = action.response_reader


def test_the_subprotocols_are_the_registered_names() -> None:
    assert [version.value for version in Version] == ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]


def test_a_version_is_loaded_when_it_is_asked_for() -> None:
    code = (
        "import sys; from chargewright.ocpp.peer import Peer; from chargewright.ocpp.catalog import Version, catalog;"
        "before = {m for m in sys.modules if m.endswith('.messages')};"
        "catalog(Version.OCPP16); after = {m for m in sys.modules if m.endswith('.messages')}; print(sorted(before), sorted(after))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "[] ['chargewright.ocpp.v16.messages']"


def test_codes_are_spelled_as_each_version_spells_them() -> None:
    in_16 = {spelling(code, is_16=True) for code in Code}
    # OCPP-J 1.6, table 7.
    assert in_16 == {
        "NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation",
        "PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation", "GenericError",
    }  # fmt: skip
    # OCPP 2.0.1 part 4, table 8.
    assert {spelling(code, is_16=False) for code in Code} == {
        "FormatViolation", "GenericError", "InternalError", "MessageTypeNotSupported", "NotImplemented", "NotSupported",
        "OccurrenceConstraintViolation", "PropertyConstraintViolation", "ProtocolError", "RpcFrameworkError",
        "SecurityError", "TypeConstraintViolation",
    }  # fmt: skip
    for code in Code:
        assert code_from_wire(spelling(code, is_16=False)) is code
    assert code_from_wire("FormationViolation") is Code.FORMAT_VIOLATION
    assert code_from_wire("OccurenceConstraintViolation") is Code.OCCURRENCE_CONSTRAINT_VIOLATION
    assert {code_from_wire(word) for word in ("", "genericerror", "Teapot")} == {Code.GENERIC_ERROR}
