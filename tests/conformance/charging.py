"""What stations say and answer in many cases: connectors, transactions, meter values, variables."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.harness import Csms, RawStation, now

_numbers = itertools.count(1)


def id_token(token: str, kind: str = "ISO14443") -> dict[str, Any]:
    return {"idToken": token, "type": kind}


def register(
    wh: float, *, context: str = "Sample.Periodic", at: str | None = None, **more: Any
) -> dict[str, Any]:
    """One meter value of 2.x: the energy register."""
    return {"timestamp": at or now(), "sampledValue": [{"value": wh, "context": context, **more}]}


def event_data(component: dict[str, Any], variable: str, value: str, **more: Any) -> dict[str, Any]:
    """One element of a NotifyEvent: a hardwired notification of a change, unless told otherwise."""
    return {
        "eventId": next(_numbers),
        "timestamp": now(),
        "trigger": "Delta",
        "actualValue": value,
        "eventNotificationType": "HardWiredNotification",
        "component": component,
        "variable": {"name": variable},
        **more,
    }


async def notify(station: RawStation, *data: dict[str, Any]) -> dict[str, Any]:
    return await station.call("NotifyEvent", {"generatedAt": now(), "seqNo": 0, "eventData": list(data)})


async def connector(station: RawStation, status: str, *, evse: int = 1, connector_id: int = 1) -> None:
    """Tell a connector's state in both ways that 2.0.1 has."""
    told = {
        "timestamp": now(),
        "connectorStatus": status,
        "evseId": evse,
        "connectorId": connector_id,
    }
    assert await station.call("StatusNotification", told) == {}
    seat = {"name": "Connector", "evse": {"id": evse, "connectorId": connector_id}}
    assert await notify(station, event_data(seat, "AvailabilityState", status)) == {}


@dataclass
class Charging:
    """One transaction of a 2.x station; numbers its events itself."""

    station: RawStation
    evse: int = 1
    id: str = field(default_factory=lambda: f"tx-{next(_numbers):06d}")
    seq_no: int = 0

    async def tell(
        self,
        event: str,
        trigger: str,
        *,
        state: str | None = None,
        by: str | dict[str, Any] | None = None,
        stopped: str | None = None,
        meter: list[dict[str, Any]] | None = None,
        seq_no: int | None = None,
        info: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Send one TransactionEvent and give back its answer; `info` adds to transactionInfo."""
        if seq_no is None:
            seq_no, self.seq_no = self.seq_no, self.seq_no + 1
        about: dict[str, Any] = {"transactionId": self.id, **(info or {})}
        if state is not None:
            about["chargingState"] = state
        if stopped is not None:
            about["stoppedReason"] = stopped
        payload: dict[str, Any] = {
            "eventType": event,
            "triggerReason": trigger,
            "timestamp": now(),
            "seqNo": seq_no,
            "transactionInfo": about,
            "evse": {"id": self.evse, "connectorId": 1},
            **more,
        }
        if by is not None:
            payload["idToken"] = id_token(by) if isinstance(by, str) else by
        if meter is not None:
            payload["meterValue"] = meter
        return await self.station.call(
            "TransactionEvent", {k: v for k, v in payload.items() if v is not None}
        )

    async def status(self, status: str) -> None:
        await connector(self.station, status, evse=self.evse)

    async def plug_in(self, event: str = "Started", **more: Any) -> dict[str, Any]:
        await self.status("Occupied")
        return await self.tell(event, "CablePluggedIn", state="EVConnected", **more)

    async def charge(self, by: str, **more: Any) -> dict[str, Any]:
        """From an empty EVSE to energy flowing: cable, card, energy. Gives the answer to the card."""
        await self.plug_in()
        answer = await self.tell("Updated", "Authorized", by=by)
        await self.tell("Updated", "ChargingStateChanged", state="Charging", **more)
        return answer

    async def stop_and_leave(self, by: str) -> None:
        """Authorized to stop, cable out."""
        await self.tell("Updated", "StopAuthorized", state="EVConnected", by=by)
        await self.tell("Ended", "EVCommunicationLost", state="Idle", stopped="EVDisconnected")

    async def record(self) -> dict[str, Any]:
        """The transaction as the API shows it."""
        found = await self.of(self.station.csms)
        assert len(found) == 1, f"{len(found)} transactions are called {self.id}"
        return found[0]

    async def of(self, csms: Csms) -> list[dict[str, Any]]:
        page = await csms.ok("GET", "/transactions", params={"station": self.station.id})
        return [item for item in page["items"] if item["station_transaction_id"] == self.id]


def status_of(answer: dict[str, Any]) -> str:
    return str(answer["idTokenInfo"]["status"])


@dataclass
class Session:
    """One transaction of a 1.6 station."""

    station: RawStation
    connector: int = 1
    number: int = 0
    """The id that the central system gave it."""

    async def status(self, status: str, *, error: str = "NoError") -> None:
        told = {"connectorId": self.connector, "errorCode": error, "status": status, "timestamp": now()}
        assert await self.station.call("StatusNotification", told) == {}

    async def start(
        self, by: str, *, meter: int = 1000, at: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Start it; gives back idTagInfo."""
        told = {"connectorId": self.connector, "idTag": by, "meterStart": meter, "timestamp": at or now()}
        answer = await self.station.call("StartTransaction", {**told, **more})
        self.number = answer["transactionId"]
        info: dict[str, Any] = answer["idTagInfo"]
        return info

    async def stop(self, *, meter: int = 5000, at: str | None = None, **more: Any) -> dict[str, Any]:
        told = {"transactionId": self.number, "meterStop": meter, "timestamp": at or now(1)}
        return await self.station.call("StopTransaction", {**told, **more})

    async def record(self) -> dict[str, Any]:
        """The transaction as the API shows it."""
        shown: dict[str, Any] = await self.station.csms.ok("GET", f"/transactions/{self.number}")
        return shown


def variables(known: dict[str, str]) -> Any:
    """A standing answer to GetVariables: values by `Component.Variable` or `Component.Variable[instance]`."""

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        results = []
        for asked in payload["getVariableData"]:
            instance = asked["variable"].get("instance")
            name = f"{asked['component']['name']}.{asked['variable']['name']}"
            name = name if instance is None else f"{name}[{instance}]"
            result = {"component": asked["component"], "variable": asked["variable"]}
            if "attributeType" in asked:
                result["attributeType"] = asked["attributeType"]
            if name in known:
                result |= {"attributeStatus": "Accepted", "attributeValue": known[name]}
            else:
                result["attributeStatus"] = "UnknownVariable"
            results.append(result)
        return {"getVariableResult": results}

    return answer


def set_results(status: str | dict[str, str] = "Accepted") -> Any:
    """A standing answer to SetVariables: one status for all, or one by the name of the variable."""

    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "setVariableResult": [
                {
                    "attributeStatus": status
                    if isinstance(status, str)
                    else status.get(wanted["variable"]["name"], "Accepted"),
                    "component": wanted["component"],
                    "variable": wanted["variable"],
                }
                for wanted in payload["setVariableData"]
            ]
        }

    return answer


async def shown_statuses(station: RawStation) -> dict[tuple[int, int], str]:
    """The states of the connectors as the API shows them."""
    found = await station.csms.ok("GET", f"/stations/{station.id}")
    return {(s["evse"], s["connector"]): s["status"] for s in found["statuses"]}
