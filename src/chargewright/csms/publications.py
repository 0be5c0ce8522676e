"""Firmware that a station fetches once and offers to the others in its network (OCPP 2.x part 2, L03 and L04)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from chargewright.clock import Clock
from chargewright.csms.commands import Commands
from chargewright.csms.errands import Errands, after_answer
from chargewright.csms.firmware_images import FirmwareImages
from chargewright.csms.ports import Bus, Records, Shelf, Store
from chargewright.csms.provisioning import Provisioning
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.firmware import (
    FirmwareReply,
    Progress,
    Publication,
    PublishFirmware,
    PublishingTold,
    UnpublishFirmware,
)
from chargewright.errors import ChargewrightError, InvalidInput
from chargewright.ids import StationId

__all__ = ["PATIENCE", "Publications"]

PATIENCE: Final = timedelta(hours=24)

_ENDS: Final = {
    "DownloadFailed": "failed",
    "InvalidChecksum": "failed",
    "PublishFailed": "failed",
    "Published": "done",
}
_GONE: Final = frozenset({"Unpublished", "NoFirmware"})

_PUBLICATIONS: Final = Shelf("firmware-publication", Publication)


class Publications:
    """Has stations publish images, and withdraw them."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        provisioning: Provisioning,
        commands: Commands,
        images: FirmwareImages,
    ) -> None:
        self._store = store
        self._clock = clock
        self._provisioning = provisioning
        self._commands = commands
        self._images = images
        self._errands = Errands(
            _PUBLICATIONS, _ENDS, store=store, bus=bus, clock=clock, changed=_with_progress
        )

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`: a status is answered once it is durable."""
        return {PublishingTold: self._told}

    async def publish(
        self,
        station_id: StationId,
        image_id: str,
        *,
        retries: int | None = None,
        retry_interval_s: int | None = None,
    ) -> Publication:
        """Have a station publish an image; returns when it answered.

        Raises:
            NotFound: no such station, no such image.
            InvalidInput: the image lies elsewhere and nobody said its MD5, which the message needs.

        """
        self._provisioning.require(station_id)
        image, now = await self._images.image(image_id), self._clock.now()
        if not image.md5:
            raise InvalidInput("the MD5 of the image is not known", where="firmware")
        begun = await self._store.commit(
            lambda records: self._errands.begin(
                records, station_id, lambda number: Publication(number, image.id, image.md5, now)
            )
        )
        try:
            order = PublishFirmware(
                begun.number,
                await self._images.location(image, station_id),
                image.md5,
                retries,
                retry_interval_s,
            )
            outcome = await self._commands.order(station_id, order)
        except ChargewrightError as why:
            reason = str(why)
            return await self._errands.change(
                station_id, begun.number, lambda _, p: _with_progress(p, p.progress.become("refused", reason))
            )
        return await self._errands.change(
            station_id, begun.number, lambda _, p: _with_progress(p, after_answer(p.progress, outcome))
        )

    async def withdraw(self, station_id: StationId, number: int) -> tuple[CommandOutcome, Publication]:
        """Have a station offer an image no more; returns its answer, and the publication as it is then.

        Raises:
            NotFound: no such publication.

        """
        publication = await self._errands.one(station_id, number)
        outcome = await self._commands.order(station_id, UnpublishFirmware(publication.checksum))
        if isinstance(outcome.result, FirmwareReply) and outcome.result.status in _GONE:
            reason = outcome.result.status
            publication = await self._errands.change(
                station_id, number, lambda _, p: _with_progress(p, p.progress.become("withdrawn", reason))
            )
        return outcome, publication

    async def newest(self, station_id: StationId, limit: int = 50) -> list[Publication]:
        return await self._errands.newest(station_id, limit)

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone, and what it published with it."""
        records.delete_items(_PUBLICATIONS, station_id)

    def _told(self, inbound: Any) -> None:
        station_id, told = inbound.station_id, inbound.request

        def amend(publication: Publication) -> Publication:
            return replace(publication, locations=told.locations) if told.locations else publication

        self._errands.heard(
            inbound, lambda records: self._errands.meant(records, station_id, told.request_id), amend
        )


def _with_progress(publication: Publication, progress: Progress) -> Publication:
    return replace(publication, progress=progress)
