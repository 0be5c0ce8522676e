"""The world as the services see it: small protocols, implemented by adapters.

`StationLink` one connected station · `Gatekeeper` and `StationPort` what the station port calls ·
`Store` and `Records` what is durable · `Bus` what happened.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, Protocol, TypeVar, runtime_checkable

from chargewright.domain.events import Event
from chargewright.domain.installation import InstalledProfile
from chargewright.domain.logged import LoggedMessage, Wanted
from chargewright.domain.metering import Reading
from chargewright.domain.site import ChargingNeed, SiteRecord
from chargewright.domain.station import Station
from chargewright.domain.token import Token
from chargewright.domain.transaction import Transaction, TransactionEvent
from chargewright.ids import EvseId, SiteId, StationId, TransactionId
from chargewright.translate.tolerance import STRICT, Tolerance

__all__ = [
    "Admission",
    "Bus",
    "CallOutcome",
    "FileVault",
    "Gatekeeper",
    "Handshake",
    "MessageLog",
    "ReadLink",
    "Records",
    "Shelf",
    "ShownCertificate",
    "StationLink",
    "StationPort",
    "Store",
    "numbered",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shelf(Generic[T]):
    """A kind of durable record that is only ever looked up by owner and key; `kind` is a dataclass or Struct.

    The owner is most often a station. Keys sort as text: a number in one is padded with zeros (`numbered`).
    """

    name: str
    kind: type[T]


def numbered(number: int) -> str:
    """A number as a key that sorts by size."""
    return f"{number:012d}"


# --- the station port ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """A client certificate that TLS verified: whom it names (common name and alternative names), until when."""

    names: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a station shows before it is let in. `certificate_wanted`: whoever has no password must show one."""

    station_id: str
    username: str | None
    password: bytes | None
    remote: str
    secure: bool
    certificate: ShownCertificate | None = None
    certificate_wanted: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """Let in (101), or the HTTP status that says why not (401, 404, 503)."""

    status: int
    reason: str = ""
    tolerance: Tolerance = STRICT


