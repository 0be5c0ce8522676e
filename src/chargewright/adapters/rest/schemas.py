"""Every body that the API takes or gives, as it stands in the OpenAPI document.

Powers in W, energies in Wh, currents in A per conductor, durations in s, times with a zone (given back in UTC).
A field that is absent or null says nothing; a field that nobody knows is refused.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chargewright.csms.ordering import StationFilter
from chargewright.csms.site_definition import NodeDefinition, SiteDefinition
from chargewright.domain.station import Registration
from chargewright.ids import StationId

__all__ = [
    "Abilities",
    "BatchAccepted",
    "BatchRecord",
    "CommandAccepted",
    "CommandAnswer",
    "CommandError",
    "CommandRecord",
    "CompositeComparison",
    "EvseState",
    "Filter",
    "Goals",
    "Limits",
    "LimitsChange",
    "ManyStations",
    "Need",
    "NeedTold",
    "NewSite",
    "NewStation",
    "Notice",
    "Piece",
    "Problem",
    "ProfileEntry",
    "ProfilePeriod",
    "ReadingView",
    "Readings",
    "Replanned",
    "SampleView",
    "Settings",
    "SiteBody",
    "SiteSummary",
    "SiteView",
    "StationChange",
    "StationCreated",
    "StationView",
    "TransactionView",
    "Transactions",
]

SiteName = Annotated[str, Meta(max_length=200)]
SiteKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,62}$")]
StationKey = Annotated[str, Meta(pattern=r"^[^\s/:?#%]{1,48}$")]
"""An identity of OCPP (48 characters at most, 2.0.1) without what would break a URL or HTTP Basic."""

StationPassword = Annotated[str, Meta(min_length=16, max_length=40)]
"""BasicAuthPassword: 16 to 40 characters (OCPP 2.0.1 part 2, A01)."""

NotNegative = Annotated[float, Meta(ge=0)]
EvseNumber = Annotated[int, Meta(ge=1)]


class Problem(Struct, kw_only=True):
    """An error (RFC 9457). `path` names the faulty field or thing."""

    type: str
    title: str
    status: int
    detail: str
    path: str | None = None


# --- sites -------------------------------------------------------------------------------------------------


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a site is charged by plan."""

    goal: str = "balance"
    enabled: bool = True
    lease_s: Annotated[int, Meta(ge=1, le=86_400)] = 900
    base_current_a: NotNegative | None = None
    headroom_percent: Annotated[float, Meta(ge=0, lt=100)] = 0.0
    settle_s: Annotated[float, Meta(ge=0, le=300)] = 5.0
    clock_offset_max_s: Annotated[float, Meta(ge=0, le=3600)] = 5.0
    on_min_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    off_min_s: Annotated[int, Meta(ge=0, le=86_400)] = 0
    dwell_default_s: Annotated[int, Meta(ge=60, le=7 * 86_400)] = 8 * 3600
    energy_default_wh: NotNegative = 30_000.0
    energy_min_default_wh: NotNegative = 0.0
    discharge: bool = False
    discharge_reserve_percent: Annotated[float, Meta(ge=0, le=100)] = 30.0
    discharge_efficiency: Annotated[float, Meta(gt=0, le=1)] = 0.85
    discharge_wear_per_kwh: NotNegative = 0.05
    learn: bool = True
    time_zone: Annotated[str, Meta(max_length=64)] = "UTC"
    prices: list[tuple[datetime, float]] = []
    export_prices: list[tuple[datetime, float]] = []
    energy_value_per_kwh: NotNegative | None = None
    demand_charge_per_kw: NotNegative = 0.0
    peak_expected_w: NotNegative = 0.0
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "EUR"
    energy_tariff: SiteKey | None = None
    price_provider: str | None = None
    price_area: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    carbon_provider: str | None = None
    carbon_area: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    base_load: Literal["none", "load", "site"] = "none"
    base_load_quantile: Annotated[float, Meta(ge=0.5, lt=1)] = 0.9


class SiteBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A site as it is to be: its wires and its settings."""

    name: SiteName = ""
    definition: SiteDefinition
    settings: Settings = Settings()


class NewSite(SiteBody, forbid_unknown_fields=True, kw_only=True):
    id: SiteKey


class SiteSummary(Struct, kw_only=True):
    """One line about a site. `enforced`: its limits hold whatever the stations do that they may do."""

    id: str
    name: str
    goal: str
    enabled: bool
    enforced: bool
    evses: int
    updated_at: datetime


class SiteView(Struct, kw_only=True):
    """A site with what its control says of it. `broken_rows`: where the limits cannot be guaranteed at present."""

    id: str
    name: str
    definition: SiteDefinition
    settings: Settings
    enforced: bool
    broken_rows: list[str]
    base_current_a: dict[str, float]
    """What each EVSE may draw for ever without us, by `station/evse`."""
    updated_at: datetime


class Limits(Struct, kw_only=True):
    """The tree of limits; `limit_kw` for a site that is described by a network."""

    nodes: list[NodeDefinition]
    limit_kw: float | None


class LimitsChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """New limits: every node that is named is replaced, the others stay."""

    nodes: list[NodeDefinition] = []
    limit_kw: Annotated[float, Meta(gt=0)] | UnsetType = UNSET


class Goals(Struct, forbid_unknown_fields=True, kw_only=True):
    """What comes after safety and energy."""

    goal: str
    prices: list[tuple[datetime, float]] = []
    demand_charge_per_kw: NotNegative = 0.0
    currency: Annotated[str, Meta(min_length=3, max_length=3)] = "EUR"


class Replanned(Struct, kw_only=True):
    """A plan was asked for; it is made when the site's changes of the last seconds have come in."""

    site: str
    asked_at: datetime


# --- stations ----------------------------------------------------------------------------------------------


class EvseState(Struct, kw_only=True):
    evse: int
    connector: int
    status: str
    at: datetime
    error: str


class Abilities(Struct, kw_only=True):
    """What was learnt of the station's smart charging."""

    units: list[str]
    periods_max: int | None
    stack_level_max: int | None
    profiles_max: int | None
    accepts_zero: bool
    current_step_a: float
    current_min_a: float
    number_phases: int
    voltage_v: int


class StationView(Struct, kw_only=True):
    id: str
    registration: str
    connected: bool
    connected_at: datetime | None
    remote: str | None
    protocol: str | None
    site: str | None
    evses: list[int]
    statuses: list[EvseState]
    has_password: bool
    reading: str
    vendor: str
    model: str
    serial_number: str
    firmware_version: str
    abilities: Abilities | None
    booted_at: datetime | None
    last_seen_at: datetime | None
    commissioned_at: datetime | None
    """When its permanent base profile was last confirmed; null: it counts at its rating."""


class NewStation(Struct, forbid_unknown_fields=True, kw_only=True):
    """A station to let in. Without `password` one is made, and shown in this answer only."""

    id: StationKey
    password: StationPassword | None = None
    evses: Annotated[tuple[EvseNumber, ...], Meta(min_length=1, max_length=100)] = (1,)
    reading: Literal["strict", "tolerant", "record-only"] = "strict"
    registration: Literal["Accepted", "Pending", "Rejected"] = "Accepted"


class StationCreated(Struct, kw_only=True):
    station: StationView
    password: str | None
    """The generated one, this once; null where it came with the request."""


class StationChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """Only what is named changes. `password`: a new one, or null for a generated one, shown in the answer."""

    password: StationPassword | UnsetType | None = UNSET
    evses: Annotated[list[EvseNumber], Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    reading: Literal["strict", "tolerant", "record-only"] | UnsetType = UNSET
    registration: Literal["Accepted", "Pending", "Rejected"] | UnsetType = UNSET


class ProfilePeriod(Struct, kw_only=True):
    start_s: int
    limit: float | None
    number_phases: int | None


class ProfileEntry(Struct, kw_only=True):
    """One profile that was sent. `state`: sent, accepted, rejected, failed, superseded or ended."""

    entry: int
    evse: int
    profile_id: int
    purpose: str
    kind: str
    stack_level: int
    unit: str
    start_at: datetime | None
    duration_s: int | None
    periods: list[ProfilePeriod]
    transaction: int | None
    state: str
    sent_at: datetime
    settled_at: datetime | None
    ends_at: datetime | None
    accepted: bool
    verification: str
    may_exceed: bool
    reason: str


class Piece(Struct, kw_only=True):
    """A limit between two instants; null: none is given."""

    start: datetime
    end: datetime
    limit: float | None


class CompositeComparison(Struct, kw_only=True):
    """Our composite schedule beside the station's. `agrees` is null where one of them is missing; `why` says which."""

    evse: int
    unit: str
    outcome: str
    ours: list[Piece] | None
    station: list[Piece] | None
    agrees: bool | None
    may_exceed: bool | None
    why: str


class Notice(Struct, kw_only=True):
    """Something a station reported that needed no decision."""

    at: datetime
    action: str
    content: Any


class Need(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a driver wants at an EVSE: so much energy until then."""

    energy_wh: NotNegative | None = None
    departure_at: datetime | None = None
    current_max_a: Annotated[float, Meta(gt=0)] | None = None
    energy_min_wh: NotNegative | None = None
    minimum_by: datetime | None = None
    soc_now_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    soc_target_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    battery_wh: Annotated[float, Meta(gt=0)] | None = None
    discharge_power_w_max: NotNegative | None = None


class NeedTold(Struct, kw_only=True):
    station: str
    evse: int
    energy_wh: float | None
    departure_at: datetime | None
    current_max_a: float | None
    energy_min_wh: float | None = None
    minimum_by: datetime | None = None
    soc_now_percent: float | None = None
    soc_target_percent: float | None = None
    battery_wh: float | None = None
    discharge_power_w_max: float | None = None


# --- commands ----------------------------------------------------------------------------------------------


class CommandError(Struct, kw_only=True):
    """A CALLERROR, or why there is no answer."""

    code: str
    description: str


class CommandAnswer(Struct, kw_only=True):
    """How one command ended. `offline`: never sent; `timeout`: nobody knows whether it took effect."""

    command: int
    outcome: Literal["answered", "error", "timeout", "offline"]
    response: dict[str, Any] | None
    error: CommandError | None
    sent_at: datetime | None
    answered_at: datetime | None


class CommandAccepted(Struct, kw_only=True):
    command: int


class CommandRecord(Struct, kw_only=True):
    """A command with its outcome; `pending` until there is one."""

    command: int
    station: str
    action: str
    payload: Any
    asked_at: datetime
    outcome: Literal["pending", "answered", "error", "timeout", "offline"]
    response: dict[str, Any] | None
    error: CommandError | None
    finished_at: datetime | None


class Filter(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which stations are meant: those that fit all that is said. Texts may hold `*` and `?`."""

    stations: list[str] | None = None
    site: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    version: str | None = None
    registration: Literal["Accepted", "Pending", "Rejected"] | None = None
    connected: bool | None = None

    def wanted(self) -> StationFilter:
        return StationFilter(
            stations=None if self.stations is None else tuple(StationId(s) for s in self.stations),
            site=self.site,
            vendor=self.vendor,
            model=self.model,
            firmware=self.firmware,
            version=self.version,
            registration=None if self.registration is None else Registration(self.registration),
            connected=self.connected,
        )


class ManyStations(Struct, kw_only=True, forbid_unknown_fields=True):
    """One message for all stations that fit."""

    filter: Filter
    payload: dict[str, Any]


class BatchAccepted(Struct, kw_only=True):
    batch: int
    stations: int


class BatchRecord(Struct, kw_only=True):
    """A message to many stations; `totals` counts the outcomes."""

    batch: int
    action: str
    payload: dict[str, Any]
    asked_at: datetime
    totals: dict[str, int]
    stations: dict[str, CommandRecord]


# --- transactions and meter values ---------------------------------------------------------------------------


class TransactionView(Struct, kw_only=True):
    """One transaction. `energy_wh` is null until both meter values are known."""

    id: int
    station: str
    evse: int | None
    connector: int | None
    station_transaction_id: str
    state: str
    token: str | None
    started_at: datetime | None
    ended_at: datetime | None
    meter_start_wh: float | None
    meter_stop_wh: float | None
    energy_wh: float | None
    charging_state: str | None
    reason: str | None
    stopped_by: str | None
    suspect: list[str]
    closed: str
    """Why it was closed here; empty where the station ended it."""
    complete: bool
    """It ended, and nothing of it is known to be missing."""
    missing_seq_nos: list[tuple[int, int]]
    """Ranges of sequence numbers that never came (2.x)."""
    offline_events: int
    reservation: int | None


class Transactions(Struct, kw_only=True):
    """A page in order of id. `next`: pass it as `after` for the next page; null: this was the last."""

    items: list[TransactionView]
    next: int | None


class SampleView(Struct, kw_only=True):
    measurand: str
    value: float | None
    phase: str | None
    location: str | None
    context: str | None
    text: str | None


class ReadingView(Struct, kw_only=True):
    at: datetime
    evse: int
    samples: list[SampleView]
    suspect: bool


class Readings(Struct, kw_only=True):
    transaction: int
    items: list[ReadingView]
