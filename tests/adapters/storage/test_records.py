"""Every method of `Records`, on every store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from chargewright.adapters.storage import sqlite
from chargewright.charging.profile import Kind, Period, Profile, Purpose, RateUnit, Schedule, StationAbilities
from chargewright.csms.ports import Shelf, numbered
from chargewright.domain.installation import InstalledProfile, ProfileState
from chargewright.domain.metering import Reading, Sample
from chargewright.domain.site import ChargingNeed, SiteRecord, SiteSettings
from chargewright.domain.station import EvseStatus, Registration, Station
from chargewright.domain.token import Token
from chargewright.domain.transaction import EventKind, Transaction, TransactionEvent, TransactionState, fold
from chargewright.ids import EvseId, SiteId, StationId, TransactionId

AT = datetime(2026, 11, 22, 8, 0, 0, 123456, tzinfo=UTC)
CP1, CP2 = StationId("CP1"), StationId("Straße 2")
NEVER = 2**31


def event(n=0, kind=EventKind.UPDATED, **over):
    made = TransactionEvent(
        kind=kind, station_id=CP1, wire_id="w1", at=AT + timedelta(seconds=n), digest=f"d{n}"
    )
    return replace(made, **over)


def transaction(number, **over):
    made = Transaction(
        id=TransactionId(number),
        wire_id=str(number),
        station_id=CP1,
        state=TransactionState.ACTIVE,
        started_at=AT,
    )
    return replace(made, **over)


def reading(n=0, value=1.0, **over):
    samples = (
        Sample("Energy.Active.Import.Register", value, None, None, "Sample.Periodic"),
        Sample("Current.Import", 16.02, "L1"),
        Sample("SoC", None, text="signed:é"),
    )
    made = Reading(EvseId(1), AT + timedelta(seconds=n), samples, TransactionId(7))
    return msgspec.structs.replace(made, **over)


async def test_shelves(store):
    shelf, other = Shelf("token", Token), Shelf("another", Token)

    def put(records):
        for owner, number in [("CP1", 2), ("CP1", 10), ("CP2", 1)]:
            records.put_item(shelf, owner, numbered(number), Token(f"{owner}-{number}"))
        records.put_item(other, "CP1", numbered(2), Token("elsewhere"))
        records.put_item(shelf, "CP1", numbered(2), Token("again"))
        return [records.new_number("requestId") for _ in range(3)] + [records.new_number("else")]

    assert len(set((await store.commit(put))[:3])) == 3

    def read(records):
        assert records.item(shelf, "CP1", numbered(2)) == Token("again")
        assert records.item(shelf, "CP3", numbered(2)) is None
        assert [item.id_token for _, _, item in records.items(shelf)] == ["CP2-1", "again", "CP1-10"]
        assert records.items(shelf, "CP1", limit=1) == [("CP1", numbered(2), Token("again"))]
        assert records.items(shelf, "CP1", after=numbered(2)) == [("CP1", numbered(10), Token("CP1-10"))]
        assert [key for key, _ in records.newest_items(shelf, "CP1")] == [numbered(10), numbered(2)]

    await store.read(read)
    single = Shelf("single", Token)
    await store.commit(lambda records: records.put_item(single, "CP1", "", Token("the only one")))
    assert await store.read(lambda records: records.items(single)) == [("CP1", "", Token("the only one"))]
    assert len(await store.read(lambda records: records.items(single, "CP1"))) == 1
    assert await store.commit(lambda records: records.delete_item(shelf, "CP1", numbered(2)))
    assert not await store.commit(lambda records: records.delete_item(shelf, "CP1", numbered(2)))
    assert await store.commit(lambda records: records.delete_items(shelf, "CP1")) == 1
    assert [key for _, key, _ in await store.read(lambda records: records.items(other))] == [numbered(2)]


async def test_stations(store):
    full = Station(
        CP2,
        registration=Registration.ACCEPTED,
        site_id=SiteId("depot"),
        evse_ids=(EvseId(1), EvseId(2)),
        credential="hmac:x",
        reading="tolerant",
        version="ocpp2.1",
        abilities=StationAbilities(periods_max=24),
        booted_at=AT,
        statuses=(EvseStatus(EvseId(1), 1, "Available", AT),),
    )

    def write(records):
        records.put_station(full)
        records.put_station(Station(CP1))
        return records.station(CP2), records.station(StationId("cp1"))

    assert await store.commit(write) == (full, None)
    await store.commit(lambda records: records.put_station(replace(full, model="M2")))
    assert await store.read(lambda records: records.stations()) == [Station(CP1), replace(full, model="M2")]
    assert await store.commit(lambda records: records.delete_station(CP1))
    assert not await store.commit(lambda records: records.delete_station(CP1))
    assert await store.read(lambda records: records.station(CP1)) is None


async def test_tokens_without_regard_to_case(store):
    await store.commit(lambda records: records.put_token(Token("AbC1", expires_at=AT)))
    assert (await store.read(lambda records: records.token("aBc1"))).id_token == "AbC1"
    await store.commit(lambda records: records.put_token(Token("ABC1", blocked=True)))
    assert await store.read(lambda records: records.tokens()) == [Token("ABC1", blocked=True)]
    assert await store.commit(lambda records: records.delete_token("abc1"))
    assert not await store.commit(lambda records: records.delete_token("abc1"))


async def test_transaction_ids_are_never_given_twice(tmp_path):
    given = []
    path = tmp_path / "cw.db"

    def take_and_fail(records):
        given.append(records.new_transaction_id())
        raise ValueError("rolled back")

    for _ in range(3):
        store = sqlite.SqliteStore(path)
        await store.start()
        given += [await store.commit(lambda records: records.new_transaction_id()) for _ in range(5)]
        with pytest.raises(ValueError, match="rolled back"):
            await store.commit(take_and_fail)
        given += await store.commit(lambda records: [records.new_transaction_id() for _ in range(1500)])
        await store.stop()
    assert len(set(given)) == len(given)
    assert all(1 <= number < NEVER for number in given)


async def test_events_are_kept_once_and_counted(store):
    tid = TransactionId(5)

    def write(records):
        return [
            records.append_transaction_event(tid, event(0, EventKind.STARTED, arrival=99)),
            records.append_transaction_event(tid, event(1, meter_wh=12.5)),
            records.append_transaction_event(tid, event(0, EventKind.STARTED)),
            records.append_transaction_event(TransactionId(6), event(0, EventKind.STARTED, wire_id="w2")),
        ]

    assert await store.commit(write) == [True, True, False, True]
    assert not await store.commit(
        lambda records: records.append_transaction_event(tid, event(1, meter_wh=99.0))
    )
    events = await store.read(lambda records: records.transaction_events(tid))
    assert [e.digest for e in events] == ["d0", "d1"]
    assert events[1] == replace(event(1, meter_wh=12.5), arrival=events[1].arrival)
    assert events[0].arrival < events[1].arrival
    assert fold(tid, events) == fold(tid, reversed(events))


async def test_transactions_are_found_by_what_stations_say(store):
    def write(records):
        records.append_transaction_event(TransactionId(5), event(0, EventKind.STARTED))
        records.append_transaction_event(TransactionId(5), event(1))

    await store.commit(write)

    def find(records):
        return (
            records.find_transaction(CP1, "w1"),
            records.find_transaction(CP2, "w1"),
            records.find_transaction(CP1, "w9"),
            records.transaction_of_start(CP1, "d0"),
            records.transaction_of_start(CP1, "d1"),
            records.transaction_of_start(CP2, "d0"),
        )

    assert await store.read(find) == (5, None, None, 5, None, None)


async def test_transaction_lists(store):
    def write(records):
        for n in range(1, 8):
            records.put_transaction(
                transaction(
                    n,
                    station_id=CP1 if n % 2 else CP2,
                    started_at=None if n == 7 else AT + timedelta(hours=n),
                    state=TransactionState.ENDED if n == 3 else TransactionState.ACTIVE,
                    id_token="Tok" if n < 5 else None,
                    evse_id=EvseId(n),
                )
            )

    await store.commit(write)

    async def ids(**wanted):
        return [t.id for t in await store.read(lambda records: records.transactions(**wanted))]

    assert await ids() == [1, 2, 3, 4, 5, 6, 7]
    assert await ids(station_id=CP2) == [2, 4, 6]
    assert await ids(after_id=2, limit=2) == [3, 4]
    assert await ids(since=AT + timedelta(hours=2), until=AT + timedelta(hours=4)) == [2, 3]
    open_ids = await store.read(lambda records: [t.id for t in records.open_transactions()])
    assert open_ids == [1, 2, 4, 5, 6, 7]
    assert await store.read(lambda records: [t.id for t in records.open_transactions(CP1)]) == [1, 5, 7]
    assert await store.read(lambda records: [t.id for t in records.open_transactions_of_token("tOK")]) == [
        1,
        2,
        4,
    ]
    await store.commit(lambda records: records.put_transaction(transaction(2, state=TransactionState.ENDED)))
    assert (
        await store.read(lambda records: records.transaction(TransactionId(2)))
    ).state is TransactionState.ENDED
    assert await store.read(lambda records: records.transaction(TransactionId(99))) is None


async def test_readings_are_kept_once_and_read_by_time(store):
    many = [reading(n, float(n)) for n in range(5)]
    await store.commit(lambda records: records.append_readings(CP1, reversed(many)))
    await store.commit(lambda records: records.append_readings(CP1, many))
    await store.commit(lambda records: records.put_transaction(transaction(7)))
    assert await store.read(lambda records: records.readings(station_id=CP1)) == many
    assert await store.read(lambda records: records.readings(transaction_id=TransactionId(7))) == many
    assert await store.read(lambda records: records.readings(transaction_id=TransactionId(8))) == []
    assert await store.read(lambda records: records.readings(station_id=CP2)) == []
    since = AT + timedelta(seconds=3)
    assert await store.read(lambda records: records.readings(since=since)) == many[3:]
    assert await store.read(lambda records: records.readings(limit=2)) == many[:2]


async def test_other_samples_of_the_same_instant_are_another_reading(store):
    both = [reading(0, 1.0), reading(0, 2.0)]
    loose = reading(0, 1.0, transaction_id=None, suspect=True)
    await store.commit(lambda records: records.append_readings(CP1, [*both, loose]))
    found = await store.read(lambda records: records.readings(station_id=CP1))
    assert len(found) == 3
    assert loose in found


async def test_reads_see_the_writes_before_them_in_the_same_transaction(store):
    def work(records):
        records.put_transaction(transaction(7, evse_id=EvseId(1)))
        records.append_readings(CP1, [reading(0), reading(1)])
        return records.readings(transaction_id=TransactionId(7)), records.latest_readings()

    readings, latest = await store.commit(work)
    assert readings == [reading(0), reading(1)]
    assert latest == [(CP1, reading(1))]


@pytest.mark.parametrize(("at_leisure", "in_any_case"), [(50, 10_000), (10_000, 50)])
async def test_readings_keep_their_order_and_count_when_they_settle(
    store, monkeypatch, at_leisure, in_any_case
):
    monkeypatch.setattr(sqlite, "RECENT_MIN", at_leisure)
    monkeypatch.setattr(sqlite, "RECENT_MAX", in_any_case)
    await store.commit(lambda records: records.put_transaction(transaction(7, evse_id=EvseId(1))))
    for start in range(0, 300, 7):
        batch = [reading(n, float(n)) for n in range(start, min(start + 7, 300))]
        await store.commit(lambda records, batch=batch: records.append_readings(CP1, batch))
        again = batch[:2]
        await store.commit(lambda records, again=again: records.append_readings(CP1, again))
        newest = await store.read(lambda records: records.latest_readings())
        assert newest == [(CP1, batch[-1])]
    found = await store.read(lambda records: records.readings(transaction_id=TransactionId(7)))
    assert found == [reading(n, float(n)) for n in range(300)]
    found = await store.read(lambda records: records.readings(station_id=CP1))
    assert found == [reading(n, float(n)) for n in range(300)]


async def test_latest_readings_are_those_of_open_transactions(store):
    def write(records):
        records.put_transaction(transaction(7, evse_id=EvseId(1)))
        records.put_transaction(transaction(8, evse_id=EvseId(2), state=TransactionState.ENDED))
        records.put_transaction(transaction(9, evse_id=EvseId(3)))
        records.append_readings(CP1, [reading(5), reading(2), reading(9, transaction_id=None)])
        records.append_readings(CP1, [reading(5, evse_id=EvseId(2)), reading(5, evse_id=EvseId(4))])

    await store.commit(write)
    assert await store.read(lambda records: records.latest_readings()) == [
        (CP1, reading(9, transaction_id=None))
    ]


async def test_times_of_other_zones_are_kept_as_instants(store):
    local = reading(0, at=AT.astimezone(timezone(timedelta(hours=2))))
    await store.commit(lambda records: records.append_readings(CP1, [local]))
    (found,) = await store.read(lambda records: records.readings(station_id=CP1))
    assert found.at == AT
    assert found.at.utcoffset() == timedelta(0)


async def test_sites_needs_and_plans(store):
    settings = SiteSettings(goal="cost", prices=((AT, 0.25), (AT + timedelta(hours=1), 0.5)))
    site = SiteRecord(SiteId("depot"), "Depot", b'{"id":"depot"}', settings, AT)
    need = ChargingNeed(CP1, EvseId(1), AT, energy_wh=7000.0)

    def write(records):
        records.put_site(site)
        records.put_charging_need(replace(need, energy_wh=1.0))
        records.put_charging_need(need)
        records.put_charging_need(replace(need, evse_id=EvseId(2)))
        records.put_plan(site.id, AT, b"old")
        records.put_plan(site.id, AT, b"{}")

    await store.commit(write)
    assert await store.read(lambda r: (r.site(site.id), r.site(SiteId("no")), r.sites())) == (
        site,
        None,
        [site],
    )
    assert await store.read(lambda r: r.charging_needs()) == [need, replace(need, evse_id=EvseId(2))]
    await store.commit(lambda r: r.delete_charging_need(CP1, EvseId(2)))
    assert await store.read(lambda r: r.charging_needs()) == [need]
    assert await store.read(lambda r: (r.plan(site.id), r.plan(SiteId("no")))) == ((AT, b"{}"), None)


async def test_notices_and_commands(store):
    def write(records):
        for n in range(3):
            records.append_notice(CP1, AT + timedelta(seconds=n), "DataTransfer", b"%d" % n)
        return records.append_command(CP1, AT, "Reset", b'{"type":"Soft"}')

    number = await store.commit(write)
    assert [content for _, _, content in await store.read(lambda r: r.notices(CP1, 2))] == [b"2", b"1"]
    assert await store.read(lambda r: r.notices(CP2)) == []
    assert await store.read(lambda r: r.command(number)) == (
        CP1,
        AT,
        "Reset",
        b'{"type":"Soft"}',
        None,
        "",
        b"",
    )
    done_at = AT + timedelta(seconds=2)
    await store.commit(lambda r: r.finish_command(number, done_at, "answered", b"{}"))
    assert (await store.read(lambda r: r.command(number)))[4:] == (done_at, "answered", b"{}")
    assert await store.read(lambda r: r.command(number + 1)) is None
    assert await store.commit(lambda r: r.append_command(CP1, AT, "Reset", b"")) == number + 1


async def test_the_ledger_of_profiles(store):
    profile = Profile(
        id=3,
        stack_level=1,
        purpose=Purpose.TX,
        kind=Kind.ABSOLUTE,
        schedules=(Schedule(RateUnit.A, (Period(0, 160), Period(900, None)), start_at=AT),),
        valid_to=AT,
    )

    def entry(number, state, **over):
        made = InstalledProfile(number, CP1, EvseId(1), profile, state, AT, transaction_id=TransactionId(4))
        return replace(made, **over)

    first, second = await store.commit(lambda r: (r.new_entry_id(), r.new_entry_id()))
    assert first != second

    def write(records):
        records.put_installed_profile(entry(1, ProfileState.SENT))
        records.put_installed_profile(entry(1, ProfileState.ACCEPTED, accepted=True, verification="verified"))
        records.put_installed_profile(entry(2, ProfileState.SENT, station_id=CP2))
        records.put_installed_profile(entry(3, ProfileState.REJECTED, reason="no"))
        records.put_installed_profile(entry(4, ProfileState.FAILED))
        records.put_installed_profile(
            entry(5, ProfileState.SUPERSEDED, accepted=True, verification="diverged")
        )
        return [e.entry_id for e in records.installed_profiles()]

    assert await store.commit(write) == [1, 2]
    (held,) = await store.read(lambda r: r.installed_profiles(CP1))
    assert held == entry(1, ProfileState.ACCEPTED, accepted=True, verification="verified")
    assert [e.entry_id for e in await store.read(lambda r: r.profile_history(CP1, 3))] == [5, 4, 3]
    assert await store.read(lambda r: r.count_profiles()) == {
        "sent": 4, "accepted": 2, "verified": 1, "diverged": 1, "rejected": 1,
    }  # fmt: skip
