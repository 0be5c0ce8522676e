"""Firmware: images, updates of one station or of many, and images that stations publish to others."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, delete, get, post
from litestar.params import Parameter
from litestar.response import Response
from msgspec import Meta, Struct

from chargewright.adapters.rest.schemas import Filter
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.clock import as_utc
from chargewright.csms.errands import after_answer
from chargewright.csms.firmware import PATIENCE as UPDATE_PATIENCE
from chargewright.csms.firmware import UpdatePlan
from chargewright.csms.publications import PATIENCE as PUBLICATION_PATIENCE
from chargewright.domain.firmware import (
    FirmwareImage,
    FirmwareReply,
    FirmwareUpdate,
    Progress,
    Publication,
    ShownState,
    StatusTold,
)
from chargewright.ids import StationId

__all__ = [
    "FirmwareView",
    "NewFirmware",
    "NewPublication",
    "NewRollout",
    "NewUpdate",
    "PublicationView",
    "RolloutView",
    "StatusView",
    "UpdateOrder",
    "UpdateView",
    "WithdrawalView",
    "delete_firmware",
    "enter_firmware",
    "list_firmware",
    "list_publications",
    "list_updates",
    "publish_firmware",
    "read_firmware",
    "read_rollout",
    "read_update",
    "roll_out",
    "router",
    "status_views",
    "update_station",
    "withdraw_firmware",
]

Text = Annotated[str, Meta(min_length=1, max_length=50)]
Instant = Annotated[datetime, Meta(tz=True)]
Retries = Annotated[int, Meta(ge=0, le=100)]
Interval = Annotated[int, Meta(ge=0, le=86_400)]
Page = Annotated[int, Parameter(ge=1, le=50)]


class NewFirmware(Struct, kw_only=True, forbid_unknown_fields=True):
    """An image: a `file` that is kept here (`POST /files`), or a `location` elsewhere (http, https, ftp, ftps, sftp).

    `vendor` and `model` say which stations it is for; texts may hold `*` and `?`. `version` is what such a station
    names at its boot once it runs. A `signature` (Base64, SHA-256 over the file) is tried against its certificate
    unless `signature_checked` is false.
    """

    version: Text
    vendor: Text = "*"
    model: Text = "*"
    file: str | None = None
    location: Annotated[str, Meta(max_length=512)] | None = None
    sha256: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")] | None = None
    md5: Annotated[str, Meta(pattern="^[0-9a-fA-F]{32}$")] | None = None
    signature: Annotated[str, Meta(min_length=1, max_length=800)] | None = None
    signing_certificate: Annotated[str, Meta(min_length=1, max_length=5500)] | None = None
    signature_checked: bool = True


class FirmwareView(Struct, kw_only=True):
    id: str
    version: str
    vendor: str
    model: str
    file: str | None
    location: str | None
    md5: str
    signed: bool
    created_at: datetime


class UpdateOrder(Struct, kw_only=True, forbid_unknown_fields=True):
    """When and how: `retrieve_at` null is at once, `signed` null is with the signature where the image has one."""

    retrieve_at: Instant | None = None
    install_at: Instant | None = None
    retries: Retries | None = None
    retry_interval_s: Interval | None = None
    signed: bool | None = None

    def plan(self) -> UpdatePlan:
        return UpdatePlan(
            None if self.retrieve_at is None else as_utc(self.retrieve_at),
            None if self.install_at is None else as_utc(self.install_at),
            self.retries,
            self.retry_interval_s,
            self.signed,
        )


class NewUpdate(UpdateOrder, kw_only=True, forbid_unknown_fields=True):
    firmware: str


class NewRollout(UpdateOrder, kw_only=True, forbid_unknown_fields=True):
    filter: Filter


class StatusView(Struct, kw_only=True):
    at: datetime
    status: str


class UpdateView(Struct, kw_only=True):
    """An update. `status`: what the station said last, in OCPP's word; `told`: all of it.

    `version_told`: the version at the last boot since it began to install; `confirmed`: whether it is the one wanted.
    """

    number: int
    firmware: str
    version: str
    state: ShownState
    status: str
    reason: str
    signed: bool
    asked_at: datetime
    heard_at: datetime | None
    retrieve_at: datetime
    install_at: datetime | None
    rollout: int | None
    version_before: str
    version_told: str | None
    confirmed: bool | None
    told: list[StatusView]


class RolloutView(Struct, kw_only=True):
    """One image to many stations; `totals` counts the states, `refused` says why a station is left out."""

    number: int
    firmware: str
    at: datetime
    totals: dict[str, int]
    updates: dict[str, UpdateView]
    refused: dict[str, str]


class NewPublication(Struct, kw_only=True, forbid_unknown_fields=True):
    firmware: str
    retries: Retries | None = None
    retry_interval_s: Interval | None = None


class PublicationView(Struct, kw_only=True):
    """An image that a station offers to others at `locations`, once its state is `done`; `withdrawn`: no more."""

    number: int
    firmware: str
    checksum: str
    state: ShownState
    status: str
    reason: str
    asked_at: datetime
    heard_at: datetime | None
    locations: list[str]
    told: list[StatusView]


class WithdrawalView(Struct, kw_only=True):
    """`status`: the station's word (Unpublished, NoFirmware, DownloadOngoing), "" where it gave none."""

    outcome: Literal["answered", "error", "timeout", "offline"]
    status: str
    reason: str
    publication: PublicationView


