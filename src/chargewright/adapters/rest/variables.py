"""The variables of a station (in 1.6 its configuration keys): what it told, what it is to have, and setting them."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, delete, get, post, put
from msgspec import UNSET, Meta, Struct, UnsetType

from chargewright.adapters.rest.reports import ReportView, report_view
from chargewright.adapters.rest.services import RestServices, Services
from chargewright.csms.configuration import ConfigurationTemplate, SettingState, same_value
from chargewright.csms.device_model import VariableRecord
from chargewright.domain.device_model import (
    AttributeKind,
    AttributeState,
    Characteristics,
    Variable,
    VariableOutcome,
    VariableRead,
    VariableSet,
)
from chargewright.domain.reports import Report
from chargewright.errors import InvalidInput
from chargewright.ids import StationId

__all__ = [
    "AttributeView",
    "ConfigurationView",
    "Refresh",
    "Refreshed",
    "SettingView",
    "TemplateBody",
    "TemplateView",
    "VariableName",
    "VariableResult",
    "VariableValue",
    "VariableView",
    "VariableWish",
    "VariablesAsked",
    "VariablesChange",
    "apply_configuration",
    "delete_template",
    "list_templates",
    "list_variables",
    "put_template",
    "read_configuration",
    "read_template",
    "read_variables",
    "refresh_variables",
    "router",
    "set_variables",
]

Name = Annotated[str, Meta(min_length=1, max_length=50)]
VariableText = Annotated[str, Meta(max_length=2500)]
Count = Annotated[int, Meta(ge=0)]


class VariableName(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Which attribute of which variable. A key of 1.6 is a `variable` and nothing else."""

    variable: Name
    component: Annotated[str, Meta(max_length=50)] = ""
    instance: Name | None = None
    component_instance: Name | None = None
    evse: Count | None = None
    connector: Count | None = None
    attribute: AttributeKind = "Actual"


