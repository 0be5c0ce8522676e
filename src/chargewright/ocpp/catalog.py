"""Every action of every version: its request, its response, who may send it.

The types come from the generated modules; who sends what is not in the schemas and stands here, after the message
chapters of the three standards (OCPP 1.6 chapters 4 and 5 and the security white paper; part 2 of 2.0.1 and 2.1).
A version's messages are imported when its catalog is first asked for, an action's decoders are made on first use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from types import MappingProxyType, ModuleType
from typing import Literal

from msgspec import Struct

from chargewright.ocpp.reading import PayloadReader
from chargewright.ocpp.tolerance import GUARDED

__all__ = ["Action", "Catalog", "Sender", "Side", "Version", "catalog"]

Side = Literal["csms", "station"]
Sender = Literal["csms", "station", "both"]


class Version(Enum):
    """An OCPP edition. The value is its WebSocket subprotocol."""

    OCPP16 = "ocpp1.6"
    OCPP201 = "ocpp2.0.1"
    OCPP21 = "ocpp2.1"

    @property
    def is_16(self) -> bool:
        """1.6 is a family of its own; 2.0.1 and 2.1 are one."""
        return self is Version.OCPP16


@dataclass(frozen=True)
class Action:
    """One action of one version. `response` is None where nobody answers (2.1's SEND)."""

    name: str
    version: Version
    request: type[Struct]
    response: type[Struct] | None
    sender: Sender

    @property
    def is_send(self) -> bool:
        """Does it travel as SEND, without an answer?"""
        return self.response is None

    def may_be_sent_by(self, side: Side) -> bool:
        return self.sender in {side, "both"}

    @cached_property
    def answers_nothing(self) -> bool:
        """Is the answer always `{}`, because there is nothing that it could say?"""
        return self.response is not None and not self.response.__struct_fields__

    @cached_property
    def plain_answer(self) -> Struct | None:
        """The answer that says nothing; None where an answer must say something."""
        if self.response is None or len(self.response.__struct_defaults__) < len(
            self.response.__struct_fields__
        ):
            return None
        return self.response()

    @cached_property
    def request_reader(self) -> PayloadReader:
        return PayloadReader(self.request, is_16=self.version.is_16, guarded=self.name in GUARDED)

    @cached_property
    def response_reader(self) -> PayloadReader:
        """Raises LookupError for a SEND: it has no answer to read."""
        if self.response is None:
            raise LookupError(f"{self.name} is never answered")
        return PayloadReader(self.response, is_16=self.version.is_16, guarded=self.name in GUARDED)


@dataclass(frozen=True)
class Catalog:
    """All actions of one version, by their names on the wire."""

    version: Version
    actions: Mapping[str, Action]

    @cached_property
    def _calls_to(self) -> dict[Side, dict[str, Action]]:
        def taken(side: Side) -> dict[str, Action]:
            return {name: a for name, a in self.actions.items() if a.sender != side and not a.is_send}

        return {"csms": taken("csms"), "station": taken("station")}

    def __getitem__(self, name: str) -> Action:
        return self.actions[name]

    def get(self, name: str) -> Action | None:
        return self.actions.get(name)

    def calls_to(self, side: Side) -> Mapping[str, Action]:
        """The actions that `side` takes as a CALL, by name."""
        return self._calls_to[side]

    def sent_by(self, side: Side) -> list[str]:
        """Names of what that side may send, sorted."""
        return sorted(name for name, action in self.actions.items() if action.may_be_sent_by(side))


_BOTH = frozenset({"DataTransfer"})

_STATION_16 = """
    Authorize BootNotification DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat MeterValues
    StartTransaction StatusNotification StopTransaction
    LogStatusNotification SecurityEventNotification SignCertificate SignedFirmwareStatusNotification
"""

_STATION_201 = """
    Authorize BootNotification ClearedChargingLimit FirmwareStatusNotification Get15118EVCertificate
    GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation
    NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport
    NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent
"""

# NotifyWebPaymentStarted is the CSMS's: it tells the station that somebody pays on the web for this EVSE (C25).
# Several published lists have it the other way round.
_ADDED_BY_21 = """
    BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop
    NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream
    PullDynamicScheduleUpdate ReportDERControl VatNumberValidation
"""


@cache
def catalog(version: Version) -> Catalog:
    """Every action that `version` knows."""
    match version:
        case Version.OCPP16:
            from chargewright.ocpp.v16 import messages as v16

            return _catalog(version, v16, _STATION_16)
        case Version.OCPP201:
            from chargewright.ocpp.v201 import messages as v201

            return _catalog(version, v201, _STATION_201)
        case Version.OCPP21:
            from chargewright.ocpp.v21 import messages as v21

            return _catalog(version, v21, _STATION_201 + _ADDED_BY_21)


def _catalog(version: Version, messages: ModuleType, station_sends: str) -> Catalog:
    from_station = set(station_sends.split())
    types = vars(messages)
    names = sorted(name.removesuffix("Request") for name in types if name.endswith("Request"))
    assert from_station | _BOTH <= set(names), (
        "a direction is told of an action that this version does not have"
    )
    actions = {}
    for name in names:
        sender: Sender = "both" if name in _BOTH else "station" if name in from_station else "csms"
        actions[name] = Action(name, version, types[f"{name}Request"], types.get(f"{name}Response"), sender)
    return Catalog(version, MappingProxyType(actions))
