"""Take a station into service: learn what it can, and give every EVSE its permanent base profile.

Until that profile is confirmed the station counts at its rating, because nothing keeps it below.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from chargewright.charging.compiler import compile_limit
from chargewright.charging.profile import OperationMode, Purpose, StationAbilities
from chargewright.charging.site import Evse, EvseKey
from chargewright.charging.timeline import Timeline
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Priority
from chargewright.csms.installation import Installer
from chargewright.csms.ledger import Ledger
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.station_models import StationModels
from chargewright.domain.commands import ReadVariables, VariablesRead
from chargewright.domain.installation import ProfileState
from chargewright.domain.station import Station
from chargewright.ids import StationId

__all__ = ["BASE_PROFILE_ID", "Commissioner", "abilities_of", "fitted", "learn_abilities"]

log = structlog.get_logger(__name__)

BASE_PROFILE_ID = 1000
"""The base profile of EVSE n has id 1000 + n, its lease 2000 + n: unique on a station, replaced in place."""

_NAMES = {
    "ocpp1.6": {
        "stack": "ChargeProfileMaxStackLevel",
        "unit": "ChargingScheduleAllowedChargingRateUnit",
        "periods": "ChargingScheduleMaxPeriods",
        "profiles": "MaxChargingProfilesInstalled",
    },
    "ocpp2.0.1": {
        "stack": "SmartChargingCtrlr.ProfileStackLevel",
        "unit": "SmartChargingCtrlr.RateUnit",
        "periods": "SmartChargingCtrlr.PeriodsPerSchedule",
    },
}
_BOTH_WAYS = {
    "enabled": "V2XChargingCtrlr/1.Enabled",
    "modes": "V2XChargingCtrlr/1.SupportedOperationModes",
    "modes_of_all": "V2XChargingCtrlr.SupportedOperationModes",
}
"""Asked of 2.1 stations apart from the rest, because few know them. The EVSEs of a station are taken to be alike."""

_BASE_LENGTH = timedelta(days=1)  # of the timeline it is compiled from; the profile itself has no end


def abilities_of(version: str, values: Mapping[str, str]) -> StationAbilities:
    """What a station declares, in the spellings that real ones use; what it does not say stays at its default."""
    names = _names(version)
    told = {what: values.get(name, "") for what, name in names.items()}
    units = {word.strip().casefold() for word in re.split(r"[,;/ ]+", told["unit"]) if word.strip()}
    unit_a = not units or bool(units & {"a", "current"})
    unit_w = not units or bool(units & {"w", "power"})
    return StationAbilities(
        unit_a=unit_a or not unit_w,
        unit_w=unit_w,
        periods_max=_count(told["periods"]),
        stack_level_max=_count(told["stack"]),
        profiles_max=_count(told.get("profiles", "")),
        operation_modes=_modes(values) if version == "ocpp2.1" else None,
    )


def _modes(values: Mapping[str, str]) -> frozenset[OperationMode] | None:
    """The modes beside charging that a 2.1 station says it can; None where it says nothing."""
    told = values.get(_BOTH_WAYS["modes"]) or values.get(_BOTH_WAYS["modes_of_all"])
    if not told:
        return None
    if values.get(_BOTH_WAYS["enabled"], "true").strip().casefold() == "false":
        return frozenset()
    words = {word.strip() for word in told.split(",")}
    return frozenset(mode for mode in OperationMode if mode.value in words)


def fitted(abilities: StationAbilities, evse: Evse) -> StationAbilities:
    """The abilities with the supply of one EVSE: its voltage, its conductors, its minimum current."""
    return replace(
        abilities,
        voltage_v=round(evse.voltage_v),
        number_phases=evse.phases,
        current_min_tenths=round(evse.current_min_a * 10),
    )


def _names(version: str) -> Mapping[str, str]:
    return _NAMES["ocpp1.6" if version == "ocpp1.6" else "ocpp2.0.1"]


def _count(text: str) -> int | None:
    """A number that makes sense as a maximum; stations also send 0, nothing, or words."""
    return int(text) if text.strip().isdigit() and int(text) > 0 else None


async def learn_abilities(
    station: Station, *, commands: Commands, models: StationModels, provisioning: Provisioning
) -> StationAbilities | None:
    """What the station can take: as known, else as it declares now. None: it does not answer."""
    if station.abilities is not None:
        return station.abilities
    version = station.version or "ocpp1.6"
    outcome = await commands.order(
        station.id, ReadVariables(tuple(_names(version).values())), priority=Priority.NORMAL
    )
    if outcome.kind in {"offline", "timeout"}:
        return None
    # A station that cannot answer is taken as others of its model, else at the defaults: the first profile
    # will show what it does.
    told = dict(outcome.result.values) if isinstance(outcome.result, VariablesRead) else {}
    if version == "ocpp2.1":
        beside = await commands.order(
            station.id, ReadVariables(tuple(_BOTH_WAYS.values())), priority=Priority.NORMAL
        )
        told |= beside.result.values if isinstance(beside.result, VariablesRead) else {}
    declared = await models.learn(station, told)
    abilities = models.fitted(station, abilities_of(version, declared))
    await provisioning.change(station.id, lambda s: replace(s, abilities=abilities))
    return abilities


class Commissioner:
    """Brings stations into service, one call per station; `commissioned` is told of each that is."""

    def __init__(
        self,
        *,
        provisioning: Provisioning,
        commands: Commands,
        ledger: Ledger,
        installer: Installer,
        models: StationModels,
        clock: Clock,
        commissioned: Callable[[StationId], None],
    ) -> None:
        self._provisioning = provisioning
        self._commands = commands
        self._ledger = ledger
        self._installer = installer
        self._models = models
        self._clock = clock
        self._commissioned = commissioned

    async def commission(
        self, station_id: StationId, evses: Mapping[EvseKey, Evse], base_tenths: Mapping[EvseKey, int]
    ) -> bool:
        """Learn what the station can, install and verify the base profile of its EVSEs. True: it is in service."""
        station = self._provisioning.require(station_id)
        version = station.version or "ocpp1.6"
        abilities = await learn_abilities(
            station, commands=self._commands, models=self._models, provisioning=self._provisioning
        )
        if abilities is None:
            return False
        for key, evse in evses.items():
            if not await self._install_base(key, evse, abilities, base_tenths[key], version):
                return False
        now = self._clock.now()
        await self._provisioning.change(station_id, lambda s: replace(s, commissioned_at=now))
        self._commissioned(station_id)
        return True

    async def _install_base(
        self, key: EvseKey, evse: Evse, abilities: StationAbilities, tenths: int, version: str
    ) -> bool:
        now = self._clock.now()
        fit = fitted(abilities, evse)
        compiled = compile_limit(
            Timeline.constant(now, now + _BASE_LENGTH, tenths),
            abilities=fit,
            profile_id=BASE_PROFILE_ID + key.evse_id,
            purpose=Purpose.TX_DEFAULT,
        )
        entry = self._ledger.enter(key, compiled.profile, ends_at=None, transaction_id=None)
        entry = await self._installer.install(
            key,
            compiled.profile,
            entry=entry,
            version=version,
            evse=evse,
            abilities=fit,
            transaction=None,
            priority=Priority.LOWER_LIMIT,
        )
        if entry.state is not ProfileState.ACCEPTED:
            log.warning(
                "base_profile_refused", station_id=key.station_id, evse_id=key.evse_id, reason=entry.reason
            )
            return False
        return True
