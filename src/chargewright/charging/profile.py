"""Charging profiles, version-neutral: what they say, where they are installed, and what a station can take.

Limits are whole tenths: of an ampere **per phase** where the unit is A, of a watt **in total over the phases**
where it is W. OCPP allows one decimal, so tenths are exact; a binary float never holds a limit here.
`None` as a limit means that no limit is given (OCPP 2.1 part 2, K01; 1.6 sections 3.13 and 7.8 to 7.14).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Literal, Self, cast

from chargewright.errors import InvalidInput

__all__ = [
    "PURPOSES_OF",
    "Dialect",
    "Feature",
    "Installed",
    "Kind",
    "LimitAtSoc",
    "OperationMode",
    "Period",
    "Profile",
    "Purpose",
    "RateUnit",
    "Recurrency",
    "ReplaceKey",
    "Schedule",
    "StartMoment",
    "StationAbilities",
    "Version",
    "decimal_of_tenths",
    "tenths_of",
]

Version = Literal["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
"""The sub-protocol names, as the link agreed on them."""

_VERSIONS: Final = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
_LIMIT_MAX: Final = Decimal(10**12)  # a terawatt: beyond it somebody mistook a field


class RateUnit(StrEnum):
    """A is per phase, W is the total over the phases."""

    A = "A"
    W = "W"


class Purpose(StrEnum):
    """What a profile is for, in the words of 2.1; 1.6 calls the first one ChargePointMaxProfile."""

    STATION_MAX = "ChargingStationMaxProfile"
    EXTERNAL_CONSTRAINTS = "ChargingStationExternalConstraints"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"
    PRIORITY_CHARGING = "PriorityCharging"
    LOCAL_GENERATION = "LocalGeneration"


PURPOSES_OF: Final[dict[str, frozenset[Purpose]]] = {
    "ocpp1.6": frozenset({Purpose.STATION_MAX, Purpose.TX_DEFAULT, Purpose.TX}),
    "ocpp2.0.1": frozenset(
        {Purpose.STATION_MAX, Purpose.EXTERNAL_CONSTRAINTS, Purpose.TX_DEFAULT, Purpose.TX}
    ),
    "ocpp2.1": frozenset(Purpose),
}
"""The purposes that each version knows."""


class Kind(StrEnum):
    ABSOLUTE = "Absolute"
    RECURRING = "Recurring"
    RELATIVE = "Relative"
    DYNAMIC = "Dynamic"


class Recurrency(StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"

    @property
    def length_s(self) -> int:
        """How long one occurrence may last: 24 hours or seven times that, counted in UTC."""
        return 86_400 if self is Recurrency.DAILY else 604_800


class OperationMode(StrEnum):
    """What a 2.1 period asks of the EV; absent means CHARGING_ONLY."""

    IDLE = "Idle"
    CHARGING_ONLY = "ChargingOnly"
    CENTRAL_SETPOINT = "CentralSetpoint"
    EXTERNAL_SETPOINT = "ExternalSetpoint"
    EXTERNAL_LIMITS = "ExternalLimits"
    CENTRAL_FREQUENCY = "CentralFrequency"
    LOCAL_FREQUENCY = "LocalFrequency"
    LOCAL_LOAD_BALANCING = "LocalLoadBalancing"


class Feature(StrEnum):
    """What a 2.x station may or may not be able to do, named as its variables are."""

    PHASE_SWITCHING = "ACPhaseSwitchingSupported"
    DYNAMIC_PROFILES = "SupportsDynamicProfiles"
    USE_LOCAL_TIME = "SupportsUseLocalTime"
    RANDOMIZED_DELAY = "SupportsRandomizedDelay"
    LIMIT_AT_SOC = "SupportsLimitAtSoC"
    EVSE_SLEEP = "SupportsEvseSleep"
    MAX_OFFLINE_DURATION = "SupportsMaxOfflineDuration"


def tenths_of(number: Decimal) -> int:
    """Return `number` in whole tenths.

    Raises:
        InvalidInput: it is not a multiple of 0.1, or not a number at all.

    """
    if not number.is_finite() or abs(number) > _LIMIT_MAX:
        raise InvalidInput(f"{number} is not a number that a limit can have")
    tenths = int(number * 10)
    if decimal_of_tenths(tenths) != number:
        raise InvalidInput(f"{number} is not a multiple of 0.1")
    return tenths


def decimal_of_tenths(tenths: int) -> Decimal:
    """Return the number that is written on the wire: 160 is 16.0."""
    return Decimal(tenths).scaleb(-1)


@dataclass(frozen=True, slots=True)
class Period:
    """One step of a schedule; it ends where the next one starts.

    `start_s` counts from the schedule's start. Where `limit_tenths_l2` and `_l3` are given (2.1), `limit_tenths`
    speaks for L1 alone; the same goes for the discharge limits (never positive) and the setpoints.
    """

    start_s: int
    limit_tenths: int | None
    number_phases: int | None = None
    phase_to_use: int | None = None
    limit_tenths_l2: int | None = None
    limit_tenths_l3: int | None = None
    discharge_limit_tenths: int | None = None
    discharge_limit_tenths_l2: int | None = None
    discharge_limit_tenths_l3: int | None = None
    setpoint_tenths: int | None = None
    setpoint_tenths_l2: int | None = None
    setpoint_tenths_l3: int | None = None
    setpoint_reactive_tenths: int | None = None
    v2x_baseline_tenths: int | None = None
    has_frequency_curve: bool = False
    operation_mode: OperationMode | None = None
    evse_sleep: bool = False
    precondition: bool = False


@dataclass(frozen=True, slots=True)
class LimitAtSoc:
    """A lower cap once the battery is fuller than `soc_percent` (2.1)."""

    soc_percent: int
    limit_tenths: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Steps of a limit over time.

    With `use_local_time` (2.1) `start_at` holds the digits of the station's wall clock as though they were UTC.
    `minimum_rate_tenths` is a hint about efficiency, never a reason to exceed a cap.
    """

    unit: RateUnit
    periods: tuple[Period, ...]
    start_at: datetime | None = None
    duration_s: int | None = None
    minimum_rate_tenths: int | None = None
    id: int | None = None
    randomized_delay_s: int | None = None
    use_local_time: bool = False
    limit_at_soc: LimitAtSoc | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """A charging profile in the words of 2.1; 1.6 has exactly one schedule, 2.x one to three."""

    id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    schedules: tuple[Schedule, ...]
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str | None = None
    dyn_update_at: datetime | None = None
    dyn_update_interval_s: int | None = None
    max_offline_duration_s: int | None = None
    invalid_after_offline: bool | None = None