# --- images --------------------------------------------------------------------------------------------------


@post("/firmware", summary="Enter a firmware image", status_code=201)
async def enter_firmware(services: Services, data: NewFirmware) -> FirmwareView:
    image = await services.upkeep.images.enter(
        version=data.version,
        vendor=data.vendor,
        model=data.model,
        file_id=data.file,
        location=data.location,
        sha256=data.sha256,
        md5=data.md5 or "",
        signature=data.signature,
        signing_certificate=data.signing_certificate,
        signature_checked=data.signature_checked,
    )
    return _image_view(image)


@get("/firmware", summary="Firmware images, the newest first")
async def list_firmware(services: Services) -> list[FirmwareView]:
    return [_image_view(image) for image in await services.upkeep.images.all()]


@get("/firmware/{image:str}", summary="A firmware image")
async def read_firmware(services: Services, image: str) -> FirmwareView:
    return _image_view(await services.upkeep.images.image(image))


@delete("/firmware/{image:str}", summary="Forget an image and its file; stations can fetch it no more")
async def delete_firmware(services: Services, image: str) -> None:
    await services.upkeep.images.delete(image)


# --- updates -------------------------------------------------------------------------------------------------


@post(
    "/stations/{station_id:str}/firmware-updates",
    summary="Update a station; answers once the station did, or at once with `waiting` while it is away",
    status_code=201,
)
async def update_station(services: Services, station_id: str, data: NewUpdate) -> UpdateView:
    known = services.provisioning.require(StationId(station_id)).id
    return _update_view(services, await services.upkeep.updates.order(known, data.firmware, data.plan()))


@get("/stations/{station_id:str}/firmware-updates", summary="The updates of a station, the newest first")
async def list_updates(services: Services, station_id: str, limit: Page = 50) -> list[UpdateView]:
    known = services.provisioning.require(StationId(station_id)).id
    return [_update_view(services, one) for one in await services.upkeep.updates.newest(known, limit)]


@get("/stations/{station_id:str}/firmware-updates/{number:int}", summary="One update and how far it has come")
async def read_update(services: Services, station_id: str, number: int) -> UpdateView:
    known = services.provisioning.require(StationId(station_id)).id
    return _update_view(services, await services.upkeep.updates.update(known, number))


@post(
    "/firmware/{image:str}/rollouts",
    summary="Update every station that fits a filter; those that are away are sent it when they are back",
    status_code=202,
)
async def roll_out(services: Services, image: str, data: NewRollout) -> Response[RolloutView]:
    meant = services.ordering.meant(data.filter.wanted())
    rollout = await services.upkeep.updates.roll_out(meant, image, data.plan())
    return Response(
        await _rollout_view(services, rollout.number),
        status_code=202,
        headers={"Location": f"/api/v1/firmware-rollouts/{rollout.number}"},
    )


@get("/firmware-rollouts/{number:int}", summary="An image to many stations: how far each has come")
async def read_rollout(services: Services, number: int) -> RolloutView:
    return await _rollout_view(services, number)


