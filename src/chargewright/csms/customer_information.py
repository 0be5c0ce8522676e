"""What stations keep of a customer: told in parts, and cleared (2.0.1 N09, N10).

A token that is cleared is taken out of the station's local list as well: the next update would put it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chargewright.csms.local_lists import LocalLists
from chargewright.csms.ports import Store
from chargewright.csms.reports import Reports
from chargewright.domain.reports import Report
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

__all__ = ["Customer", "CustomerInformation"]


@dataclass(frozen=True, slots=True)
class Customer:
    """Who is meant: by exactly one of token, identifier, or the hash data of a certificate as OCPP spells it."""

    id_token: str | None = None
    kind: str | None = None
    identifier: str | None = None
    certificate: Mapping[str, str] | None = None


class CustomerInformation:
    """Asks for and clears customer data."""

    def __init__(self, *, store: Store, reports: Reports, local_lists: LocalLists) -> None:
        self._store = store
        self._reports = reports
        self._local_lists = local_lists

    async def ask(
        self, station_id: StationId, customer: Customer, *, report: bool = True, clear: bool = False
    ) -> Report:
        """Have a station tell (`report`) or forget (`clear`) what it keeps of a customer, or both.

        Raises:
            InvalidInput: nothing is asked for, or not exactly one customer is named.
            UnsupportedByVersion: the station's version has no such order. Nothing was sent.

        """
        if not report and not clear:
            raise InvalidInput("ask for a report, for clearing, or for both", where="report")
        payload: dict[str, object] = {"report": report, "clear": clear, **await self._named(customer)}
        told = await self._reports.order(station_id, "CustomerInformation", payload)
        if clear and told.status == "Accepted" and customer.id_token is not None:
            await self._local_lists.forget(station_id, customer.id_token)
        return told

    async def read(self, station_id: StationId, request_id: int) -> tuple[Report, str]:
        """A report and the text that came with it, as far as it is here. Raises `NotFound`."""
        told, parts = await self._reports.read(station_id, request_id)
        return told, "".join(str(part) for part in parts)

    async def _named(self, customer: Customer) -> dict[str, Any]:
        names = [customer.id_token, customer.identifier, customer.certificate]
        if sum(name is not None for name in names) != 1:
            raise InvalidInput("exactly one of token, identifier and certificate", where="customer")
        if customer.id_token is not None:
            wanted = customer.id_token
            token = await self._store.read(lambda records: records.token(wanted))
            kind = customer.kind or ("ISO14443" if token is None else token.kind)
            return {"idToken": {"idToken": wanted if token is None else token.id_token, "type": kind}}
        if customer.identifier is not None:
            return {"customerIdentifier": customer.identifier}
        return {"customerCertificate": dict(customer.certificate or {})}
