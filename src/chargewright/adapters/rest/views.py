"""From what the services know to what the API shows. Pure functions, one a thing."""

from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from chargewright.adapters.rest import driver_schemas, schemas
from chargewright.charging.profile import Profile, StationAbilities
from chargewright.charging.timeline import Timeline
from chargewright.clock import as_utc
from chargewright.csms.ports import StationLink
from chargewright.csms.site_definition import read_definition
from chargewright.csms.smart_charging import SiteControl
from chargewright.domain.installation import InstalledProfile
from chargewright.domain.metering import Reading
from chargewright.domain.site import SiteSettings
from chargewright.domain.station import Station
from chargewright.domain.token import Token
from chargewright.domain.transaction import Transaction
from chargewright.errors import InvalidInput

__all__ = [
    "abilities",
    "pieces",
    "prices_of",
    "profile_entry",
    "reading",
    "settings_of",
    "site_summary",
    "site_view",
    "station_view",
    "token_of",
    "token_view",
    "transaction_view",
    "utc",
]


def utc(at: datetime | None, where: str) -> datetime | None:
    """The same instant in UTC. Raises `InvalidInput` for a time without a zone: it means another one elsewhere."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise InvalidInput("a time without a zone", where=where)
    return as_utc(at)


# --- sites -------------------------------------------------------------------------------------------------------


def settings_of(body: schemas.Settings) -> SiteSettings:
    """The settings that a body asks for. Raises `InvalidInput` for a price whose instant has no zone, or a zone that is none."""
    prices = _prices(body.prices, "settings.prices")
    export_prices = _prices(body.export_prices, "settings.export_prices")
    try:
        ZoneInfo(body.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"no such time zone: {body.time_zone!r}", where="settings.time_zone") from None
    return SiteSettings(**{**msgspec.structs.asdict(body), "prices": prices, "export_prices": export_prices})


def _prices(prices: list[tuple[datetime, float]], where: str) -> tuple[tuple[datetime, float], ...]:
    found: list[tuple[datetime, float]] = []
    for n, (at, price) in enumerate(prices):
        start = utc(at, f"{where}[{n}]")
        assert start is not None
        if found and start <= found[-1][0]:
            raise InvalidInput("must be in order of time", where=f"{where}[{n}]")
        found.append((start, price))
    return tuple(found)


def prices_of(body: schemas.Goals) -> tuple[tuple[datetime, float], ...]:
    return _prices(body.prices, "prices")


def site_summary(control: SiteControl) -> schemas.SiteSummary:
    record = control.record
    return schemas.SiteSummary(
        id=record.id,
        name=record.name,
        goal=record.settings.goal,
        enabled=record.settings.enabled,
        enforced=control.enforced,
        evses=len(control.site.evses),
        updated_at=record.updated_at,
    )


def site_view(control: SiteControl) -> schemas.SiteView:
    record = control.record
    return schemas.SiteView(
        id=record.id,
        name=record.name,
        definition=read_definition(record.definition),
        settings=msgspec.convert(record.settings, schemas.Settings, from_attributes=True),
        enforced=control.enforced,
        broken_rows=list(control.broken_rows),
        base_current_a={str(key): tenths / 10 for key, tenths in control.base_tenths.items()},
        updated_at=record.updated_at,
    )


# --- stations ----------------------------------------------------------------------------------------------------


def station_view(station: Station, *, link: StationLink | None, site: str | None) -> schemas.StationView:
    return schemas.StationView(
        id=station.id,
        registration=station.registration,
        connected=link is not None,
        connected_at=None if link is None else link.connected_at,
        remote=None if link is None else link.remote,
        protocol=station.version if link is None else link.version,
        site=site,
        evses=list(station.evse_ids),
        statuses=[
            schemas.EvseState(
                evse=s.evse_id, connector=s.connector_id, status=s.status, at=s.at, error=s.error
            )
            for s in sorted(station.statuses, key=lambda s: (s.evse_id, s.connector_id))
        ],
        has_password=station.credential is not None,
        reading=station.reading,
        vendor=station.vendor,
        model=station.model,
        serial_number=station.serial_number,
        firmware_version=station.firmware_version,
        abilities=None if station.abilities is None else abilities(station.abilities),
        booted_at=station.booted_at,
        last_seen_at=station.last_seen_at,
        commissioned_at=station.commissioned_at,
    )


def abilities(known: StationAbilities) -> schemas.Abilities:
    """What was learnt of a station's smart charging."""
    return schemas.Abilities(
        units=[unit for unit, has in (("A", known.unit_a), ("W", known.unit_w)) if has],
        periods_max=known.periods_max,
        stack_level_max=known.stack_level_max,
        profiles_max=known.profiles_max,
        accepts_zero=known.accepts_zero,
        current_step_a=known.current_step_tenths / 10,
        current_min_a=known.current_min_tenths / 10,
        number_phases=known.number_phases,
        voltage_v=known.voltage_v,
    )