# --- publications --------------------------------------------------------------------------------------------


@post(
    "/stations/{station_id:str}/firmware-publications",
    summary="Have a station fetch an image and offer it to others (2.x)",
    status_code=201,
)
async def publish_firmware(services: Services, station_id: str, data: NewPublication) -> PublicationView:
    return _publication_view(
        services,
        await services.upkeep.publications.publish(
            StationId(station_id),
            data.firmware,
            retries=data.retries,
            retry_interval_s=data.retry_interval_s,
        ),
    )


@get(
    "/stations/{station_id:str}/firmware-publications",
    summary="What a station was told to publish, the newest first",
)
async def list_publications(services: Services, station_id: str, limit: Page = 50) -> list[PublicationView]:
    known = services.provisioning.require(StationId(station_id)).id
    found = await services.upkeep.publications.newest(known, limit)
    return [_publication_view(services, one) for one in found]


@delete(
    "/stations/{station_id:str}/firmware-publications/{number:int}",
    summary="Have a station offer an image no more",
    status_code=200,
)
async def withdraw_firmware(services: Services, station_id: str, number: int) -> WithdrawalView:
    known = services.provisioning.require(StationId(station_id)).id
    outcome, publication = await services.upkeep.publications.withdraw(known, number)
    return WithdrawalView(
        outcome=outcome.kind,
        status=outcome.result.status if isinstance(outcome.result, FirmwareReply) else "",
        reason=after_answer(Progress("asked"), outcome).reason,
        publication=_publication_view(services, publication),
    )


# --- shown ---------------------------------------------------------------------------------------------------


def _image_view(image: FirmwareImage) -> FirmwareView:
    return FirmwareView(
        id=image.id,
        version=image.version,
        vendor=image.vendor,
        model=image.model,
        file=image.file_id,
        location=image.location,
        md5=image.md5,
        signed=image.signature is not None,
        created_at=image.created_at,
    )


def status_views(told: tuple[StatusTold, ...]) -> list[StatusView]:
    """What a station told of something, the oldest first."""
    return [StatusView(at=one.at, status=one.status) for one in told]


def _update_view(services: RestServices, update: FirmwareUpdate) -> UpdateView:
    progress = update.progress
    return UpdateView(
        number=update.number,
        firmware=update.image_id,
        version=update.version,
        state=progress.shown(services.clock.now(), since=update.silent_from, patience=UPDATE_PATIENCE),
        status=progress.status,
        reason=progress.reason,
        signed=update.signed,
        asked_at=update.asked_at,
        heard_at=progress.heard_at,
        retrieve_at=update.retrieve_at,
        install_at=update.install_at,
        rollout=update.rollout,
        version_before=update.version_before,
        version_told=update.version_told,
        confirmed=update.confirmed,
        told=status_views(progress.told),
    )


async def _rollout_view(services: RestServices, number: int) -> RolloutView:
    rollout, found = await services.upkeep.updates.rollout(number)
    updates = {station: _update_view(services, update) for station, update in found.items()}
    return RolloutView(
        number=rollout.number,
        firmware=rollout.image_id,
        at=rollout.at,
        totals=dict(Counter(update.state for update in updates.values())),
        updates=updates,
        refused=rollout.refused,
    )


def _publication_view(services: RestServices, publication: Publication) -> PublicationView:
    progress = publication.progress
    return PublicationView(
        number=publication.number,
        firmware=publication.image_id,
        checksum=publication.checksum,
        state=progress.shown(services.clock.now(), since=publication.asked_at, patience=PUBLICATION_PATIENCE),
        status=progress.status,
        reason=progress.reason,
        asked_at=publication.asked_at,
        heard_at=progress.heard_at,
        locations=list(publication.locations),
        told=status_views(progress.told),
    )


def router() -> Router:
    """The routes of this page."""
    return Router(
        "/",
        route_handlers=[
            enter_firmware,
            list_firmware,
            read_firmware,
            delete_firmware,
            update_station,
            list_updates,
            read_update,
            roll_out,
            read_rollout,
            publish_firmware,
            list_publications,
            withdraw_firmware,
        ],
    )
