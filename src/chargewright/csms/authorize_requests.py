"""Authorize, answered: from the store, and where a contract came with certificates after they were judged."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, cast

from chargewright.clock import Clock
from chargewright.csms.authorization import authorize
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.ports import Store
from chargewright.domain.requests import AuthorizationAnswer, AuthorizationAsked
from chargewright.domain.token import AuthorizationStatus
from chargewright.ids import StationId

__all__ = ["AuthorizeRequests", "ContractCheck"]


class ContractCheck(Protocol):
    """Judges the certificates of a contract (ISO 15118); whoever knows roots and OCSP responders provides it."""

    async def status(self, asked: AuthorizationAsked) -> str:
        """AuthorizeCertificateStatus, `Accepted` where the contract may be used."""
        ...


class AuthorizeRequests:
    """Answers Authorize."""

    def __init__(self, *, store: Store, clock: Clock, contracts: ContractCheck | None = None) -> None:
        """`contracts`: without it a contract is judged by its eMAID alone, and no certificate status is given."""
        self._store = store
        self._clock = clock
        self._contracts = contracts
        self._checks: set[asyncio.Task[None]] = set()
        self.discharges: Callable[[StationId], bool] = _nowhere
        """Whether cars at a station may be discharged (2.1 Q01); whoever knows the sites provides it."""

    def handlers(self) -> Mapping[type, Handler]:
        return {AuthorizationAsked: self.asked}

    def asked(self, inbound: Inbound) -> None:
        """Answer from the store, after the certificates are judged where there are any."""
        asked = cast("AuthorizationAsked", inbound.request)
        if self._contracts is None or not (asked.certificate or asked.certificate_hashes):
            self._answer(inbound, asked, None)
            return
        check = asyncio.get_running_loop().create_task(self._check(self._contracts, inbound, asked))
        self._checks.add(check)
        check.add_done_callback(self._checks.discard)

    async def _check(self, contracts: ContractCheck, inbound: Inbound, asked: AuthorizationAsked) -> None:
        try:
            status = await contracts.status(asked)
        except Exception as error:  # noqa: BLE001  (a provider's bug is answered like a handler's, not left unanswered)
            inbound.failed(error)
            return
        self._answer(inbound, asked, status)

    def _answer(self, inbound: Inbound, asked: AuthorizationAsked, certificate_status: str | None) -> None:
        judge = partial(
            authorize,
            id_token=asked.id_token,
            kind=asked.kind,
            at=self._clock.now(),
            station_id=inbound.station_id,
        )

        def done(info: Any, error: BaseException | None) -> None:
            if error is not None:
                inbound.failed(error)
                return
            if certificate_status not in {None, "Accepted"} and info.status is AuthorizationStatus.ACCEPTED:
                info = replace(info, status=AuthorizationStatus.INVALID)
            accepted = info.status is AuthorizationStatus.ACCEPTED
            both_ways = accepted and self.discharges(inbound.station_id)
            inbound.reply(AuthorizationAnswer(info, certificate_status, both_ways))

        self._store.submit(judge, done)


def _nowhere(_: StationId) -> bool:
    return False