class Gatekeeper(Protocol):
    """Decides who may connect. Synchronous: the station port cannot wait before it upgrades a socket."""

    def admit(self, handshake: Handshake) -> Admission: ...


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one call to a station ended. `payload` is the wire answer where kind is `answered`."""

    kind: Literal["answered", "error", "timeout", "invalid", "closed"]
    payload: object = None
    code: str = ""
    description: str = ""


class StationLink(Protocol):
    """One connected station. Payloads are wire objects of `version`; only a translator looks inside."""

    @property
    def station_id(self) -> StationId: ...
    @property
    def version(self) -> str:
        """The subprotocol agreed on: `ocpp1.6`, `ocpp2.0.1` or `ocpp2.1`."""
        ...

    @property
    def remote(self) -> str: ...
    @property
    def connected_at(self) -> datetime: ...
    @property
    def reached_at(self) -> str:
        """Scheme, host and port by which the station reached us, for URLs that it shall fetch; "" if not known."""
        ...

    def answer(self, message_id: str, payload: object) -> None: ...
    def answer_error(self, message_id: str, code: str, description: str) -> None: ...
    def call(self, action: str, payload: object, done: Callable[[CallOutcome], None]) -> None:
        """Queue one call; `done` runs exactly once, whatever happens to the link."""
        ...

    def close(self, code: int, reason: str) -> None: ...


@runtime_checkable
class ReadLink(Protocol):
    """A link whose reading can be changed while it stands."""

    def read_with(self, tolerance: Tolerance) -> None: ...


class StationPort(Protocol):
    """What the gateway tells the central system. All of it runs on the loop and returns at once."""

    def connected(self, link: StationLink) -> None: ...
    def received(self, link: StationLink, message_id: str, action: str, request: object) -> None:
        """One inbound call, well-formed. It is answered exactly once through `link`, now or after a commit."""
        ...

    def sent(self, link: StationLink, action: str, request: object) -> None:
        """One inbound SEND (2.1): nobody may answer it."""
        ...

    def deviated(
        self, link: StationLink, what: str, description: str, *, switch: str = "", frame: bytes = b""
    ) -> None:
        """The station broke a rule: answered already, or borne by `switch`. For counting; `frame` shows it."""
        ...

    def disconnected(self, link: StationLink) -> None: ...


# --- what is durable ---------------------------------------------------------------------------------------


class Records(Protocol):
    """The durable facts, inside one transaction. Reads see the writes before them in the same transaction."""

    # stations
    def station(self, station_id: StationId) -> Station | None: ...
    def stations(self) -> Sequence[Station]: ...
    def put_station(self, station: Station) -> None: ...
    def delete_station(self, station_id: StationId) -> bool: ...

    # tokens
    def token(self, id_token: str) -> Token | None:
        """Look up without regard to upper or lower case (OCPP 1.6, CiString20Type)."""
        ...

    def tokens(self) -> Sequence[Token]: ...
    def put_token(self, token: Token) -> None: ...
    def delete_token(self, id_token: str) -> bool: ...

    # transactions
    def new_transaction_id(self) -> TransactionId:
        """A positive 32-bit integer that was never given before, not even by a commit that failed."""
        ...

    def find_transaction(self, station_id: StationId, wire_id: str) -> TransactionId | None: ...
    def transaction_of_start(self, station_id: StationId, digest: str) -> TransactionId | None:
        """The transaction that a started event with this digest already began."""
        ...

    def append_transaction_event(self, transaction_id: TransactionId, event: TransactionEvent) -> bool:
        """Store one event; False where an equal one (transaction, digest) is stored already.

        The store counts arrivals: `transaction_events` gives them back in `event.arrival`, whatever it held here.
        """
        ...

    def transaction_events(self, transaction_id: TransactionId) -> Sequence[TransactionEvent]: ...
    def put_transaction(self, transaction: Transaction) -> None:
        """Store the folded record, so that lists need no folding."""
        ...

    def transaction(self, transaction_id: TransactionId) -> Transaction | None: ...
    def open_transactions(self, station_id: StationId | None = None) -> Sequence[Transaction]: ...
    def transactions(
        self,
        *,
        station_id: StationId | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after_id: int = 0,
        limit: int = 100,
    ) -> Sequence[Transaction]: ...
    def open_transactions_of_token(self, id_token: str) -> Sequence[Transaction]: ...

    # meter values
    def append_readings(self, station_id: StationId, readings: Iterable[Reading]) -> None:
        """Queue rows for this transaction's one multi-row insert; a row that is stored already is ignored."""
        ...

    def readings(
        self,
        *,
        transaction_id: TransactionId | None = None,
        station_id: StationId | None = None,
        since: datetime | None = None,
        limit: int = 10_000,
    ) -> Sequence[Reading]: ...
    def latest_readings(self) -> Sequence[tuple[StationId, Reading]]:
        """The newest reading of every EVSE that has an open transaction."""
        ...

    # sites, needs, plans
    def site(self, site_id: SiteId) -> SiteRecord | None: ...
    def sites(self) -> Sequence[SiteRecord]: ...
    def put_site(self, site: SiteRecord) -> None: ...
    def charging_needs(self) -> Sequence[ChargingNeed]: ...
    def put_charging_need(self, need: ChargingNeed) -> None:
        """One per EVSE: the newest wins."""
        ...

    def delete_charging_need(self, station_id: StationId, evse_id: EvseId) -> None: ...
    def put_plan(self, site_id: SiteId, at: datetime, plan: bytes) -> None:
        """Keep the plan in force of a site, as JSON."""
        ...

    def plan(self, site_id: SiteId) -> tuple[datetime, bytes] | None: ...

    # the envelope ledger: every charging profile that was ever sent
    def new_entry_id(self) -> int:
        """A ledger entry id that was never given before."""
        ...

    def installed_profiles(self, station_id: StationId | None = None) -> Sequence[InstalledProfile]:
        """Those that a station may still hold: state sent or accepted."""
        ...

    def profile_history(self, station_id: StationId, limit: int = 100) -> Sequence[InstalledProfile]: ...
    def put_installed_profile(self, profile: InstalledProfile) -> None: ...
    def count_profiles(self) -> dict[str, int]:
        """How many profiles ever left (`sent`), and of those `accepted`, `verified`, `diverged`, `rejected`."""
        ...

    # shelves: records of the functional blocks, found by owner and key
    def item(self, shelf: Shelf[T], owner: str, key: str) -> T | None: ...
    def put_item(self, shelf: Shelf[T], owner: str, key: str, item: T) -> None: ...
    def delete_item(self, shelf: Shelf[Any], owner: str, key: str) -> bool: ...
    def delete_items(self, shelf: Shelf[Any], owner: str) -> int:
        """Clear all of one owner; tells how many there were."""
        ...

    def items(
        self, shelf: Shelf[T], owner: str | None = None, *, after: str = "", limit: int = 10_000
    ) -> Sequence[tuple[str, str, T]]:
        """(owner, key, item) by key; a page ends at `limit`, the next one begins after the last key."""
        ...

    def newest_items(self, shelf: Shelf[T], owner: str, limit: int = 100) -> Sequence[tuple[str, T]]:
        """(key, item), the greatest key first."""
        ...

    def new_number(self, name: str) -> int:
        """A positive 32-bit integer never given before under this name (a requestId, a reservationId)."""
        ...

    # what stations told us that has no table of its own
    def append_notice(self, station_id: StationId, at: datetime, action: str, content: bytes) -> None: ...
    def notices(self, station_id: StationId, limit: int = 100) -> Sequence[tuple[datetime, str, bytes]]: ...
    def append_command(self, station_id: StationId, at: datetime, action: str, payload: bytes) -> int: ...
    def finish_command(self, command_id: int, at: datetime, outcome: str, response: bytes) -> None: ...
    def command(
        self, command_id: int
    ) -> tuple[StationId, datetime, str, bytes, datetime | None, str, bytes] | None: ...


