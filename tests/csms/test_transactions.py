"""Transactions and tokens on the real store: repeated, late, foreign and odd messages (OCPP 1.6 4.1, 4.8, 4.10)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.csms.metering import LiveMeters
from chargewright.csms.transactions import Transactions
from chargewright.domain.metering import ENERGY_IMPORT, Reading, Sample
from chargewright.domain.requests import TransactionReported
from chargewright.domain.token import AuthorizationStatus, Token
from chargewright.domain.transaction import EventKind, TransactionState
from chargewright.ids import EvseId, StationId
from chargewright.simulator.clock import PacedClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CP1, CP2 = StationId("CP1"), StationId("CP2")


class Case:
    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.clock = PacedClock(NOW)
        self.live = LiveMeters()
        self.service = Transactions(store=store, bus=InProcessBus(), clock=self.clock, live=self.live)

    async def report(self, report: TransactionReported, station: StationId = CP1):
        stored = await self.store.commit(lambda records: self.service.store(records, station, report))
        return self.service.stored(station, report, stored)

    async def all(self):
        return await self.store.read(lambda records: records.transactions())


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    store = SqliteStore(":memory:")
    await store.start()
    for token in (
        Token("FREE", concurrent_transactions_max=None),
        Token("ONE"),
        Token("BLOCKED", blocked=True),
        Token("OLD", expires_at=NOW - timedelta(days=1)),
        Token("MOTHER", group_id="family"),
        Token("CHILD", group_id="family"),
    ):
        await store.commit(lambda records, token=token: records.put_token(token))
    yield Case(store)
    await store.stop()


def start(
    token: str = "FREE", *, minute: int = 0, evse: int = 1, digest: str | None = None
) -> TransactionReported:
    at = NOW - timedelta(hours=2) + timedelta(minutes=minute)
    return TransactionReported(
        kind=EventKind.STARTED,
        wire_id=None,
        at=at,
        digest=digest or f"start {evse} {token} {minute}",
        evse_id=EvseId(evse),
        id_token=token,
        token_asked=True,
        meter_wh=1000.0,
    )


def stop(
    wire_id: str, *, meter_wh: float = 5000.0, token: str | None = None, digest: str = "stop"
) -> TransactionReported:
    return TransactionReported(
        kind=EventKind.ENDED,
        wire_id=wire_id,
        at=NOW,
        digest=f"{digest} {wire_id} {meter_wh} {token}",
        id_token=token,
        token_asked=token is not None,
        meter_wh=meter_wh,
        reason="Local",
    )


async def test_a_repeated_start_gets_the_same_id_and_leaves_one_record(case: Case):
    first = await case.report(start())
    assert (await case.report(start())).transaction_id == first.transaction_id
    assert len(await case.all()) == 1


async def test_the_same_start_at_two_stations_is_two_transactions(case: Case):
    first = await case.report(start(), CP1)
    assert (await case.report(start(), CP2)).transaction_id != first.transaction_id


async def test_a_repeated_stop_and_a_contradicting_one_change_nothing(case: Case):
    began = await case.report(start())
    wire_id = str(began.transaction_id)
    await case.report(stop(wire_id))
    await case.report(stop(wire_id))
    await case.report(stop(wire_id, meter_wh=9999.0))
    (record,) = await case.all()
    assert record.energy_wh == 4000.0
    assert record.suspect == ("another stop with other values is kept beside the first",)


async def test_a_stop_for_another_stations_transaction_touches_nothing_of_it(case: Case):
    began = await case.report(start(), CP1)
    await case.report(stop(str(began.transaction_id)), CP2)
    by_station = {record.station_id: record for record in await case.all()}
    assert by_station[CP1].state is TransactionState.ACTIVE
    assert by_station[CP2].suspect == ("stop without start",)


@pytest.mark.parametrize("wire_id", ["-1", "0"])
async def test_stops_of_starts_that_were_never_acknowledged_are_kept_apart(case: Case, wire_id: str):
    await case.report(stop(wire_id, meter_wh=1.0))
    await case.report(stop(wire_id, meter_wh=2.0))
    await case.report(stop(wire_id, meter_wh=2.0))
    assert sorted(record.meter_stop_wh for record in await case.all()) == [1.0, 2.0]


async def test_what_is_open_is_known_again_after_a_restart(case: Case):
    began = await case.report(start())
    reading = Reading(EvseId(1), NOW, (Sample(ENERGY_IMPORT, 1234.0),), began.transaction_id)
    await case.store.commit(lambda records: records.append_readings(CP1, [reading]))
    live = LiveMeters()
    reborn = Transactions(store=case.store, bus=InProcessBus(), clock=case.clock, live=live)
    await reborn.load()
    assert [t.id for t in reborn.open()] == [began.transaction_id]
    assert reborn.known(CP1, str(began.transaction_id)) == began.transaction_id
    meter = live.of(CP1, EvseId(1))
    assert meter is not None
    assert meter.energy_wh == 1234.0


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("FREE", AuthorizationStatus.ACCEPTED),
        ("free", AuthorizationStatus.ACCEPTED),
        ("BLOCKED", AuthorizationStatus.BLOCKED),
        ("OLD", AuthorizationStatus.EXPIRED),
        ("stranger", AuthorizationStatus.UNKNOWN),
    ],
)
async def test_a_start_is_recorded_whatever_its_token_and_told_the_status(case: Case, token, status):
    answer = await case.report(start(token))
    assert answer.info is not None
    assert answer.info.status is status
    assert len(await case.all()) == 1


async def test_one_token_one_transaction_and_the_repeat_of_the_first_is_not_another(case: Case):
    assert (await case.report(start("ONE"))).info.status is AuthorizationStatus.ACCEPTED
    assert (await case.report(start("ONE"))).info.status is AuthorizationStatus.ACCEPTED
    assert (await case.report(start("ONE", evse=2), CP2)).info.status is AuthorizationStatus.CONCURRENT_TX


async def test_the_family_may_stop_a_stranger_may_not(case: Case):
    began = await case.report(start("MOTHER"))
    wire_id = str(began.transaction_id)
    by_child = await case.report(stop(wire_id, token="CHILD"))
    assert by_child.info.status is AuthorizationStatus.ACCEPTED
    by_stranger = await case.report(stop(wire_id, token="FREE", digest="other"))
    assert by_stranger.info.status is AuthorizationStatus.INVALID


async def test_events_of_2_x_in_any_order_make_one_record(case: Case):
    def event(kind: EventKind, number: int, meter_wh: float) -> TransactionReported:
        return replace(
            start(digest=f"e{number}"),
            kind=kind,
            wire_id="abc",
            seq_no=number,
            meter_wh=meter_wh,
            token_asked=False,
        )

    await case.report(event(EventKind.ENDED, 2, 3000.0))
    await case.report(event(EventKind.STARTED, 0, 1000.0))
    await case.report(event(EventKind.UPDATED, 1, 2000.0))
    (record,) = await case.all()
    assert (record.state, record.energy_wh, record.suspect) == (TransactionState.ENDED, 2000.0, ())


async def test_meter_values_of_an_event_that_names_no_evse_are_of_the_transactions_evse(case: Case):
    """In 2.x only the first event must name the EVSE (TransactionEventRequest, E01 and E02)."""
    reading = Reading(EvseId(0), NOW, (Sample(ENERGY_IMPORT, 4321.0),))
    begun = replace(start(digest="e0"), wire_id="abc", seq_no=0, token_asked=False)
    await case.report(begun)
    await case.report(
        replace(begun, kind=EventKind.UPDATED, seq_no=1, digest="e1", evse_id=None, readings=(reading,))
    )
    meter = case.live.of(CP1, EvseId(1))
    assert meter is not None
    assert meter.energy_wh == 4321.0
    (record,) = await case.all()
    kept = await case.store.read(lambda records: records.readings(transaction_id=record.id))
    assert [(r.evse_id, r.samples[0].value) for r in kept] == [(1, 4321.0)]


async def test_a_stop_is_not_bound_to_where_and_when_a_token_may_start(case: Case):
    await case.store.commit(
        lambda records: records.put_token(Token("FAR", group_id="family", station_ids=("X",)))
    )
    began = await case.report(start("MOTHER"))
    await case.report(start("MOTHER", evse=2, digest="second"), CP2)
    answer = await case.report(stop(str(began.transaction_id), token="FAR"))
    assert answer.info.status is AuthorizationStatus.ACCEPTED


async def test_a_stop_by_the_card_that_charges_elsewhere_too_is_no_second_start(case: Case):
    first = await case.report(start("ONE"))
    await case.report(start("FREE", evse=2, digest="other"))
    halted = replace(start("ONE", digest="halt"), wire_id=str(first.transaction_id), kind=EventKind.UPDATED)
    second = await case.report(start("ONE", digest="elsewhere"), CP2)
    assert second.info.status is AuthorizationStatus.CONCURRENT_TX
    answer = await case.report(replace(halted, trigger="StopAuthorized"))
    assert answer.info.status is AuthorizationStatus.ACCEPTED


async def test_an_older_start_that_is_told_late_displaces_nothing(case: Case):
    newer = await case.report(start(minute=60, digest="newer"))
    older = await case.report(start(minute=0, digest="older"))
    states = {record.id: record.state for record in await case.all()}
    assert states == {
        newer.transaction_id: TransactionState.ACTIVE,
        older.transaction_id: TransactionState.ACTIVE,
    }


@pytest.mark.parametrize(
    ("odd", "joins"),
    [
        ({}, True),
        ({"token": "ONE"}, False),
        ({"meter_wh": 1.0}, False),
        ({"minute": -600}, False),
    ],
)
async def test_a_stop_without_an_id_joins_only_what_it_can_have_stopped(case: Case, odd, joins: bool):
    began = await case.report(start())
    minute = odd.pop("minute", 30)
    said = stop("-1", **{"token": "FREE", "meter_wh": 9000.0, **odd})
    await case.report(replace(said, at=NOW - timedelta(hours=2) + timedelta(minutes=minute)))
    found = {record.id: record.state for record in await case.all()}
    assert (found[began.transaction_id] is TransactionState.ENDED) is joins
    assert len(found) == (1 if joins else 2)


async def test_a_stop_without_an_id_joins_nothing_where_it_may_mean_several(case: Case):
    await case.report(start(evse=1))
    await case.report(start(evse=2, digest="second"))
    await case.report(stop("-1", token="FREE", meter_wh=9000.0))
    assert [record.state for record in await case.all()].count(TransactionState.ACTIVE) == 2
