"""The charging profiles of a station: taken or refused, cleared, and laid over each other into the limit of now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chargewright.charging.composite import (
    ActiveTransaction,
    Context,
    EvseContext,
    limit_at,
)
from chargewright.charging.installed import (
    Criteria,
    back_online,
    clear,
    dynamic_updated,
    install,
    transaction_ended,
)
from chargewright.charging.profile import (
    Dialect,
    Feature,
    Installed,
    OperationMode,
    Period,
    Profile,
    RateUnit,
    StationAbilities,
)
from chargewright.charging.rules import Source, violations
from chargewright.charging.setpoint import composite_periods, setpoint_at
from chargewright.simulator.scenario import StationSpec

__all__ = ["ProfileStore"]

Running = Mapping[int, ActiveTransaction]
"""The transactions that run, by EVSE."""

STACK_LEVEL_MAX = 10
PROFILES_MAX = 20
DURATION_MAX_S = 10 * 366 * 86_400
"""Longer schedules are refused, those of profiles and composite ones: the years of a calendar end somewhere."""
FEATURES_21 = frozenset({Feature.DYNAMIC_PROFILES, Feature.MAX_OFFLINE_DURATION})
MODES_21 = frozenset({OperationMode.CHARGING_ONLY, OperationMode.EXTERNAL_LIMITS})
"""Where cars only charge: what asks for more is refused, as a station without V2X does."""
MODES_V2X = MODES_21 | {OperationMode.CENTRAL_SETPOINT}
"""Where they may be told to give energy back."""


@dataclass(slots=True)
class ProfileStore:
    """What is installed, and what that means. Times are those of the station's clock."""

    spec: StationSpec
    installed: tuple[Installed, ...] = ()
    changed: Callable[[], None] = lambda: None
    offline_since: datetime | None = None
    dialect: Dialect = field(init=False)
    unit: RateUnit = field(init=False)
    abilities: StationAbilities = field(init=False)

    def __post_init__(self) -> None:
        spec = self.spec
        self.dialect = Dialect.of(spec.version)
        self.unit = RateUnit(spec.unit)
        self.abilities = StationAbilities(
            unit_a=self.unit is RateUnit.A,
            unit_w=self.unit is RateUnit.W,
            periods_max=spec.periods_max,
            stack_level_max=STACK_LEVEL_MAX,
            profiles_max=PROFILES_MAX,
            number_phases=spec.conductors,
            voltage_v=round(spec.voltage_v),
            evse_ids=tuple(range(1, spec.evses + 1)),
            features=FEATURES_21 if spec.version == "ocpp2.1" else None,
            operation_modes=self.modes if spec.version == "ocpp2.1" else None,
        )

    @property
    def modes(self) -> frozenset[OperationMode]:
        """What a 2.1 station can make of a period."""
        return MODES_V2X if self.spec.v2x else MODES_21

    def put(
        self, evse_id: int, profile: Profile, *, at: datetime, running: Running, source: Source = Source.CSMS
    ) -> str:
        """Install a profile. Returns why not; empty where it is in."""
        spans = [schedule.duration_s or 0 for schedule in profile.schedules]
        spans += [period.start_s for schedule in profile.schedules for period in schedule.periods]
        longest = max(spans)
        if longest > DURATION_MAX_S:
            return f"a schedule of {longest} s is longer than {DURATION_MAX_S} s"
        found = violations(
            profile,
            dialect=self.dialect,
            evse_id=evse_id,
            station=self.abilities,
            installed=self.installed,
            transactions={evse: transaction.id for evse, transaction in running.items()},
            source=source,
            at=at,
        )
        breaches = [f"{v.requirement}: {v.text}" for v in found if v.severity == "violation"]
        if breaches:
            return breaches[0]
        self.installed = install(self.installed, evse_id, profile, at, self.dialect)
        self.changed()
        return ""

    def update_dynamic(self, profile_id: int, period: Period, at: datetime) -> None:
        """Put new values into a Dynamic profile. Raises `NotFound` where there is none with this id."""
        self.installed = dynamic_updated(self.installed, profile_id=profile_id, period=period, at=at)
        self.changed()

    def clear(self, criteria: Criteria) -> bool:
        """Remove what is meant; False where nothing was."""
        self.installed, removed = clear(self.installed, criteria, self.dialect)
        if removed:
            self.changed()
        return bool(removed)

    def impose(self, profile: Profile, at: datetime) -> None:
        """Install a limit for the whole station that nobody at the station may refuse."""
        self.installed = install(self.installed, 0, profile, at, self.dialect)
        self.changed()

    def drop(self, profile_id: int) -> None:
        """Remove what the station set up itself."""
        self.installed = tuple(i for i in self.installed if i.profile.id != profile_id)
        self.changed()

    def transaction_ended(self, evse_id: int, transaction_id: str) -> None:
        """Drop the TxProfiles of a transaction that is over."""
        self.installed = transaction_ended(self.installed, evse_id=evse_id, transaction_id=transaction_id)

    def link_lost(self, at: datetime) -> None:
        """From now on profiles that may rule only so long without a link are counted down (2.1: maxOfflineDuration)."""
        if self.offline_since is None:
            self.offline_since = at
            self._limited_offline_changed()

    def link_back(self, at: datetime) -> None:
        """Drop what has been without a link for too long to count ever again (2.1: invalidAfterOfflineDuration)."""
        since, self.offline_since = self.offline_since, None
        if since is not None:
            self._limited_offline_changed()
            self.installed = back_online(self.installed, offline_since=since, at=at)

    def _limited_offline_changed(self) -> None:
        if any(i.profile.max_offline_duration_s is not None for i in self.installed):
            self.changed()

    def forget(self) -> None:
        """Lose everything, as some stations do when they start anew."""
        self.installed = ()
        self.changed()

    def report(
        self, evse_id: int, *, start: datetime, duration_s: int, unit: RateUnit, running: Running
    ) -> tuple[Period, ...]:
        """Return the composite schedule from `start` on; EVSE 0 is the whole station."""
        return composite_periods(
            self.installed,
            evse_id=evse_id,
            window=(start, start + timedelta(seconds=duration_s)),
            unit=unit,
            context=self._context(running),
            unlimited_tenths=self.hardware_tenths(evse_id, unit),
        )

    def limit_a(self, evse_id: int, *, at: datetime, running: Running) -> tuple[float, datetime]:
        """Return the limit of now in A per conductor, the hardware's included, and until when it surely holds.

        Below 0 the car is to give so much back.
        """
        spec = self.spec
        ask = setpoint_at if spec.v2x else limit_at
        limit, until = ask(
            self.installed, evse_id=evse_id, at=at, unit=self.unit, context=self._context(running)
        )
        if limit is None:
            return spec.current_max_a, until
        limit_a = abs(limit) / 10
        if self.unit is RateUnit.W:
            limit_a /= spec.voltage_v * spec.conductors
        limit_a = min(limit_a, spec.current_max_a)
        if spec.rates_a is not None:
            limit_a = max((rate for rate in spec.rates_a if rate <= limit_a), default=0.0)
        return -limit_a if limit < 0 else limit_a, until

    def hardware_tenths(self, evse_id: int, unit: RateUnit) -> int:
        """What the hardware can give, in tenths of `unit`: what is reported where nothing limits."""
        spec = self.spec
        amps = spec.current_max_a * (spec.evses if evse_id == 0 else 1)
        return round(10 * amps * (1 if unit is RateUnit.A else spec.voltage_v * spec.conductors))

    def _context(self, running: Running) -> Context:
        spec = self.spec
        evses = tuple(
            EvseContext(
                evse_id,
                phases=spec.conductors,
                current_max_tenths=round(spec.current_max_a * 10),
                transaction=running.get(evse_id),
            )
            for evse_id in range(1, spec.evses + 1)
        )
        return Context(
            dialect=self.dialect,
            evses=evses,
            voltage_v=round(spec.voltage_v),
            offline_since=self.offline_since,
        )