class Store(Protocol):
    """Durable facts behind a group commit: what arrives while one commit runs forms the next."""

    def submit(
        self, work: Callable[[Records], T], done: Callable[[T | None, BaseException | None], None]
    ) -> None:
        """Run `work` inside the next transaction; `done(result, None)` runs on the loop after it is durable.

        Works run in the order of submission. One that raises is rolled back alone and gets
        `done(None, error)`; the others of its batch are kept. When nothing can be made durable, every
        work gets `done(None, StoreUnavailable)`.
        """
        ...

    async def commit(self, work: Callable[[Records], T]) -> T:
        """Do what `submit` does, for those who can wait."""
        ...

    async def read(self, query: Callable[[Records], T]) -> T:
        """Run `query` on a consistent snapshot, beside the writer, off the loop."""
        ...

    @property
    def idle(self) -> bool:
        """True when nothing waits for a commit."""
        ...

    @property
    def full(self) -> bool:
        """True when so much waits that the station port should stop reading its sockets."""
        ...


class FileVault(Protocol):
    """Where the bytes of files lie."""

    def writer(self, file_id: str) -> AbstractAsyncContextManager[Callable[[bytes], Awaitable[None]]]:
        """Write a new file: whole and durable once the block ends well, else not there at all."""
        ...

    def read(self, file_id: str, start: int, end: int) -> AsyncIterator[bytes]: ...
    async def delete(self, file_id: str) -> None: ...
    async def keep_only(self, file_ids: set[str]) -> None: ...


class MessageLog(Protocol):
    """Every frame of every station, for a while."""

    async def search(self, station_id: StationId, wanted: Wanted) -> list[LoggedMessage]:
        """What fits, the oldest first: the newest `limit` of it, or those next after `wanted.after`."""
        ...


class Bus(Protocol):
    """What happened, told to whoever listens in this process; never on the path of an answer."""

    def publish(self, event: Event) -> None: ...
    def subscribe(self, listener: Callable[[Event], None], *kinds: type[Event]) -> Callable[[], None]:
        """Call `listener` for each event of `kinds` (none: of all) from now on; the function returned ends it.

        Who does not want MeasurementsRecorded says what it wants: there is one for every message with meter values.
        """
        ...
