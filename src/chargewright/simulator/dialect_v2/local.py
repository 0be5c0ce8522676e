"""Tokens, reservations, customers and vendors' messages in the words of OCPP 2.x (blocks C, D, H, N09, N10, P)."""

from datetime import datetime

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v21 import messages as v21
from chargewright.simulator.blocks.access import LIST_ITEMS_PER_MESSAGE
from chargewright.simulator.blocks.reservations import Reservation
from chargewright.simulator.dialect_v2.words import check_size, parts_of, reason, token_info
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.said import Worded
from chargewright.simulator.station import Station

__all__ = ["LIST_BYTES_MAX", "LocalList"]

LIST_BYTES_MAX = 65_536
CUSTOMER_DATA_LENGTH = 512


class LocalList:
    """What a station knows of its customers, and holds for them."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def handlers(self) -> Handlers:
        return {
            "CancelReservation": self._cancel,
            "ClearCache": self._clear_cache,
            "CustomerInformation": self._customer,
            "DataTransfer": self._data_transfer,
            "GetLocalListVersion": self._version,
            "ReserveNow": self._reserve,
            "SendLocalList": self._send_list,
        }

    def _send_list(self, request: v21.SendLocalListRequest, _at: datetime) -> Struct:
        wire = request.local_authorization_list or []
        check_size(request, len(wire), items_max=LIST_ITEMS_PER_MESSAGE, bytes_max=LIST_BYTES_MAX)
        entries = [
            (data.id_token.id_token, None if data.id_token_info is None else token_info(data.id_token_info))
            for data in wire
        ]
        status = self._station.access.update_list(request.version_number, request.update_type, entries)
        return v21.SendLocalListResponse(status=status)

    def _version(self, _request: v21.GetLocalListVersionRequest, _at: datetime) -> Struct:
        access = self._station.access
        return v21.GetLocalListVersionResponse(
            version_number=access.list_version() if access.list_enabled else 0
        )

    def _clear_cache(self, _request: v21.ClearCacheRequest, _at: datetime) -> Struct:
        cleared = self._station.access.clear_cache()
        return v21.ClearCacheResponse(status="Accepted" if cleared else "Rejected")

    def _reserve(self, request: v21.ReserveNowRequest, at: datetime) -> Struct:
        group = request.group_id_token
        wanted = Reservation(
            request.id,
            request.evse_id or 0,
            request.id_token.id_token,
            None if group is None else group.id_token,
            as_utc(request.expiry_date_time),
        )
        status = self._station.reservations.reserve(wanted, at, connector_type=request.connector_type)
        return v21.ReserveNowResponse(status=status)

    def _cancel(self, request: v21.CancelReservationRequest, at: datetime) -> Struct:
        cancelled = self._station.reservations.cancel(request.reservation_id, at)
        return v21.CancelReservationResponse(status="Accepted" if cancelled else "Rejected")

    def _data_transfer(self, _request: v21.DataTransferRequest, _at: datetime) -> Struct:
        """The station speaks no vendor's own words (P01.FR.05)."""
        return v21.DataTransferResponse(status="UnknownVendorId")

    # --- customers (N09, N10) --------------------------------------------------------------------------------------

    def _customer(self, request: v21.CustomerInformationRequest, at: datetime) -> Struct:
        if not request.report and not request.clear:
            return v21.CustomerInformationResponse(
                status="Rejected", status_info=reason("InvalidValue", "neither report nor clear")
            )
        id_token, identifier = request.id_token, request.customer_identifier
        named = [given for given in (id_token, identifier, request.customer_certificate) if given is not None]
        if len(named) != 1:
            return v21.CustomerInformationResponse(
                status="Invalid", status_info=reason("InvalidValue", "exactly one customer is to be named")
            )
        # The certificate of a contract never reaches a station whose cars do not speak ISO 15118: nobody is known by it.
        known = id_token.id_token if id_token is not None else (identifier or "")
        data = self._known_of(known) if request.report else ""
        if request.clear:
            self._station.access.forget(known)
        if request.report:
            self._report(request.request_id, data, at)
        return v21.CustomerInformationResponse(status="Accepted")

    def _known_of(self, id_token: str) -> str:
        """What the station knows of somebody, as lines."""
        station = self._station
        lines = []
        for place, entries in (("list", station.access.listed), ("cache", station.access.cached)):
            info = entries.get(id_token)
            if info is not None:
                lines.append(f"{place}: {info.status}" + (f", group {info.group}" if info.group else ""))
        lines += [
            f"transaction {t.wire_id}: EVSE {t.evse_id}, {t.started_at.isoformat()}"
            for t in station.transactions
            if t.id_token == id_token
        ]
        return "\n".join(lines)

    def _report(self, request_id: int, data: str, at: datetime) -> None:
        for n, part, more in parts_of(data, CUSTOMER_DATA_LENGTH):
            told = v21.NotifyCustomerInformationRequest(
                data="".join(part),
                seq_no=n,
                generated_at=self._station.clock(at),
                request_id=request_id,
                tbc=more or None,
            )
            self._station.outbox.put(Worded("NotifyCustomerInformation", told))
