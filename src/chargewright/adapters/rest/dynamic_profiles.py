"""Dynamic charging profiles, and transactions that charge first."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from litestar import Router, delete, get, post, put
from msgspec import Meta, Struct

from chargewright.adapters.rest.answers import AnswerView, Limit, answer_view, running, station_of
from chargewright.adapters.rest.services import Services
from chargewright.charging.profile import OperationMode, Purpose, RateUnit, decimal_of_tenths, tenths_of
from chargewright.csms.dynamic_profiles import DynamicWish
from chargewright.domain.answered import Answered
from chargewright.domain.dynamic_profile import DynamicProfile, DynamicValues
from chargewright.errors import InvalidInput
from chargewright.ids import EvseId

__all__ = [
    "DynamicBody",
    "DynamicInstalled",
    "DynamicView",
    "PriorityBody",
    "PriorityChangeView",
    "ValuesBody",
    "clear_dynamic_profile",
    "install_dynamic_profile",
    "list_dynamic_profiles",
    "list_priority_changes",
    "router",
    "update_dynamic_profile",
    "use_priority",
]

_Amount = Annotated[Decimal, Meta(description="in the profile's unit, a multiple of 0.1")]


class ValuesBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What a profile says, in its unit: limits, limits of feeding back (not positive), setpoints."""

    limit: _Amount | None = None
    limit_l2: _Amount | None = None
    limit_l3: _Amount | None = None
    discharge_limit: _Amount | None = None
    discharge_limit_l2: _Amount | None = None
    discharge_limit_l3: _Amount | None = None
    setpoint: _Amount | None = None
    setpoint_l2: _Amount | None = None
    setpoint_l3: _Amount | None = None
    setpoint_reactive: _Amount | None = None
    setpoint_reactive_l2: _Amount | None = None
    setpoint_reactive_l3: _Amount | None = None

    def values(self) -> DynamicValues:
        """The same in tenths. Raises `InvalidInput` for what is no multiple of 0.1."""
        given = {name: getattr(self, name) for name in self.__struct_fields__}
        return DynamicValues(
            **{_inner(name): tenths_of(value) for name, value in given.items() if value is not None}
        )


class DynamicBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """A dynamic profile. `follows_plan`: pulls are answered with the limit that the plan in force allows.

    It lapses where no update comes for `duration_s`; `transaction` is ours, for a TxProfile.
    """

    evse: Annotated[int, Meta(ge=0)]
    values: ValuesBody = ValuesBody()
    purpose: Purpose = Purpose.TX_DEFAULT
    unit: RateUnit = RateUnit.A
    stack_level: Annotated[int, Meta(ge=0)] = 1
    mode: OperationMode | None = None
    follows_plan: bool = False
    update_interval_s: Annotated[int, Meta(ge=1)] | None = None
    duration_s: Annotated[int, Meta(ge=1)] | None = None
    transaction: int | None = None


class DynamicView(Struct, kw_only=True):
    """A dynamic profile as it stands; `updated_at` when it was pushed last, `pulled_at` when the station asked last."""

    id: int
    evse: int
    purpose: str
    unit: str
    stack_level: int
    values: dict[str, float]
    follows_plan: bool
    update_interval_s: int | None
    duration_s: int | None
    station_transaction_id: str | None
    installed_at: datetime
    updated_at: datetime | None
    pulled_at: datetime | None


class DynamicInstalled(Struct, kw_only=True):
    """What the station answered, and the profile."""

    status: str
    reason: str
    profile: DynamicView


class PriorityBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """Whether a transaction charges first."""

    active: bool


class PriorityChangeView(Struct, kw_only=True):
    """One switch: ordered by an operator (`status` is the station's answer) or told by the station."""

    at: datetime
    wire_id: str
    is_active: bool
    by: Literal["operator", "station"]
    status: str
    reason: str


@get("/stations/{station_id:str}/dynamic-profiles", summary="Dynamic charging profiles that a station took")
async def list_dynamic_profiles(services: Services, station_id: str) -> list[DynamicView]:
    known = station_of(services, station_id)
    return [_view(profile) for profile in await services.additions.dynamic_profiles.all(known)]


