"""What is told of a token: when, where, for how long, by whatever name it is asked (OCPP 2.0.1 block C)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

import pytest

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.csms.authorization import authorize, may_stop
from chargewright.domain.token import AuthorizationStatus, Token
from chargewright.ids import EvseId, StationId

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ACCEPTED, INVALID = AuthorizationStatus.ACCEPTED, AuthorizationStatus.INVALID


@pytest.fixture
async def store() -> AsyncIterator[SqliteStore]:
    made = SqliteStore(":memory:")
    await made.start()
    yield made
    await made.stop()


async def told(store: SqliteStore, token: Token, *, at: datetime = NOON, asked: str | None = None, **more):
    await store.commit(lambda records: records.put_token(token))
    return await store.read(lambda records: authorize(records, asked or token.id_token, at=at, **more))


@pytest.mark.parametrize(
    ("window", "minute", "fits"),
    [
        ((time(8), time(18)), 8 * 60 - 1, False),
        ((time(8), time(18)), 8 * 60, True),
        ((time(8), time(18)), 18 * 60 - 1, True),
        ((time(8), time(18)), 18 * 60, False),
        ((time(22), time(6)), 21 * 60 + 59, False),
        ((time(22), time(6)), 22 * 60, True),
        ((time(22), time(6)), 23 * 60 + 59, True),
        ((time(22), time(6)), 5 * 60 + 59, True),
        ((time(22), time(6)), 6 * 60, False),
    ],
)
async def test_hours_are_local_ones_and_end_before_their_end(store, window, minute: int, fits: bool):
    token = Token("T", hours_from=window[0], hours_until=window[1], time_zone="Europe/Berlin")
    # In July Berlin is two hours ahead of UTC.
    at = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=minute, hours=-2)
    status = (await told(store, token, at=at)).status
    assert status is (ACCEPTED if fits else AuthorizationStatus.NOT_AT_THIS_TIME)


@pytest.mark.parametrize(
    ("expires_s", "cache_s", "until_s"),
    [(None, None, None), (900, None, 900), (None, 60, 60), (900, 60, 60), (60, 900, 60)],
)
async def test_an_answer_is_good_until_the_earlier_of_expiry_and_cache(store, expires_s, cache_s, until_s):
    expires_at = None if expires_s is None else NOON + timedelta(seconds=expires_s)
    info = await told(store, Token("T", expires_at=expires_at, cache_duration_s=cache_s))
    assert info.expires_at == (None if until_s is None else NOON + timedelta(seconds=until_s))


@pytest.mark.parametrize(
    ("kept", "asked", "status"),
    [
        ("eMAID", "eMAID", ACCEPTED),
        ("ISO14443", "ISO15693", ACCEPTED),
        ("ISO14443", "", ACCEPTED),
        ("ISO14443", "KeyCode", INVALID),
        ("KeyCode", "ISO14443", INVALID),
        ("MacAddress", "Central", INVALID),
    ],
)
async def test_codes_contracts_and_addresses_are_namespaces_of_their_own(store, kept, asked, status):
    assert (await told(store, Token("1234", kind=kept), kind=asked)).status is status


async def test_a_contract_is_found_with_and_without_its_separators(store):
    contract = Token("DE8AAC12345678X", kind="eMAID")
    found = await told(store, contract, asked="de-8aa-c12345678-x", kind="eMAID")
    assert found.status is ACCEPTED
    as_a_card = await told(store, contract, asked="DE-8AA-C12345678-X")
    assert as_a_card.status is AuthorizationStatus.UNKNOWN


async def test_places(store):
    token = Token("T", station_ids=("HERE",), evse_ids=(1,))
    here, there = StationId("HERE"), StationId("THERE")
    for station_id, evse_id, fits in (
        (here, EvseId(1), True),
        (here, None, True),
        (None, None, True),
        (there, EvseId(1), False),
        (here, EvseId(2), False),
    ):
        status = (await told(store, token, station_id=station_id, evse_id=evse_id)).status
        assert (status is ACCEPTED) is fits, f"{station_id} {evse_id}"


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        ("A", "a", True),
        (None, "B", True),
        ("A", "B", True),
        ("A", "C", False),
        ("A", "MASTER", True),
        ("STRANGER", "C", False),
        ("C", "STRANGER", False),
        ("LONER", "OTHER LONER", False),
    ],
)
async def test_who_may_stop(store, first, second, may: bool):
    def work(records) -> bool:
        for id_token, group in (("A", "G"), ("B", "G"), ("C", "H"), ("MASTER", "M"), ("LONER", None)):
            records.put_token(Token(id_token, group_id=group))
        records.put_token(Token("OTHER LONER"))
        return may_stop(records, started_with=first, id_token=second, master_pass_group="M")

    assert await store.commit(work) is may