class VariableValue(VariableName, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """With the value that it is to have; null: no longer desired (the station is not told)."""

    value: VariableText | None


class VariableWish(VariableName, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """With the value that it is to have."""

    value: VariableText


class VariablesChange(Struct, forbid_unknown_fields=True, kw_only=True):
    """Values to set. `keep`: they are desired from now on, compared at every boot and set again where they differ."""

    variables: Annotated[list[VariableValue], Meta(min_length=1, max_length=1000)]
    keep: bool = False
    reset_when_idle: bool | UnsetType = UNSET
    """Whether the station may be reset, when nobody charges, for values that take effect after a reboot."""


class VariablesAsked(Struct, forbid_unknown_fields=True, kw_only=True):
    variables: Annotated[list[VariableName], Meta(min_length=1, max_length=1000)]


class Refresh(Struct, forbid_unknown_fields=True, kw_only=True):
    """Which base report a 2.x station is asked for."""

    base: Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"] = "FullInventory"


class VariableResult(Struct, kw_only=True):
    """What became of one. `status` is OCPP's word, or `offline`, `timeout`, `NoAnswer`, or an error code."""

    name: VariableName
    status: str
    value: str | None = None
    reason: str = ""


class AttributeView(Struct, kw_only=True):
    """One attribute as the station told it; `desired` and `state` where somebody wants a value here."""

    attribute: AttributeKind
    value: str | None
    mutability: str | None
    persistent: bool | None = None
    constant: bool | None = None
    desired: str | None = None
    state: str | None = None
    agrees: bool | None = None


class VariableView(Struct, kw_only=True):
    """A variable as the station last told it; `told_at` is null where it never told this one."""

    variable: str
    component: str
    instance: str | None
    component_instance: str | None
    evse: int | None
    connector: int | None
    attributes: list[AttributeView]
    characteristics: Characteristics | None
    told_at: datetime | None


class Refreshed(Struct, kw_only=True):
    """In 2.x a report that comes in parts, in 1.6 all keys at once."""

    report: ReportView | None = None
    variables: list[VariableResult] | None = None


class SettingView(Struct, kw_only=True):
    """A desired value and what became of it. `source`: the template that asks for it, or `station`."""

    name: VariableName
    value: str
    source: str
    status: str | None
    reason: str = ""
    at: datetime | None = None
    drifts: int = 0


class ConfigurationView(Struct, kw_only=True):
    """Everything that is desired of a station. `status` is null where it was not tried yet."""

    templates: list[str]
    reset_when_idle: bool
    applied_at: datetime | None
    settings: list[SettingView]


class TemplateBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """What stations of a kind are to have. Texts may hold `*` and `?`; the greater priority holds.

    `before_acceptance`: their boot is answered Pending until these values were tried. `reset_when_idle`: they may
    be reset, when nobody charges, for values that take effect after a reboot.
    """

    variables: Annotated[list[VariableWish], Meta(min_length=1, max_length=1000)]
    vendor: str = "*"
    model: str = "*"
    firmware: str = "*"
    version: str = "*"
    priority: int = 0
    before_acceptance: bool = False
    reset_when_idle: bool = False


class TemplateView(TemplateBody, kw_only=True):
    name: str


# --- variables ----------------------------------------------------------------------------------------------


@get(
    "/stations/{station_id:str}/variables",
    summary="What the station told of its variables, with what is desired beside it",
)
async def list_variables(
    services: Services, station_id: str, component: str | None = None, variable: str | None = None
) -> list[VariableView]:
    known = services.provisioning.require(StationId(station_id)).id
    configuration = services.devices.configuration
    wanted = {(s.variable.key, s.attribute): s for s, _ in configuration.desired(known)}
    states = {(s.setting.variable.key, s.setting.attribute): s for s in configuration.of(known).states}
    records = {r.variable.key: r for r in await services.devices.device_model.known(known)}
    variables = {key: record.variable for key, record in records.items()}
    variables |= {s.variable.key: s.variable for s in wanted.values() if s.variable.key not in variables}
    return [
        _variable_view(key, variables[key], records.get(key), wanted, states)
        for key in sorted(variables)
        if component is None or variables[key].component.casefold() == component.casefold()
        if variable is None or variables[key].name.casefold() == variable.casefold()
    ]


@put(
    "/stations/{station_id:str}/variables",
    summary="Set variables now, in messages of a size that the station takes; with keep, from now on",
)
async def set_variables(services: Services, station_id: str, data: VariablesChange) -> list[VariableResult]:
    known = services.provisioning.require(StationId(station_id)).id
    settings = [
        VariableSet(_variable(v), v.value, v.attribute) for v in data.variables if v.value is not None
    ]
    forgotten = [VariableRead(_variable(v), v.attribute) for v in data.variables if v.value is None]
    may_reset = None if data.reset_when_idle is UNSET else data.reset_when_idle
    if data.keep or forgotten or may_reset is not None:
        await services.devices.configuration.change_desired(
            known, settings if data.keep else (), forgotten=forgotten, reset_when_idle=may_reset
        )
    if not data.keep:
        return [_result(one) for one in await services.devices.device_model.write(known, settings)]
    asked = {(s.variable.key, s.attribute) for s in settings}
    states = await services.devices.configuration.apply(known)
    return [
        VariableResult(name=_name(s.setting), status=s.status, value=s.setting.value, reason=s.reason)
        for s in states
        if (s.setting.variable.key, s.setting.attribute) in asked
    ]


@post(
    "/stations/{station_id:str}/variables/read",
    status_code=200,
    summary="Ask the station for variables now, in messages of a size that it takes",
)
async def read_variables(services: Services, station_id: str, data: VariablesAsked) -> list[VariableResult]:
    known = services.provisioning.require(StationId(station_id)).id
    asked = [VariableRead(_variable(v), v.attribute) for v in data.variables]
    return [_result(one) for one in await services.devices.device_model.read(known, asked)]


@post(
    "/stations/{station_id:str}/variables/refresh",
    status_code=200,
    summary="Have the station tell all its variables",
)
async def refresh_variables(services: Services, station_id: str, data: Refresh) -> Refreshed:
    known = services.provisioning.require(StationId(station_id)).id
    told = await services.devices.device_model.refresh(known, data.base)
    if isinstance(told, Report):
        return Refreshed(report=report_view(services, told))
    return Refreshed(variables=[_result(one) for one in told])


# --- what is desired ----------------------------------------------------------------------------------------


@get(
    "/stations/{station_id:str}/configuration", summary="What is desired of a station, and what became of it"
)
async def read_configuration(services: Services, station_id: str) -> ConfigurationView:
    return _configuration_view(services, StationId(station_id))


@post(
    "/stations/{station_id:str}/configuration/apply",
    status_code=200,
    summary="Compare what the station has with what is desired of it, and set what differs",
)
async def apply_configuration(services: Services, station_id: str) -> ConfigurationView:
    known = services.provisioning.require(StationId(station_id)).id
    await services.devices.configuration.apply(known)
    return _configuration_view(services, known)


@get("/configuration-templates", summary="All configuration templates")
async def list_templates(services: Services) -> list[TemplateView]:
    return [_template_view(template) for template in services.devices.configuration.templates()]


@get("/configuration-templates/{name:str}", summary="One configuration template")
async def read_template(services: Services, name: str) -> TemplateView:
    return _template_view(services.devices.configuration.template(name))


@put(
    "/configuration-templates/{name:str}",
    summary="Keep a template; stations that it fits get it at their next boot, or when it is applied by hand",
)
async def put_template(services: Services, name: str, data: TemplateBody) -> TemplateView:
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(name) > 63:
        raise InvalidInput("letters, digits, dots, dashes and underscores, 63 at most", where="name")
    template = ConfigurationTemplate(
        name=name,
        variables=tuple(VariableSet(_variable(v), v.value, v.attribute) for v in data.variables),
        vendor=data.vendor,
        model=data.model,
        firmware=data.firmware,
        version=data.version,
        priority=data.priority,
        before_acceptance=data.before_acceptance,
        reset_when_idle=data.reset_when_idle,
    )
    await services.devices.configuration.put_template(template)
    return _template_view(template)


@delete(
    "/configuration-templates/{name:str}", summary="Forget a template; stations keep the values they have"
)
async def delete_template(services: Services, name: str) -> None:
    await services.devices.configuration.delete_template(name)


# --- views --------------------------------------------------------------------------------------------------


def _variable(name: VariableName) -> Variable:
    return Variable(
        name.variable,
        name.component,
        name.instance,
        name.component_instance,
        name.evse,
        name.connector,
    )


def _name(one: VariableOutcome | VariableSet) -> VariableName:
    variable = one.variable
    return VariableName(
        variable=variable.name,
        component=variable.component,
        instance=variable.instance,
        component_instance=variable.component_instance,
        evse=variable.evse_id,
        connector=variable.connector_id,
        attribute=one.attribute,
    )


def _result(outcome: VariableOutcome) -> VariableResult:
    return VariableResult(
        name=_name(outcome), status=outcome.status, value=outcome.value, reason=outcome.reason
    )


def _variable_view(
    key: str,
    variable: Variable,
    record: VariableRecord | None,
    wanted: dict[tuple[str, AttributeKind], VariableSet],
    states: dict[tuple[str, AttributeKind], SettingState],
) -> VariableView:
    told = {a.kind: a for a in (() if record is None else record.attributes)}
    told |= {kind: AttributeState(kind) for k, kind in wanted if k == key and kind not in told}
    return VariableView(
        variable=variable.name,
        component=variable.component,
        instance=variable.instance,
        component_instance=variable.component_instance,
        evse=variable.evse_id,
        connector=variable.connector_id,
        attributes=[
            _attribute_view(attribute, wanted.get((key, kind)), states.get((key, kind)))
            for kind, attribute in told.items()
        ],
        characteristics=None if record is None else record.characteristics,
        told_at=None if record is None else record.at,
    )


def _attribute_view(
    told: AttributeState, wanted: VariableSet | None, state: SettingState | None
) -> AttributeView:
    agrees = None if wanted is None or told.value is None else same_value(told.value, wanted.value)
    return AttributeView(
        attribute=told.kind,
        value=told.value,
        mutability=told.mutability,
        persistent=told.persistent,
        constant=told.constant,
        desired=None if wanted is None else wanted.value,
        state=None if wanted is None or state is None else state.status,
        agrees=agrees,
    )


def _configuration_view(services: RestServices, station_id: StationId) -> ConfigurationView:
    station = services.provisioning.require(station_id)
    configuration = services.devices.configuration
    own = configuration.of(station.id)
    states = {(s.setting.variable.key, s.setting.attribute): s for s in own.states}
    return ConfigurationView(
        templates=[template.name for template in configuration.templates() if template.fits(station)],
        reset_when_idle=own.reset_when_idle,
        applied_at=own.applied_at,
        settings=[
            _setting_view(setting, source, states.get((setting.variable.key, setting.attribute)))
            for setting, source in configuration.desired(station.id)
        ],
    )


def _setting_view(setting: VariableSet, source: str, state: SettingState | None) -> SettingView:
    current = state if state is not None and state.setting == setting else None
    return SettingView(
        name=_name(setting),
        value=setting.value,
        source=source,
        status=None if current is None else current.status,
        reason="" if current is None else current.reason,
        at=None if current is None else current.at,
        drifts=0 if current is None else current.drifts,
    )


def _template_view(template: ConfigurationTemplate) -> TemplateView:
    return TemplateView(
        name=template.name,
        variables=[
            VariableWish(
                variable=s.variable.name,
                component=s.variable.component,
                instance=s.variable.instance,
                component_instance=s.variable.component_instance,
                evse=s.variable.evse_id,
                connector=s.variable.connector_id,
                attribute=s.attribute,
                value=s.value,
            )
            for s in template.variables
        ],
        vendor=template.vendor,
        model=template.model,
        firmware=template.firmware,
        version=template.version,
        priority=template.priority,
        before_acceptance=template.before_acceptance,
        reset_when_idle=template.reset_when_idle,
    )


def router() -> Router:
    """Variables, configurations and their templates."""
    return Router(
        "/",
        route_handlers=[
            list_variables,
            set_variables,
            read_variables,
            refresh_variables,
            read_configuration,
            apply_configuration,
            list_templates,
            read_template,
            put_template,
            delete_template,
        ],
    )
