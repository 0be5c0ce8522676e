"""Payments at stations: settlements kept, VAT numbers checked, payments by web announced (OCPP 2.1 part 2, C18 to C25)."""

from typing import Final, Protocol, cast

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.journals import Journal
from chargewright.csms.ports import Records, Shelf, Store
from chargewright.csms.told import unanswered
from chargewright.domain.answered import Answered
from chargewright.domain.payment import (
    Address,
    PaymentSettled,
    Settlement,
    SettlementAnswer,
    TellWebPayment,
    VatAnswer,
    VatAsked,
    VatCheck,
    WebPayment,
    WebPaymentTold,
)
from chargewright.ids import EvseId, StationId

__all__ = ["EnteredCompanies", "Payments", "VatRegister"]

log = structlog.get_logger(__name__)

NOT_KNOWN: Final = "UnknownVatNumber"

_SETTLEMENTS: Final = Shelf("settlement", Settlement)
_COMPANIES: Final = Shelf("company", Address)
_OWNER: Final = "all"
_CHECKS: Final = Journal(Shelf("vat-check", VatCheck), kept_max=500)
_WEB_PAYMENTS: Final = Journal(Shelf("web-payment", WebPayment), kept_max=500)


class VatRegister(Protocol):
    """Who knows the companies behind VAT numbers. Runs inside a commit: one that asks elsewhere keeps a copy."""

    def company(self, records: Records, vat_number: str) -> Address | None: ...


class EnteredCompanies:
    """The companies that an operator entered; a number is the same with and without spaces and dots."""

    def company(self, records: Records, vat_number: str) -> Address | None:
        return records.item(_COMPANIES, _OWNER, _plain(vat_number))


class Payments:
    """Keeps what stations tell of payments."""

    def __init__(
        self, *, store: Store, clock: Clock, commands: Commands, register: VatRegister | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._commands = commands
        self._register = register or EnteredCompanies()

    def handlers(self) -> dict[type, Handler]:
        """Both are answered once they are durable."""
        return {PaymentSettled: self._settled, VatAsked: self._vat_asked}

    # --- settlements -----------------------------------------------------------------------------------------

    async def settlements(
        self, station_id: StationId, *, after: str = "", limit: int = 100
    ) -> list[Settlement]:
        """By the payment's reference, a page at a time."""
        rows = await self._store.read(
            lambda records: records.items(_SETTLEMENTS, station_id, after=after, limit=limit)
        )
        return [settlement for _, _, settlement in rows]

    def _settled(self, inbound: Inbound) -> None:
        station_id = inbound.station_id
        settlement = Settlement(cast("PaymentSettled", inbound.request), self._clock.now())
        inbound.reply_after(
            self._store,
            lambda records: records.put_item(_SETTLEMENTS, station_id, settlement.told.psp_ref, settlement),
            SettlementAnswer(),
        )

    # --- VAT numbers -----------------------------------------------------------------------------------------

    async def enter_company(self, vat_number: str, company: Address) -> None:
        """Have a VAT number accepted from now on."""
        await self._store.commit(
            lambda records: records.put_item(_COMPANIES, _OWNER, _plain(vat_number), company)
        )

    async def forget_company(self, vat_number: str) -> bool:
        return await self._store.commit(
            lambda records: records.delete_item(_COMPANIES, _OWNER, _plain(vat_number))
        )

    async def vat_checks(self, station_id: StationId, limit: int) -> list[VatCheck]:
        """The numbers that were asked about, the newest first."""
        return list(await self._store.read(lambda records: _CHECKS.newest(records, station_id, limit)))

    def _vat_asked(self, inbound: Inbound) -> None:
        station_id, asked = inbound.station_id, cast("VatAsked", inbound.request)
        now = self._clock.now()

        def work(records: Records) -> VatAnswer:
            company = self._register.company(records, asked.vat_number)
            answer = VatAnswer(company, "" if company is not None else NOT_KNOWN)
            check = VatCheck(now, asked.vat_number, asked.evse_id, company, answer.reason)
            _CHECKS.append(records, station_id, check)
            return answer

        def done(answer: VatAnswer | None, error: BaseException | None) -> None:
            if answer is None:
                inbound.failed(error)
            else:
                inbound.reply(answer)

        self._store.submit(work, done)

    # --- payments by web -------------------------------------------------------------------------------------

    async def web_payment_started(
        self, station_id: StationId, evse_id: EvseId, *, timeout_s: int
    ) -> WebPayment:
        """Tell a station that somebody pays by web for an EVSE, so that it waits that long.

        Raises:
            UnsupportedByVersion: the station's version has no such message. Nothing was sent.

        """
        outcome = await self._commands.order(station_id, TellWebPayment(evse_id, timeout_s))
        answer = Answered("Accepted") if isinstance(outcome.result, WebPaymentTold) else unanswered(outcome)
        made = WebPayment(self._clock.now(), evse_id, timeout_s, answer.status, answer.reason)
        await self._store.commit(lambda records: _WEB_PAYMENTS.append(records, station_id, made))
        return made

    async def web_payments(self, station_id: StationId, limit: int) -> list[WebPayment]:
        """Those that were announced, the newest first."""
        return list(await self._store.read(lambda records: _WEB_PAYMENTS.newest(records, station_id, limit)))

    def forget(self, records: Records, station_id: StationId) -> None:
        """Forget all but the settlements, which are business records."""
        _CHECKS.forget(records, station_id)
        _WEB_PAYMENTS.forget(records, station_id)


def _plain(vat_number: str) -> str:
    return "".join(c for c in vat_number.upper() if c not in " .-")
