"""Dynamic charging profiles: installed, pushed, and answered when they are pulled (OCPP 2.1 part 2, K28).

A profile either has the values that somebody gave it last, or follows the plan: then a pull is answered with the
limit in force at that EVSE, which every plan counts with already. Without an update for its duration a profile lapses.
Where a plan rules, an EVSE with a profile beside the plan counts at its rating, until its readings obey the plan.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from chargewright.charging.judgement import Source
from chargewright.charging.profile import (
    Dialect,
    Kind,
    OperationMode,
    Period,
    Profile,
    Purpose,
    RateUnit,
    Schedule,
)
from chargewright.charging.rules import violations
from chargewright.charging.site import EvseKey
from chargewright.clock import Clock
from chargewright.csms.commands import Commands, Links, Priority
from chargewright.csms.dispatch import Handler, Inbound
from chargewright.csms.leases import limit_in_force
from chargewright.csms.ledger import Ledger
from chargewright.csms.ports import Records, Shelf, Store, numbered
from chargewright.csms.sites import Sites
from chargewright.csms.told import told, unanswered
from chargewright.csms.transactions import Transactions
from chargewright.domain.answered import Answered
from chargewright.domain.commands import ClearProfiles, InstallProfile, ProfileInstalled, ProfilesCleared
from chargewright.domain.dynamic_profile import (
    DynamicProfile,
    DynamicValues,
    PulledAnswer,
    UpdateDynamicProfile,
    UpdatePulled,
)
from chargewright.errors import InvalidInput, NotFound
from chargewright.ids import EvseId, StationId
from chargewright.translate.own_ids import PROFILE_IDS_FROM
from chargewright.translate.translator import translator

__all__ = ["DynamicProfiles", "DynamicWish"]

_PROFILES: Final = Shelf("dynamic-profile", DynamicProfile)

UNKNOWN: Final = "UnknownProfile"
NO_LIMIT: Final = "NoLimitInForce"


@dataclass(frozen=True, slots=True)
class DynamicWish:
    """A dynamic profile as it is asked for. `transaction` is the station's name of it, for a TxProfile."""

    evse_id: EvseId
    purpose: Purpose
    unit: RateUnit
    values: DynamicValues
    stack_level: int = 1
    """0 is that of the base profile of a site, which the same purpose would replace."""
    mode: OperationMode | None = None
    follows_plan: bool = False
    interval_s: int | None = None
    duration_s: int | None = None
    transaction: str | None = None


