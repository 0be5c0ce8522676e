"""What goes over a station's counter: payment on the web, a company's VAT number, batteries (2.1 part 2, C24, C25, I, S)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.dialect_v2.tariffs import Tariffs
from chargewright.simulator.dialect_v2.words import reason
from chargewright.simulator.evse import later
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["Counter"]

SWAP_STEP: Final = timedelta(seconds=5)
"""How long somebody takes to put a battery in, and again to take one out."""

SOC_FULL, SOC_BROUGHT = 95.0, 20.0
VAT_NUMBER: Final = "DE123456788"
"""What the driver types who is asked for it."""


@dataclass(slots=True)
class _Battery:
    serial: str
    soc: float


class Counter:
    """The counter of one station. A slot for batteries has the id of an EVSE."""

    def __init__(self, station: Station, tariffs: Tariffs) -> None:
        self._station = station
        self._tariffs = tariffs
        self._brought = 0
        self._slots: list[_Battery | None] = [
            _Battery(f"{station.spec.id}-B{n + 1}"[:50], SOC_FULL) for n in range(station.spec.battery_slots)
        ]
        if self._slots:
            self._slots[-1] = None  # there must be room for the first that is brought
        self.company: v21.Address | None = None
        """Whom the invoice goes to, as the central system found out by the VAT number."""

    def handlers_21(self) -> Handlers:
        return {
            "NotifyWebPaymentStarted": self._web_payment,
            "RequestBatterySwap": self._swap,
        }

    def _web_payment(self, request: v21.NotifyWebPaymentStartedRequest, at: datetime) -> Struct:
        """Somebody pays on the web for an EVSE: cards are not taken there until that is over (C25)."""
        evse = self._station.evses.get(request.evse_id)
        if evse is not None:
            evse.paying_until = later(at, max(request.timeout, 0))
        return v21.NotifyWebPaymentStartedResponse()

    # --- batteries -------------------------------------------------------------------------------------------------

    def _swap(self, request: v21.RequestBatterySwapRequest, at: datetime) -> Struct:
        full = next((n for n, b in enumerate(self._slots) if b is not None and b.soc >= SOC_FULL), None)
        free = next((n for n, b in enumerate(self._slots) if b is None), None)
        if full is None or free is None:
            return v21.RequestBatterySwapResponse(
                status="Rejected", status_info=reason("NoBattery", "no full battery, or no free slot")
            )
        battery = self._slots[full]
        assert battery is not None
        self._brought += 1
        brought = _Battery(f"IN-{self._brought}", SOC_BROUGHT)
        self._slots[free], self._slots[full] = brought, None

        def put_in(_now: datetime) -> None:
            self._tell_swap(request, "BatteryIn", free, brought)

        def taken_out(_now: datetime) -> None:
            self._tell_swap(request, "BatteryOut", full, battery)

        self._station.agenda.plan(at + SWAP_STEP, put_in)
        self._station.agenda.plan(at + 2 * SWAP_STEP, taken_out)
        return v21.RequestBatterySwapResponse(status="Accepted")

    def _tell_swap(
        self,
        request: v21.RequestBatterySwapRequest,
        what: v21.BatterySwapEventEnum,
        slot: int,
        battery: _Battery,
    ) -> None:
        told = v21.BatterySwapRequest(
            battery_data=[
                v21.BatteryData(evse_id=slot + 1, serial_number=battery.serial, soc=battery.soc, soh=98.0)
            ],
            event_type=what,
            id_token=request.id_token,
            request_id=request.request_id,
        )
        self._station.outbox.put(Worded("BatterySwap", told))

    # --- what a driver does at the counter ---------------------------------------------------------------------------

    def type_vat_number(self, _at: datetime) -> bool:
        """A driver wants an invoice, and types a VAT number."""

        def answered(answer: Struct | None, _then: datetime) -> None:
            if isinstance(answer, v21.VatNumberValidationResponse) and answer.status == "Accepted":
                self.company = answer.company

        request = v21.VatNumberValidationRequest(vat_number=VAT_NUMBER)
        self._station.outbox.put(Worded("VatNumberValidation", request, answered))
        return True

    def settle(self, at: datetime) -> bool:
        """The payment terminal settles the last transaction that has ended; False where none has."""
        ended = [t for t in self._station.transactions if t.ended_at is not None]
        if not ended:
            return False
        cost = self._tariffs.cost(ended[-1])
        told = v21.NotifySettlementRequest(
            psp_ref=f"{self._station.spec.id}-{ended[-1].number}",
            status="Settled",
            settlement_amount=0.0 if cost is None else cost.total_cost.total.excl_tax or 0.0,
            settlement_time=self._station.clock(at),
            transaction_id=ended[-1].wire_id,
            vat_company=self.company,
            vat_number=None if self.company is None else VAT_NUMBER,
        )
        self._station.outbox.put(Worded("NotifySettlement", told))
        return True
