"""Firmware updates of stations, one by one or many at once (1.6 4.5, security paper L01; 2.x part 2, L01, L02).

An update of a station that is away waits and is sent when the station is back. Its statuses are followed to the
end, and the version that the station names at its next boot says whether it is true.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links
from chargewright.csms.errands import ACCEPTED, Errands, after_answer
from chargewright.csms.firmware_images import FirmwareImages, misfit
from chargewright.csms.ports import Bus, Records, Shelf, Store, numbered
from chargewright.csms.provisioning import Provisioning
from chargewright.domain import events
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.firmware import (
    FirmwareImage,
    FirmwareReply,
    FirmwareTold,
    FirmwareUpdate,
    Progress,
    Rollout,
    UpdateFirmware,
)
from chargewright.errors import ChargewrightError, InvalidInput, NotFound
from chargewright.ids import StationId

__all__ = ["PATIENCE", "FirmwareUpdates", "UpdatePlan"]

log = structlog.get_logger(__name__)

PATIENCE: Final = timedelta(hours=24)
"""A station may wait for its transactions to end, or fetch a large image over a poor line, and say nothing meanwhile."""

SENT_AT_ONCE: Final = 50
"""Of one rollout: each of them may fetch the image at once."""

SETTLES_S: Final = 30.0
"""A station that comes back and needs not boot is told after this time; one that boots, then."""

LOOKED_AT: Final = 3
"""Updates of a station that a start looks at."""

_ENDS: Final = {
    "DownloadFailed": "failed",
    "InstallVerificationFailed": "failed",
    "InstallationFailed": "failed",
    "Installed": "done",
    "InvalidSignature": "failed",
}

_UPDATES: Final = Shelf("firmware-update", FirmwareUpdate)
_ROLLOUTS: Final = Shelf("firmware-rollout", Rollout)


@dataclass(frozen=True, slots=True)
class UpdatePlan:
    """When and how. `retrieve_at` None: at once. `signed` None: with its signature, where the image has one."""

    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
    signed: bool | None = None


class FirmwareUpdates:
    """Orders updates and follows them."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        provisioning: Provisioning,
        commands: Commands,
        images: FirmwareImages,
    ) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._provisioning = provisioning
        self._commands = commands
        self._images = images
        self._errands = Errands(_UPDATES, _ENDS, store=store, bus=bus, clock=clock, changed=_with_progress)
        self._watched: set[StationId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        """Take up what waits for stations, and follow their boots."""
        station_ids = [station.id for station in self._provisioning.stations()]

        def watched(records: Records) -> set[StationId]:
            return {
                station_id
                for station_id in station_ids
                for _, update in records.newest_items(_UPDATES, station_id, LOOKED_AT)
                if _to_be_watched(update)
            }

        self._watched = await self._store.read(watched)
        self._unsubscribe = self._bus.subscribe(self._happened, events.StationBooted, events.StationConnected)

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def handlers(self) -> dict[type, Callable[[Any], None]]:
        """For `Dispatch`: a status is answered once it is durable."""
        return {FirmwareTold: self._told}

    # --- orders --------------------------------------------------------------------------------------------

    async def order(self, station_id: StationId, image_id: str, plan: UpdatePlan) -> FirmwareUpdate:
        """Update one station; returns when it answered, or waits because the station is away.

        What the station's version cannot carry, or the station refuses, is in the progress of what is returned.

        Raises:
            NotFound: no such station, no such image.
            InvalidInput: the image is not for this station, or the plan does not fit the image.

        """
        image = await self._images.image(image_id)
        self._judge(image, station_id, plan)
        update = await self._store.commit(
            lambda records: self._begin(records, station_id, image, plan, rollout=None)
        )
        self._watched.add(station_id)
        return await self._send(station_id, update.number)

    async def roll_out(self, station_ids: Sequence[StationId], image_id: str, plan: UpdatePlan) -> Rollout:
        """Update many stations; they are sent in the background. Those that the image is not for are in `refused`."""
        image, at = await self._images.image(image_id), self._clock.now()
        refused: dict[str, str] = {}
        meant: list[StationId] = []
        for station_id in station_ids:
            try:
                self._judge(image, station_id, plan)
            except InvalidInput as why:
                refused[station_id] = why.what
            else:
                meant.append(station_id)

        def keep(records: Records) -> Rollout:
            number = records.new_number("firmware-rollout")
            updates = {
                str(station_id): self._begin(records, station_id, image, plan, rollout=number).number
                for station_id in meant
            }
            rollout = Rollout(number, image.id, at, updates, refused)
            records.put_item(_ROLLOUTS, "", numbered(number), rollout)
            return rollout

        rollout = await self._store.commit(keep)
        self._watched.update(meant)
        self._spawn(self._send_all(rollout))
        return rollout

    async def rollout(self, number: int) -> tuple[Rollout, dict[str, FirmwareUpdate]]:
        """A rollout, and by station how far its update has come, as long as it is kept. Raises `NotFound`."""

        def query(records: Records) -> tuple[Rollout, dict[str, FirmwareUpdate]] | None:
            found = records.item(_ROLLOUTS, "", numbered(number))
            if found is None:
                return None
            updates = {
                station_id: self._errands.item(records, StationId(station_id), update)
                for station_id, update in found.updates.items()
            }
            return found, {name: update for name, update in updates.items() if update is not None}

        found = await self._store.read(query)
        if found is None:
            raise NotFound("no such rollout", where=str(number))
        return found

    async def newest(self, station_id: StationId, limit: int = 50) -> list[FirmwareUpdate]:
        return await self._errands.newest(station_id, limit)

    async def update(self, station_id: StationId, number: int) -> FirmwareUpdate:
        """One update, or `NotFound`."""
        return await self._errands.one(station_id, number)

    def forget(self, records: Records, station_id: StationId) -> None:
        """The station is gone, and its updates with it."""
        self._watched.discard(station_id)
        records.delete_items(_UPDATES, station_id)

    def _judge(self, image: FirmwareImage, station_id: StationId, plan: UpdatePlan) -> None:
        station = self._provisioning.require(station_id)
        # What never booted is looked at when it does.
        if station.booted_at is not None and (why := misfit(image, station)):
            raise InvalidInput(why, where="firmware")
        if plan.signed and image.signature is None:
            raise InvalidInput("the image has no signature", where="signed")

    # --- sending -------------------------------------------------------------------------------------------

    def _begin(
        self,
        records: Records,
        station_id: StationId,
        image: FirmwareImage,
        plan: UpdatePlan,
        *,
        rollout: int | None,
    ) -> FirmwareUpdate:
        now = self._clock.now()

        def make(number: int) -> FirmwareUpdate:
            return FirmwareUpdate(
                number=number,
                image_id=image.id,
                version=image.version,
                asked_at=now,
                retrieve_at=plan.retrieve_at or now,
                install_at=plan.install_at,
                retries=plan.retries,
                retry_interval_s=plan.retry_interval_s,
                signed=image.signature is not None if plan.signed is None else plan.signed,
                rollout=rollout,
            )

        update = self._errands.begin(records, station_id, make)
        self._errands.cancel_older(
            records,
            station_id,
            update,
            lambda older: older.progress.state == "waiting",
            "a newer one was ordered",
        )
        return update

    async def _send_all(self, rollout: Rollout) -> None:
        room = asyncio.Semaphore(SENT_AT_ONCE)

        async def send(station_id: StationId, number: int) -> None:
            async with room:
                try:
                    await self._send(station_id, number)
                except NotFound:  # deleted meanwhile
                    log.info("firmware_not_sent", station_id=station_id, number=number)

        await asyncio.gather(*(send(StationId(name), number) for name, number in rollout.updates.items()))

    async def _send(self, station_id: StationId, number: int) -> FirmwareUpdate:
        """Send an update that waits, if the station is here; nobody else sends it meanwhile."""
        station = self._provisioning.require(station_id)
        if self._links.get(station_id) is None or station.booted_at is None:
            return await self._errands.one(station_id, number)
        update = await self._store.commit(partial(self._take, station_id=station_id, number=number))
        if update is None:
            return await self._errands.one(station_id, number)
        try:
            image = await self._images.image(update.image_id)
            if why := misfit(image, station):
                raise InvalidInput(why, where="firmware")
            order = UpdateFirmware(
                request_id=number,
                location=await self._images.location(image, station_id),
                retrieve_at=update.retrieve_at,
                install_at=update.install_at,
                signature=image.signature if update.signed else None,
                signing_certificate=image.signing_certificate if update.signed else None,
                retries=update.retries,
                retry_interval_s=update.retry_interval_s,
            )
            outcome = await self._commands.order(station_id, order)
        except ChargewrightError as error:
            reason = str(error)
            return await self._errands.change(
                station_id, number, lambda _, u: _with_progress(u, u.progress.become("refused", reason))
            )
        return await self._errands.change(
            station_id,
            number,
            lambda records, found: self._answered(records, station_id, found, outcome),
        )

    def _take(self, records: Records, *, station_id: StationId, number: int) -> FirmwareUpdate | None:
        """Inside a commit: who finds it waiting sends it."""
        update, station = (
            self._errands.item(records, station_id, number),
            self._provisioning.station(station_id),
        )
        if update is None or station is None or update.progress.state != "waiting":
            return None
        asked = Progress("asked", heard_at=self._clock.now())
        return self._errands.put(
            records, station_id, replace(update, progress=asked, version_before=station.firmware_version)
        )

    def _answered(
        self, records: Records, station_id: StationId, update: FirmwareUpdate, outcome: CommandOutcome
    ) -> FirmwareUpdate:
        if isinstance(outcome.result, FirmwareReply) and outcome.result.status in ACCEPTED:
            self._errands.cancel_older(
                records, station_id, update, lambda _: True, "a newer one took its place"
            )
        progress = after_answer(update.progress, outcome)
        if progress.state == "offline":
            progress = progress.become("waiting", progress.reason)
        return _with_progress(update, progress)

    # --- what the station says -----------------------------------------------------------------------------

    def _told(self, inbound: Any) -> None:
        station_id, told = inbound.station_id, inbound.request

        def amend(update: FirmwareUpdate) -> FirmwareUpdate:
            return replace(update, version_told=None) if told.status == "Installing" else update

        self._errands.heard(
            inbound, lambda records: self._errands.meant(records, station_id, told.request_id), amend
        )

    def _happened(self, event: events.Event) -> None:
        if isinstance(event, events.StationBooted) and event.station_id in self._watched:
            station = self._provisioning.station(event.station_id)
            version = "" if station is None else station.firmware_version
            self._spawn(self._booted(event.station_id, version, taken_in=event.registration == "Accepted"))
        elif isinstance(event, events.StationConnected) and event.station_id in self._watched:
            self._spawn(self._came_back(event.station_id))

    async def _booted(self, station_id: StationId, version: str, *, taken_in: bool) -> None:
        def keep(records: Records) -> list[FirmwareUpdate]:
            updates = [update for _, update in records.newest_items(_UPDATES, station_id)]
            for at, update in enumerate(updates):
                if update.progress.state in {"asked", "running", "done"}:
                    updates[at] = self._errands.put(records, station_id, _after_boot(update, version))
                    break
            return updates

        updates = await self._store.commit(keep)
        if not any(_to_be_watched(update) for update in updates):
            self._watched.discard(station_id)
        if taken_in:
            await self._send_waiting(station_id, updates)

    async def _came_back(self, station_id: StationId) -> None:
        await self._clock.sleep_s(SETTLES_S)
        await self._send_waiting(station_id, await self.newest(station_id))

    async def _send_waiting(self, station_id: StationId, updates: Sequence[FirmwareUpdate]) -> None:
        for update in updates:
            if update.progress.state == "waiting":
                await self._send(station_id, update.number)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("firmware_task_failed", error=repr(error))


def _with_progress(update: FirmwareUpdate, progress: Progress) -> FirmwareUpdate:
    return replace(update, progress=progress)


def _after_boot(update: FirmwareUpdate, version: str) -> FirmwareUpdate:
    """A station that boots with the version wanted has it, whether it says Installed or not."""
    progress = update.progress
    if progress.open and version == update.version != update.version_before:
        progress = progress.become("done", "it booted with the new version")
    return replace(update, version_told=version, progress=progress)


def _to_be_watched(update: FirmwareUpdate) -> bool:
    done = update.progress.state == "done"
    return update.progress.open or (done and bool(update.version) and update.confirmed is not True)