def profile_entry(entry: InstalledProfile) -> schemas.ProfileEntry:
    profile: Profile = entry.profile
    schedule = profile.schedules[0]
    return schemas.ProfileEntry(
        entry=entry.entry_id,
        evse=entry.evse_id,
        profile_id=profile.id,
        purpose=profile.purpose,
        kind=profile.kind,
        stack_level=profile.stack_level,
        unit=schedule.unit,
        start_at=schedule.start_at,
        duration_s=schedule.duration_s,
        periods=[
            schemas.ProfilePeriod(
                start_s=p.start_s,
                limit=None if p.limit_tenths is None else p.limit_tenths / 10,
                number_phases=p.number_phases,
            )
            for p in schedule.periods
        ],
        transaction=entry.transaction_id,
        state=entry.state,
        sent_at=entry.sent_at,
        settled_at=entry.settled_at,
        ends_at=entry.ends_at,
        accepted=entry.accepted,
        verification=entry.verification,
        may_exceed=entry.may_exceed,
        reason=entry.reason,
    )


def pieces(timeline: Timeline) -> list[schemas.Piece]:
    return [
        schemas.Piece(start=start, end=end, limit=None if tenths is None else tenths / 10)
        for start, end, tenths in timeline
    ]


# --- records -----------------------------------------------------------------------------------------------------


def transaction_view(transaction: Transaction) -> schemas.TransactionView:
    return schemas.TransactionView(
        id=transaction.id,
        station=transaction.station_id,
        evse=transaction.evse_id,
        connector=transaction.connector_id,
        station_transaction_id=transaction.wire_id,
        state=transaction.state,
        token=transaction.id_token,
        started_at=transaction.started_at,
        ended_at=transaction.ended_at,
        meter_start_wh=transaction.meter_start_wh,
        meter_stop_wh=transaction.meter_stop_wh,
        energy_wh=transaction.energy_wh,
        charging_state=transaction.charging_state,
        reason=transaction.reason,
        stopped_by=transaction.stopped_by,
        suspect=list(transaction.suspect),
        closed=transaction.closed,
        complete=transaction.complete,
        missing_seq_nos=list(transaction.missing_seq_nos),
        offline_events=transaction.offline_events,
        reservation=transaction.reservation_id,
    )


def reading(one: Reading) -> schemas.ReadingView:
    return schemas.ReadingView(
        at=one.at,
        evse=one.evse_id,
        samples=[
            schemas.SampleView(
                measurand=s.measurand,
                value=s.value,
                phase=s.phase,
                location=s.location,
                context=s.context,
                text=s.text,
            )
            for s in one.samples
        ],
        suspect=one.suspect,
    )


def token_view(token: Token) -> driver_schemas.TokenView:
    return driver_schemas.TokenView(
        token=token.id_token,
        kind=cast("driver_schemas.TokenKind", token.kind),  # checked when it was entered
        group=token.group_id,
        blocked=token.blocked,
        expires_at=token.expires_at,
        concurrent_transactions_max=token.concurrent_transactions_max,
        priority=token.priority,
        name=token.name,
        stations=list(token.station_ids),
        evses=list(token.evse_ids),
        hours_from=token.hours_from,
        hours_until=token.hours_until,
        time_zone=token.time_zone,
        charging_priority=token.charging_priority,
        personal_message=token.personal_message,
        language=token.language,
        cache_duration_s=token.cache_duration_s,
        tariff=token.tariff_id,
    )


def token_of(id_token: str, body: driver_schemas.TokenBody) -> Token:
    """Make the token that a body describes. Raises `InvalidInput` for a zone that nobody knows or half a window."""
    try:
        ZoneInfo(body.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as why:
        raise InvalidInput("no such time zone", where="time_zone") from why
    if (body.hours_from is None) != (body.hours_until is None):
        raise InvalidInput("hours_from and hours_until go together", where="hours_from")
    return Token(
        id_token=id_token,
        kind=body.kind,
        group_id=body.group,
        blocked=body.blocked,
        expires_at=utc(body.expires_at, "expires_at"),
        concurrent_transactions_max=body.concurrent_transactions_max,
        priority=body.priority,
        name=body.name,
        station_ids=tuple(body.stations),
        evse_ids=tuple(body.evses),
        hours_from=body.hours_from,
        hours_until=body.hours_until,
        time_zone=body.time_zone,
        charging_priority=body.charging_priority,
        personal_message=body.personal_message,
        language=body.language,
        cache_duration_s=body.cache_duration_s,
        tariff_id=body.tariff,
    )