class DynamicProfiles:
    """Installs dynamic profiles and keeps them up to date."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        links: Links,
        commands: Commands,
        transactions: Transactions,
        ledger: Ledger,
        sites: Sites,
    ) -> None:
        self._store = store
        self._clock = clock
        self._links = links
        self._commands = commands
        self._transactions = transactions
        self._ledger = ledger
        self._sites = sites

    def handlers(self) -> dict[type, Handler]:
        return {UpdatePulled: self._pulled}

    async def all(self, station_id: StationId) -> list[DynamicProfile]:
        """Those that a station took and that were neither cleared since nor ended with their transaction, by id."""
        rows = await self._store.read(lambda records: records.items(_PROFILES, station_id))
        return [profile for _, _, profile in rows if not self._is_over(station_id, profile)]

    async def install(self, station_id: StationId, wish: DynamicWish) -> tuple[DynamicProfile, Answered]:
        """Send a dynamic profile; it is kept where the station accepts it.

        Raises:
            InvalidInput: it breaks a rule of the standard, which is said; or it follows a plan that there is none of,
                or without being pulled.
            UnsupportedByVersion: the station's version has no dynamic profiles. Nothing was sent.

        """
        now = self._clock.now()
        if wish.follows_plan:
            if not wish.interval_s:
                raise InvalidInput("a profile that follows the plan has to be pulled", where="interval_s")
            values = self._planned(EvseKey(station_id, wish.evse_id), wish.unit, now)
            if values is None:
                raise InvalidInput("no limit is in force at this EVSE", where="follows_plan")
            wish = replace(wish, values=values)
        number = await self._store.commit(lambda records: records.new_number("chargingProfileId"))
        kept = DynamicProfile(
            id=number + PROFILE_IDS_FROM,
            evse_id=wish.evse_id,
            purpose=wish.purpose,
            unit=wish.unit,
            stack_level=wish.stack_level,
            values=wish.values,
            installed_at=now,
            follows_plan=wish.follows_plan,
            interval_s=wish.interval_s,
            duration_s=wish.duration_s,
            transaction=wish.transaction,
        )
        profile = _profile(kept, wish.mode)
        self._judge(station_id, wish.evse_id, profile)
        await self._sites.profiles_touched(station_id)
        outcome = await self._commands.order(station_id, InstallProfile(wish.evse_id, profile))
        await self._sites.profiles_touched(station_id)  # the base profile may have been renewed just before
        result = outcome.result
        if not isinstance(result, ProfileInstalled):
            return kept, unanswered(outcome)
        if result.accepted:
            await self._store.commit(lambda records: self._keep_new(records, station_id, kept))
            self._overrule(station_id, kept)
        return kept, Answered("Accepted" if result.accepted else "Rejected", result.reason)

    async def update(
        self, station_id: StationId, profile_id: int, values: DynamicValues
    ) -> tuple[DynamicProfile, Answered]:
        """Push new values. They count for pulls too, from now on, unless the station refuses them.

        Raises:
            NotFound: no such profile was installed here.
            InvalidInput: it follows the plan, or nothing is said.

        """
        before = await self._profile(station_id, profile_id)
        if before.follows_plan:
            raise InvalidInput("this profile follows the plan", where=str(profile_id))
        if values == DynamicValues():
            raise InvalidInput("says nothing", where="values")
        after = replace(before, values=values, updated_at=self._clock.now())
        await self._store.commit(lambda records: _keep(records, station_id, after))
        answer = told(
            await self._commands.order(
                station_id,
                UpdateDynamicProfile(profile_id, values),
                priority=Priority.LOWER_LIMIT if _lowers(values, before.values) else Priority.RAISE_LIMIT,
            )
        )
        if answer.is_known and not answer.accepted:
            await self._store.commit(lambda records: self._put_back(records, station_id, before, after))
            return before, answer
        self._overrule(station_id, after)
        return after, answer

    async def clear(self, station_id: StationId, profile_id: int) -> Answered:
        """Take a profile back. One that the station does not know is gone too. Raises `NotFound`."""
        await self._profile(station_id, profile_id)
        await self._sites.profiles_touched(station_id)
        outcome = await self._commands.order(station_id, ClearProfiles(profile_id=profile_id))
        if not isinstance(outcome.result, ProfilesCleared):
            return unanswered(outcome)
        await self._store.commit(
            lambda records: records.delete_item(_PROFILES, station_id, numbered(profile_id))
        )
        return Answered("Accepted" if outcome.result.found else "Unknown")

    def forget(self, records: Records, station_id: StationId) -> None:
        records.delete_items(_PROFILES, station_id)

    # --- inside ----------------------------------------------------------------------------------------------

    def _pulled(self, inbound: Inbound) -> None:
        """K28: a station asks for the newest values of a profile."""
        station_id, pull = inbound.station_id, cast("UpdatePulled", inbound.request)
        now = self._clock.now()

        def answer(records: Records) -> PulledAnswer:
            kept = records.item(_PROFILES, station_id, numbered(pull.profile_id))
            if kept is None:
                return PulledAnswer(None, UNKNOWN)
            values: DynamicValues | None = kept.values
            if kept.follows_plan:
                values = self._planned(EvseKey(station_id, kept.evse_id), kept.unit, now)
            if values is None:
                return PulledAnswer(None, NO_LIMIT)
            _keep(records, station_id, replace(kept, values=values, pulled_at=now))
            return PulledAnswer(values)

        def done(found: PulledAnswer | None, error: BaseException | None) -> None:
            if found is None:
                inbound.failed(error)
            else:
                inbound.reply(found)

        self._store.submit(answer, done)

    def _planned(self, key: EvseKey, unit: RateUnit, now: datetime) -> DynamicValues | None:
        """The limit in force at an EVSE, as its station confirmed it."""
        evse = self._sites.evse(key)
        tenths = None if evse is None else limit_in_force(self._ledger, key, evse, now)
        if evse is None or tenths is None:
            return None
        tenths = max(tenths, 0)
        if unit is RateUnit.W:
            tenths = int(tenths * evse.voltage_v * evse.phases)
        return DynamicValues(limit_tenths=tenths)

    def _judge(self, station_id: StationId, evse_id: EvseId, profile: Profile) -> None:
        link = self._links.get(station_id)
        if link is None:
            return  # it will not leave
        translator(link.version).command(
            InstallProfile(evse_id, profile)
        )  # refuses what the version cannot say
        judged = violations(profile, dialect=Dialect.of(link.version), evse_id=evse_id, source=Source.CSMS)
        broken = next((v for v in judged if v.severity == "violation"), None)
        if broken is not None:
            raise InvalidInput(f"{broken.text} ({broken.requirement})", where=broken.path)

    async def _profile(self, station_id: StationId, profile_id: int) -> DynamicProfile:
        key = numbered(profile_id)
        found = await self._store.read(lambda records: records.item(_PROFILES, station_id, key))
        if found is None:
            raise NotFound("no such dynamic profile", where=f"{station_id}/{profile_id}")
        return found

    def _overrule(self, station_id: StationId, profile: DynamicProfile) -> None:
        """Tell the plan that an EVSE may do something else; not of what a TxProfile of the plan overrules anyway."""
        if profile.follows_plan and profile.purpose is Purpose.TX_DEFAULT:
            return
        for control in self._sites.all():
            for key in control.site.evses:
                if key.station_id == station_id and profile.evse_id in {0, key.evse_id}:
                    self._sites.overruled(key, f"dynamic profile {profile.id} counts beside the plan")

    def _is_over(self, station_id: StationId, profile: DynamicProfile) -> bool:
        """A station lets go of a TxProfile when its transaction ends."""
        name = profile.transaction
        return name is not None and self._transactions.known(station_id, name) is None

    def _keep_new(self, records: Records, station_id: StationId, profile: DynamicProfile) -> None:
        for _, key, other in records.items(_PROFILES, station_id):
            if self._is_over(station_id, other):
                records.delete_item(_PROFILES, station_id, key)
        _keep(records, station_id, profile)

    def _put_back(
        self, records: Records, station_id: StationId, before: DynamicProfile, after: DynamicProfile
    ) -> None:
        """Unless other values came meanwhile."""
        now = records.item(_PROFILES, station_id, numbered(before.id))
        if now is not None and now.updated_at == after.updated_at:
            _keep(records, station_id, before)


def _keep(records: Records, station_id: StationId, profile: DynamicProfile) -> None:
    records.put_item(_PROFILES, station_id, numbered(profile.id), profile)


def _profile(kept: DynamicProfile, mode: OperationMode | None) -> Profile:
    values = kept.values
    period = Period(
        0,
        values.limit_tenths,
        limit_tenths_l2=values.limit_tenths_l2,
        limit_tenths_l3=values.limit_tenths_l3,
        discharge_limit_tenths=values.discharge_limit_tenths,
        discharge_limit_tenths_l2=values.discharge_limit_tenths_l2,
        discharge_limit_tenths_l3=values.discharge_limit_tenths_l3,
        setpoint_tenths=values.setpoint_tenths,
        setpoint_tenths_l2=values.setpoint_tenths_l2,
        setpoint_tenths_l3=values.setpoint_tenths_l3,
        setpoint_reactive_tenths=values.setpoint_reactive_tenths,
        operation_mode=mode,
    )
    return Profile(
        id=kept.id,
        stack_level=kept.stack_level,
        purpose=kept.purpose,
        kind=Kind.DYNAMIC,
        schedules=(Schedule(kept.unit, (period,), None, kept.duration_s),),
        transaction_id=kept.transaction,
        dyn_update_interval_s=kept.interval_s,
    )


def _lowers(values: DynamicValues, before: DynamicValues) -> bool:
    """Whether a limit comes down: that one goes out before all else."""
    if values.limit_tenths is None or before.limit_tenths is None:
        return False
    return values.limit_tenths < before.limit_tenths
