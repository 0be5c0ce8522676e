"""What of the deviations of real stations is borne: switches, each with a name, each off where that is the safe side.

Three presets: `strict` bears what the standard asks to bear or what refusing would help nobody with; `tolerant` bears
all that can be understood; `record-only` reads strictly, and keeps what it cannot read without any effect.
Faults that nothing but a person can mend are never borne, with one exception: `keep_transactions`.
"""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from enum import StrEnum
from typing import Final, Literal

from msgspec import Struct

__all__ = [
    "DEFAULTS",
    "FIXED",
    "GUARDED",
    "RECORD_ONLY",
    "STRICT",
    "TOLERANT",
    "TRANSACTION_CLASS",
    "WHAT",
    "Mode",
    "Switch",
    "Tolerance",
    "switched",
]

Mode = Literal["strict", "tolerant", "record-only"]


class Switch(StrEnum):
    """One kind of deviation; `WHAT` says which."""

    CELSIUS = "celsius"
    STOP_REASON = "stop_reason"
    TYPES = "types"
    TIMESTAMPS = "timestamps"
    NULLS = "nulls"
    UNKNOWN_VALUES = "unknown_values"
    EXTRA_PROPERTIES = "extra_properties"
    BOUNDS = "bounds"
    CONNECTORS = "connectors"
    TRANSACTION_IDS = "transaction_ids"
    ACTION_SPELLING = "action_spelling"
    MANY_CALLS = "many_calls"
    NUMERIC_MESSAGE_IDS = "numeric_message_ids"
    SHORT_CALL_ERRORS = "short_call_errors"
    NO_SUBPROTOCOL = "no_subprotocol"
    BOOT_HABITS = "boot_habits"
    BINARY_FRAMES = "binary_frames"
    UNKNOWN_TRANSACTIONS = "unknown_transactions"
    KEEP_TRANSACTIONS = "keep_transactions"


WHAT: Final[Mapping[Switch, str]] = {
    Switch.CELSIUS: "Celcius and Celsius are one unit (1.6 errata)",
    Switch.STOP_REASON: "StopTransaction without a reason: Local is meant (1.6 6.49)",
    Switch.TYPES: "numbers and booleans as text, numbers for text, 300.0 for 300",
    Switch.TIMESTAMPS: "+02 as a zone, a blank for the T, seconds since 1970; without a zone is read in any case",
    Switch.NULLS: "null, an empty text or an empty list for what is absent",
    Switch.UNKNOWN_VALUES: "values that the standard does not name, kept as sent",
    Switch.EXTRA_PROPERTIES: "properties that the message does not have: left out; never in messages of security",
    Switch.BOUNDS: "texts and lists that are too long, numbers beyond their bounds: kept whole",
    Switch.CONNECTORS: "transactions on connector 0 or on one that the station does not have; off: marked suspect",
    Switch.TRANSACTION_IDS: "transaction id -1, 0, negative; a stop without a start; off: marked suspect",
    Switch.ACTION_SPELLING: "heartbeat, HeartbeatRequest and Heartbeat.req for Heartbeat",
    Switch.MANY_CALLS: "several calls at once, up to eight; off: one is read at a time",
    Switch.NUMERIC_MESSAGE_IDS: "message ids that are numbers: answered with the number",
    Switch.SHORT_CALL_ERRORS: "CALLERROR without description or details; off: the call counts as not answered",
    Switch.NO_SUBPROTOCOL: "a handshake that names no OCPP version: 1.6",
    Switch.BOOT_HABITS: "no BootNotification after reconnecting, or one after each: both are usual",
    Switch.BINARY_FRAMES: "messages sent as binary frames, if they are UTF-8",
    Switch.UNKNOWN_TRANSACTIONS: "meter values for a transaction that is not known: kept; off: confirmed, not kept",
    Switch.KEEP_TRANSACTIONS: "messages about transactions that cannot be read: what can be is kept as suspect, "
    "the rest raw, and the station is confirmed",
}

FIXED: Final = frozenset({Switch.CELSIUS, Switch.STOP_REASON, Switch.BOOT_HABITS})
"""On for good: the standard itself asks for it."""

DEFAULTS: Final = FIXED | {
    Switch.CONNECTORS,
    Switch.TRANSACTION_IDS,
    Switch.MANY_CALLS,
    Switch.SHORT_CALL_ERRORS,
    Switch.UNKNOWN_TRANSACTIONS,
}

RECORD_ONLY: Final = "record-only"
"""Counted beside the switches: what was kept without effect because the station is read so."""

TRANSACTION_CLASS: Final = frozenset(
    {"StartTransaction", "StopTransaction", "TransactionEvent", "MeterValues"}
)
"""What cannot be asked for again: `keep_transactions` is about these."""

GUARDED: Final = frozenset(
    {
        "SecurityEventNotification",
        "SignCertificate",
        "CertificateSigned",
        "InstallCertificate",
        "DeleteCertificate",
        "GetInstalledCertificateIds",
        "Get15118EVCertificate",
        "GetCertificateStatus",
        "GetCertificateChainStatus",
        "SignedUpdateFirmware",
        "SignedFirmwareStatusNotification",
        "ExtendedTriggerMessage",
    }
)
"""Messages of security: of these nothing is stripped unseen."""


class Tolerance(Struct, frozen=True):
    """How one station is read. `zone`: of its timestamps without one. `record_only`: see the top of the file."""

    switches: frozenset[Switch] = DEFAULTS
    zone: tzinfo = UTC
    record_only: bool = False


STRICT: Final = Tolerance()
TOLERANT: Final = Tolerance(frozenset(Switch))

_PRESETS: Final[Mapping[str, frozenset[Switch]]] = {
    "strict": DEFAULTS,
    "tolerant": frozenset(Switch),
    "record-only": DEFAULTS | {Switch.KEEP_TRANSACTIONS},
}


def switched(mode: Mode, *changes: Mapping[Switch, bool]) -> frozenset[Switch]:
    """The switches that are on: the preset, then each change in turn; the fixed ones stay on."""
    on = set(_PRESETS[mode])
    for change in changes:
        on |= {switch for switch, is_on in change.items() if is_on}
        on -= {switch for switch, is_on in change.items() if not is_on}
    return frozenset(on) | FIXED
