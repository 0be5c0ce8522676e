"""Local list, cache, reservations and data transfer in the words of OCPP 1.6 (sections 5.1, 5.4, 5.6, 5.10, 5.13, 5.15)."""

from datetime import datetime

from msgspec import Struct

from chargewright.clock import as_utc
from chargewright.ocpp.v16 import messages as v16
from chargewright.simulator.blocks.reservations import Reservation
from chargewright.simulator.dialect_v16.tokens import token_info
from chargewright.simulator.handlers import Handlers
from chargewright.simulator.station import Station

__all__ = ["LocalList"]


class LocalList:
    """What decides about tokens at the station itself."""

    def __init__(self, station: Station) -> None:
        self._station = station

    def handlers(self) -> Handlers:
        return {
            "CancelReservation": self._cancel,
            "ClearCache": self._clear_cache,
            "DataTransfer": self._data_transfer,
            "GetLocalListVersion": self._version,
            "ReserveNow": self._reserve,
            "SendLocalList": self._send_list,
        }

    def _send_list(self, request: v16.SendLocalListRequest, _at: datetime) -> Struct:
        access = self._station.access
        if not access.list_enabled:
            return v16.SendLocalListResponse(status="NotSupported")
        entries = [
            (data.id_tag, None if data.id_tag_info is None else token_info(data.id_tag_info))
            for data in request.local_authorization_list or ()
        ]
        status = access.update_list(request.list_version, request.update_type, entries)
        return v16.SendLocalListResponse(status=status)

    def _version(self, _request: v16.GetLocalListVersionRequest, _at: datetime) -> Struct:
        access = self._station.access
        return v16.GetLocalListVersionResponse(
            list_version=access.list_version() if access.list_enabled else -1
        )

    def _clear_cache(self, _request: v16.ClearCacheRequest, _at: datetime) -> Struct:
        cleared = self._station.access.clear_cache()
        return v16.ClearCacheResponse(status="Accepted" if cleared else "Rejected")

    def _reserve(self, request: v16.ReserveNowRequest, at: datetime) -> Struct:
        wanted = Reservation(
            request.reservation_id,
            request.connector_id,
            request.id_tag,
            request.parent_id_tag,
            as_utc(request.expiry_date),
        )
        return v16.ReserveNowResponse(status=self._station.reservations.reserve(wanted, at))

    def _cancel(self, request: v16.CancelReservationRequest, at: datetime) -> Struct:
        cancelled = self._station.reservations.cancel(request.reservation_id, at)
        return v16.CancelReservationResponse(status="Accepted" if cancelled else "Rejected")

    def _data_transfer(self, _request: v16.DataTransferRequest, _at: datetime) -> Struct:
        """The station speaks no vendor's own words (1.6 5.6)."""
        return v16.DataTransferResponse(status="UnknownVendorId")