@dataclass(frozen=True, slots=True)
class Installed:
    """A profile on a station: `evse_id` 0 is the station level; in 1.6 it is the connector id."""

    evse_id: int
    profile: Profile
    received_at: datetime


class ReplaceKey(StrEnum):
    """Which installed profiles of another id a new one replaces."""

    EVSE_PURPOSE_LEVEL = "same EVSE, purpose and stack level"
    PURPOSE_LEVEL = "same purpose and stack level anywhere on the station"
    ID_ONLY = "none: 2.x refuses a conflict instead"


class StartMoment(StrEnum):
    """The instant that offsets count from where a profile does not say it."""

    RECEIVED = "when the profile arrived"
    TRANSACTION_STARTED = "when the transaction started"
    POWER_PATH_CLOSED = "when the EVSE became ready to deliver energy"
    NEVER = "never: such a profile says nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one kind of station reads the rules; each field is a switch over a known ambiguity.

    `number_phases_missing`: phases of a period that does not say; None takes the EVSE's own.
    `evse_default_first`: a TxDefaultProfile on an EVSE goes before any on EVSE 0; otherwise the stack level decides.
    `exhausted_hides`: a valid profile hides lower ones even where it defines no period.
    `relative_start`: what Relative counts from. `missing_start`: the same for Absolute and Recurring without a start.
    `valid_to_inclusive`: the profile still holds at the very instant of validTo.
    `minimum_rate_raises`: minChargingRate lifts a lower limit. Unsafe; here to predict stations that do it.
    `default_while_idle`: a TxDefaultProfile shows in a composite schedule without a transaction.
    """

    version: Version
    replace_key: ReplaceKey
    relative_start: StartMoment
    missing_start: StartMoment
    evse_default_first: bool
    exhausted_hides: bool = False
    valid_to_inclusive: bool = False
    number_phases_missing: int | None = 3
    minimum_rate_raises: bool = False
    default_while_idle: bool = True

    @classmethod
    def of(cls, version: str) -> Self:
        """Return what the text of this version says, and its likeliest reading where it says nothing.

        Raises:
            InvalidInput: no such version is known.

        """
        if version not in _VERSIONS:
            raise InvalidInput(f"{version!r} is none of {', '.join(_VERSIONS)}")
        if version == "ocpp1.6":
            return cls(
                version="ocpp1.6",
                replace_key=ReplaceKey.EVSE_PURPOSE_LEVEL,
                relative_start=StartMoment.TRANSACTION_STARTED,
                missing_start=StartMoment.TRANSACTION_STARTED,
                evse_default_first=True,
            )
        return cls(
            version=cast("Version", version),
            replace_key=ReplaceKey.ID_ONLY,
            relative_start=StartMoment.POWER_PATH_CLOSED,
            missing_start=StartMoment.NEVER,
            evse_default_first=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StationAbilities:
    """What a station can take, declared or learnt; None where nothing is known, and then nothing is judged.

    `current_step_tenths` and `current_min_tenths` are tenths of an ampere per phase; `number_phases` and
    `voltage_v` (phase to neutral, nominal) are the supply's. `accepts_zero`: a limit of 0 A pauses and resumes.
    """

    unit_a: bool = True
    unit_w: bool = True
    periods_max: int | None = None
    stack_level_max: int | None = None
    profiles_max: int | None = None
    accepts_zero: bool = True
    current_step_tenths: int = 1
    current_min_tenths: int = 60
    number_phases: int = 3
    voltage_v: int = 230
    direct_current: bool = False
    purposes: frozenset[Purpose] | None = None
    features: frozenset[Feature] | None = None
    operation_modes: frozenset[OperationMode] | None = None
    evse_ids: tuple[int, ...] | None = None
    external_constraints_id_max: int | None = None