@post(
    "/stations/{station_id:str}/dynamic-profiles",
    status_code=200,
    summary="Install a dynamic charging profile; one that breaks a rule of the standard is refused",
)
async def install_dynamic_profile(services: Services, station_id: str, data: DynamicBody) -> DynamicInstalled:
    known = station_of(services, station_id)
    name: str | None = None
    if data.transaction is not None:
        transaction = await running(services, data.transaction)
        if transaction.station_id != known:
            raise InvalidInput("a transaction of another station", where="transaction")
        name = transaction.wire_id
    wish = DynamicWish(
        evse_id=EvseId(data.evse),
        purpose=data.purpose,
        unit=data.unit,
        values=data.values.values(),
        stack_level=data.stack_level,
        mode=data.mode,
        follows_plan=data.follows_plan,
        interval_s=data.update_interval_s,
        duration_s=data.duration_s,
        transaction=name,
    )
    return _installed(*await services.additions.dynamic_profiles.install(known, wish))


@put(
    "/stations/{station_id:str}/dynamic-profiles/{profile_id:int}",
    summary="Push new values of a dynamic charging profile; they count for pulls too",
)
async def update_dynamic_profile(
    services: Services, station_id: str, profile_id: int, data: ValuesBody
) -> DynamicInstalled:
    known = station_of(services, station_id)
    return _installed(*await services.additions.dynamic_profiles.update(known, profile_id, data.values()))


@delete(
    "/stations/{station_id:str}/dynamic-profiles/{profile_id:int}",
    status_code=200,
    summary="Clear a dynamic charging profile",
)
async def clear_dynamic_profile(services: Services, station_id: str, profile_id: int) -> AnswerView:
    known = station_of(services, station_id)
    return answer_view(await services.additions.dynamic_profiles.clear(known, profile_id))


@post(
    "/transactions/{number:int}/priority-charging",
    status_code=200,
    summary="Have a transaction charge first, by the priority profile of its station, or end that",
)
async def use_priority(services: Services, number: int, data: PriorityBody) -> AnswerView:
    transaction = await running(services, number)
    return answer_view(
        await services.additions.priority_charging.use(
            transaction.station_id, transaction.wire_id, is_active=data.active
        )
    )


@get(
    "/stations/{station_id:str}/priority-charging",
    summary="When priority charging was switched, by whom, the newest first",
)
async def list_priority_changes(
    services: Services, station_id: str, limit: Limit = 100
) -> list[PriorityChangeView]:
    changes = await services.additions.priority_charging.changes(station_of(services, station_id), limit)
    return [msgspec.convert(change, PriorityChangeView, from_attributes=True) for change in changes]


def _inner(name: str) -> str:
    """`limit_l2` -> `limit_tenths_l2`."""
    stem, _, phase = name.rpartition("_")
    return f"{stem}_tenths_{phase}" if phase in {"l2", "l3"} else f"{name}_tenths"


def _installed(profile: DynamicProfile, answer: Answered) -> DynamicInstalled:
    return DynamicInstalled(status=answer.status, reason=answer.reason, profile=_view(profile))


def _view(profile: DynamicProfile) -> DynamicView:
    given = {name: getattr(profile.values, _inner(name)) for name in ValuesBody.__struct_fields__}
    return DynamicView(
        id=profile.id,
        evse=profile.evse_id,
        purpose=profile.purpose.value,
        unit=profile.unit.value,
        stack_level=profile.stack_level,
        values={
            name: float(decimal_of_tenths(tenths)) for name, tenths in given.items() if tenths is not None
        },
        follows_plan=profile.follows_plan,
        update_interval_s=profile.interval_s,
        duration_s=profile.duration_s,
        station_transaction_id=profile.transaction,
        installed_at=profile.installed_at,
        updated_at=profile.updated_at,
        pulled_at=profile.pulled_at,
    )


def router() -> Router:
    """The routes of dynamic profiles and priority charging."""
    return Router(
        "/",
        route_handlers=[
            list_dynamic_profiles,
            install_dynamic_profile,
            update_dynamic_profile,
            clear_dynamic_profile,
            use_priority,
            list_priority_changes,
        ],
    )
