"""The file service: what is offered to stations and what they leave here, each under a ticket of its own.

A ticket's token is in the URL that the station is given; only a digest of it is kept. Who carries a ticket needs no
password, so that stations which cannot send one to a file server are served as well.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Final

import structlog

from chargewright.clock import Clock
from chargewright.csms.commands import Links
from chargewright.csms.ports import Bus, FileVault, Records, Shelf, Store
from chargewright.domain.events import FileReceived
from chargewright.domain.files import FilePurpose, FileTicket, StoredFile
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import StationId

__all__ = ["PREFIX", "Files", "TooMuch"]

log = structlog.get_logger(__name__)

PREFIX: Final = "/files/"
TICKET_LASTS: Final = timedelta(days=7)
UPLOAD_BYTES_MAX: Final = 256 * 1024 * 1024

_FILES: Final = Shelf("file", StoredFile)
_TICKETS: Final = Shelf("file_ticket", FileTicket)


class TooMuch(InvalidInput):
    """A file is larger than may be, or the store is full."""


class Files:
    """Keeps files and tickets. `total_bytes_max` bounds all that is kept together."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        links: Links,
        vault: FileVault,
        new_token: Callable[[], str],
        public_url: str | None = None,
        total_bytes_max: int = 8 * 1024**3,
    ) -> None:
        """`public_url`: where stations reach the station port, e.g. `https://csms.example.org:9000`."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._links = links
        self._vault = vault
        self._new_token = new_token
        self._public_url = public_url
        self._total_bytes_max = total_bytes_max
        self._files: dict[str, StoredFile] = {}
        self._tickets: dict[str, FileTicket] = {}
        self._under_way = 0

    async def start(self) -> None:
        """Take up what is there; what was half received is thrown away."""
        files = await self._store.read(lambda records: records.items(_FILES))
        self._files = {file_id: file for _, file_id, file in files}
        tickets = await self._store.read(lambda records: records.items(_TICKETS))
        self._tickets = {digest: ticket for _, digest, ticket in tickets}
        await self._vault.keep_only(set(self._files))

    # --- what there is ---------------------------------------------------------------------------------------

    def all(self, station_id: StationId | None = None) -> list[StoredFile]:
        """The newest first; of one station where it is named."""
        found = [f for f in self._files.values() if station_id is None or f.station_id == station_id]
        return sorted(found, key=lambda f: (f.created_at, f.id), reverse=True)

    def file(self, file_id: str) -> StoredFile:
        """The file, or `NotFound`."""
        found = self._files.get(file_id)
        if found is None:
            raise NotFound("no such file", where=file_id)
        return found

    @property
    def bytes_kept(self) -> int:
        return sum(file.bytes for file in self._files.values())

    async def delete(self, file_id: str) -> None:
        """Forget a file and the tickets to fetch it."""
        self.file(file_id)
        dead = [digest for digest, ticket in self._tickets.items() if ticket.file_id == file_id]

        def forget(records: Records) -> None:
            records.delete_item(_FILES, "", file_id)
            for digest in dead:
                records.delete_item(_TICKETS, "", digest)

        await self._store.commit(forget)
        del self._files[file_id]
        for digest in dead:
            self._tickets.pop(digest, None)
        await self._vault.delete(file_id)

    def content(self, file_id: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to `end`, in parts."""
        file = self.file(file_id)
        return self._vault.read(file.id, start, file.bytes if end is None else end)

    async def keep(
        self,
        name: str,
        purpose: FilePurpose,
        parts: AsyncIterator[bytes],
        *,
        bytes_max: int = UPLOAD_BYTES_MAX,
        station_id: StationId | None = None,
        reference: str = "",
    ) -> StoredFile:
        """Take a file in while it comes. It is there wholly, under its checksum, or not at all.

        Raises:
            TooMuch: it is longer than `bytes_max`, or than what is left of the room for all.

        """
        room = min(bytes_max, self._total_bytes_max - self.bytes_kept - self._under_way)
        file_id = self._new_token()
        digest, size = hashlib.sha256(), 0
        try:
            async with self._vault.writer(file_id) as write:
                async for part in parts:
                    size += len(part)
                    self._under_way += len(part)
                    if size > room:
                        raise TooMuch(f"a file of more than {room} bytes is not taken", where=name)
                    digest.update(part)
                    await write(part)
        finally:
            self._under_way -= size
        file = StoredFile(
            file_id,
            _plain_name(name),
            purpose,
            size,
            digest.hexdigest(),
            self._clock.now(),
            station_id,
            reference,
        )
        await self._store.commit(lambda records: records.put_item(_FILES, "", file_id, file))
        self._files[file_id] = file
        return file

    # --- tickets ---------------------------------------------------------------------------------------------

    async def offer(self, file_id: str, station_id: StationId) -> str:
        """The URL at which a station may fetch a file for a week."""
        file = self.file(file_id)
        ticket = FileTicket(
            "get",
            station_id,
            file.purpose,
            self._clock.now() + TICKET_LASTS,
            file.bytes,
            file_id,
            file.reference,
        )
        return await self._issue(ticket, file.name)

    async def expect(
        self,
        station_id: StationId,
        purpose: FilePurpose,
        *,
        reference: str = "",
        bytes_max: int = UPLOAD_BYTES_MAX,
    ) -> str:
        """The URL at which a station may leave one file within a week."""
        expires_at = self._clock.now() + TICKET_LASTS
        ticket = FileTicket("put", station_id, purpose, expires_at, bytes_max, None, reference)
        return await self._issue(ticket, "")

    async def _issue(self, ticket: FileTicket, name: str) -> str:
        base = self._base_url(ticket.station_id)
        token, now = self._new_token(), self._clock.now()
        digest = _digest(token)
        expired = [known for known, other in self._tickets.items() if other.expires_at <= now]

        def keep(records: Records) -> None:
            records.put_item(_TICKETS, "", digest, ticket)
            for known in expired:
                records.delete_item(_TICKETS, "", known)

        await self._store.commit(keep)
        for known in expired:
            self._tickets.pop(known, None)
        self._tickets[digest] = ticket
        return f"{base}{PREFIX}{token}/{name}" if name else f"{base}{PREFIX}{token}"

    def _base_url(self, station_id: StationId) -> str:
        if self._public_url is not None:
            return self._public_url.rstrip("/")
        link = self._links.get(station_id)
        if link is None or not link.reached_at:
            what = "where it reaches us is not known while it is away: set stations.public_url"
            raise InvalidInput(what, where=station_id)
        return link.reached_at

    def ticket(self, token: str) -> FileTicket | None:
        """The ticket of a token, while it holds."""
        ticket = self._tickets.get(_digest(token))
        return None if ticket is None or ticket.expires_at <= self._clock.now() else ticket

    async def receive(self, token: str, name: str, parts: AsyncIterator[bytes]) -> StoredFile:
        """Take what a station leaves under its ticket, which is used up then. A file cut short leaves it whole.

        Raises:
            NotFound: no such ticket, or it is being used.
            TooMuch: see `keep`.

        """
        digest, ticket = _digest(token), self.ticket(token)
        if ticket is None or ticket.direction != "put":
            raise NotFound("no such ticket", where="file")
        del self._tickets[digest]
        try:
            file = await self.keep(
                name or f"{ticket.purpose}-{ticket.reference or 'file'}",
                ticket.purpose,
                parts,
                bytes_max=ticket.bytes_max,
                station_id=ticket.station_id,
                reference=ticket.reference,
            )
        except BaseException:
            self._tickets[digest] = ticket
            raise
        await self._store.commit(lambda records: records.delete_item(_TICKETS, "", digest))
        log.info("file_received", station_id=ticket.station_id, name=file.name, bytes=file.bytes)
        self._bus.publish(FileReceived(ticket.station_id, file.id, file.created_at, file.reference))
        return file


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _plain_name(name: str) -> str:
    """What a station calls its file, without what could lead out of a folder or upset a terminal."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(char if char.isprintable() else "_" for char in last).lstrip(".")
    return plain[:200] or "file"
