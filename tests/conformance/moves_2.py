"""Moves that many cases of 2.0.1 share: what a station says of its connectors and its transactions."""

import itertools
from typing import Any

from tests.conformance.harness import RawStation, now

_transactions = itertools.count(1)
_events = itertools.count(1)


def event_data(component: dict[str, Any], variable: str, value: str, **more: Any) -> dict[str, Any]:
    """One element of a NotifyEvent: a hardwired notification of a change, unless told otherwise."""
    return {
        "eventId": next(_events),
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


class Transaction:
    """A transaction of one EVSE, told event by event."""

    def __init__(self, station: RawStation, *, evse: int = 1) -> None:
        self.station = station
        self.evse = evse
        self.id = f"TX-{next(_transactions)}"
        self._numbers = itertools.count()

    async def tell(
        self, kind: str, trigger: str, *, state: str | None = "Charging", **more: Any
    ) -> dict[str, Any]:
        """TransactionEvent; the keyword `info` adds to transactionInfo."""
        info = {"transactionId": self.id, **more.pop("info", {})}
        if state is not None:
            info["chargingState"] = state
        return await self.station.call(
            "TransactionEvent",
            {
                "eventType": kind,
                "timestamp": now(),
                "triggerReason": trigger,
                "seqNo": next(self._numbers),
                "transactionInfo": info,
                "evse": {"id": self.evse, "connectorId": 1},
                **more,
            },
        )

    async def charging(self, token: str) -> None:
        """Cable in, authorized, energy flows."""
        await connector(self.station, "Occupied", evse=self.evse)
        await self.tell("Started", "CablePluggedIn", state="EVConnected")
        answer = await self.tell("Updated", "Authorized", state="EVConnected", idToken=id_token(token))
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await self.tell("Updated", "ChargingStateChanged")

    async def stop_and_leave(self, token: str) -> None:
        """Authorized to stop, cable out."""
        await self.tell("Updated", "StopAuthorized", state="EVConnected", idToken=id_token(token))
        await self.tell(
            "Ended", "EVCommunicationLost", state="Idle", info={"stoppedReason": "EVDisconnected"}
        )

    async def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        page = await self.station.csms.ok("GET", "/transactions", params={"station": self.station.id})
        (found,) = [t for t in page["items"] if t["station_transaction_id"] == self.id]
        return found


def id_token(token: str) -> dict[str, str]:
    return {"idToken": token, "type": "ISO14443"}


def meter_value(context: str = "Trigger", value: float = 1234.0) -> list[dict[str, Any]]:
    return [{"timestamp": now(), "sampledValue": [{"value": value, "context": context}]}]


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
