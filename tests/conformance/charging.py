"""What a station says while somebody charges: the steps that cases of transactions, metering and cost share."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.harness import Csms, RawStation, now

_numbers = itertools.count(1)


def token(id_token: str, kind: str = "ISO14443") -> dict[str, Any]:
    return {"idToken": id_token, "type": kind}


def register(
    wh: float, *, context: str = "Sample.Periodic", at: str | None = None, **more: Any
) -> dict[str, Any]:
    """One meter value of 2.x: the energy register."""
    return {"timestamp": at or now(), "sampledValue": [{"value": wh, "context": context, **more}]}


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
        **more: Any,
    ) -> dict[str, Any]:
        """Send one TransactionEvent and give back its answer."""
        if seq_no is None:
            seq_no, self.seq_no = self.seq_no, self.seq_no + 1
        info: dict[str, Any] = {"transactionId": self.id}
        if state is not None:
            info["chargingState"] = state
        if stopped is not None:
            info["stoppedReason"] = stopped
        payload: dict[str, Any] = {
            "eventType": event,
            "triggerReason": trigger,
            "timestamp": now(),
            "seqNo": seq_no,
            "transactionInfo": info,
            "evse": {"id": self.evse, "connectorId": 1},
            **more,
        }
        if by is not None:
            payload["idToken"] = token(by) if isinstance(by, str) else by
        if meter is not None:
            payload["meterValue"] = meter
        return await self.station.call(
            "TransactionEvent", {k: v for k, v in payload.items() if v is not None}
        )

    async def status(self, status: str) -> None:
        """Tell a connector's status in both of the ways that 2.0.1 has."""
        await self.station.call(
            "StatusNotification",
            {"timestamp": now(), "connectorStatus": status, "evseId": self.evse, "connectorId": 1},
        )
        await self.station.call(
            "NotifyEvent",
            {
                "generatedAt": now(),
                "seqNo": 0,
                "eventData": [
                    {
                        "eventId": next(_numbers),
                        "timestamp": now(),
                        "trigger": "Delta",
                        "actualValue": status,
                        "eventNotificationType": "HardWiredNotification",
                        "component": {"name": "Connector", "evse": {"id": self.evse, "connectorId": 1}},
                        "variable": {"name": "AvailabilityState"},
                    }
                ],
            },
        )

    async def plug_in(self, event: str = "Started", **more: Any) -> dict[str, Any]:
        await self.status("Occupied")
        return await self.tell(event, "CablePluggedIn", state="EVConnected", **more)

    async def charge(self, by: str, **more: Any) -> dict[str, Any]:
        """From an empty EVSE to energy flowing: cable, card, energy. Gives the answer to the card."""
        await self.plug_in()
        answer = await self.tell("Updated", "Authorized", by=by)
        await self.tell("Updated", "ChargingStateChanged", state="Charging", **more)
        return answer

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
