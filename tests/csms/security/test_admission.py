"""Who is let in, whatever was shown before; and that no lost answer ever locks a station out."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from tests.adapters.rest.rest_harness import NOW, ManualClock

from chargewright.adapters.bus.inprocess import InProcessBus
from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.csms.ports import Handshake, ShownCertificate
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.admission import Doorkeeper
from chargewright.csms.security.credentials import PENDING_MAX, Credentials
from chargewright.csms.security.events import SecurityEvents
from chargewright.csms.security.passwords import hash_password
from chargewright.domain import events
from chargewright.domain.commands import CommandOutcome
from chargewright.domain.security import Replied
from chargewright.domain.station import Station
from chargewright.errors import InvalidInput, UnsupportedByVersion
from chargewright.ids import StationId

CS1 = StationId("CS1")
PASSWORD = "0123456789abcdef0123456789abcdef01234567"
OWN = ShownCertificate(("CS1",), NOW + timedelta(days=9))
FOREIGN = ShownCertificate(("CS2", "cs2.example"), NOW + timedelta(days=9))


class Orders:
    """Answers each order by `respond`; keeps what was ordered."""

    def __init__(self, respond=lambda _: CommandOutcome("offline", None, None)):
        self.respond = respond
        self.ordered = []

    async def order(self, station_id, command, *, priority=None):
        self.ordered.append(command)
        return self.respond(command)


def replied(status):
    return CommandOutcome("answered", NOW, NOW, Replied(status))


class House:
    def __init__(self, store, orders):
        self.store = store
        self.bus = InProcessBus()
        self.clock = ManualClock()
        self.provisioning = Provisioning(store=store, bus=self.bus, clock=self.clock)
        self.events = SecurityEvents(store=store, bus=self.bus, clock=self.clock)
        self.door = Doorkeeper(provisioning=self.provisioning, events=self.events)
        self.orders = orders
        self.credentials = Credentials(store=store, provisioning=self.provisioning, commands=orders)

    def knock(self, password=None, *, secure=False, certificate=None, wanted=False, username="CS1"):
        shown = None if password is None else password.encode()
        name = None if password is None else username
        return self.door.admit(Handshake(CS1, name, shown, "192.0.2.1", secure, certificate, wanted)).status

    @property
    def station(self):
        return self.provisioning.require(CS1)


@asynccontextmanager
async def house(orders=None, **station):
    store = SqliteStore(":memory:")
    await store.start()
    try:
        made = House(store, orders or Orders())
        station.setdefault("credential", hash_password(PASSWORD, generated=True))
        await made.provisioning.put(Station(CS1, **station))
        yield made
    finally:
        await store.stop()


SHOWN = {
    "nothing": {},
    "nothing, TLS": {"secure": True},
    "password": {"password": PASSWORD},
    "password, TLS": {"password": PASSWORD, "secure": True},
    "wrong password, TLS": {"password": "x" * 40, "secure": True},
    "other name": {"password": PASSWORD, "username": "CS2"},
    "own certificate": {"certificate": OWN, "secure": True},
    "own certificate, wrong password": {"certificate": OWN, "secure": True, "password": "x" * 40},
    "foreign certificate, password": {"certificate": FOREIGN, "secure": True, "password": PASSWORD},
}
REACHES = {
    "password": 1,
    "password, TLS": 2,
    "own certificate": 3,
    "own certificate, wrong password": 3,
}
"""The security profile that each of them proves, by the standard; the others prove none."""


@pytest.mark.parametrize("held", [None, 1, 2, 3])
@pytest.mark.parametrize("shown", SHOWN)
async def test_a_station_with_a_password_is_let_in_at_its_profile_or_above(held, shown):
    async with house(security_profile=held) as made:
        reached = REACHES.get(shown, 0)
        let_in = reached > 0 and reached >= (held or 0)
        assert made.knock(**SHOWN[shown]) == (101 if let_in else 401)
        assert made.station.security_profile == (max(reached, held or 0) if let_in else held)


@pytest.mark.parametrize(
    ("wanted", "certificate", "status"), [(True, None, 401), (True, OWN, 101), (False, None, 101)]
)
async def test_a_station_without_a_password_shows_a_certificate_where_one_is_wanted(
    wanted, certificate, status
):
    async with house(credential=None) as made:
        assert made.knock(secure=True, certificate=certificate, wanted=wanted) == status


async def test_what_happens_at_the_door_is_told_once_a_minute():
    async with house(security_profile=2) as made:
        told = []
        made.bus.subscribe(lambda e: told.append(e.kind) if isinstance(e, events.SecurityAlerted) else None)
        for _ in range(3):
            made.knock(PASSWORD)
            made.knock("x" * 40, secure=True)
            made.knock(certificate=FOREIGN, secure=True)
        await made.store.commit(lambda _: None)  # behind what was written, and a turn of the loop for the bus
        kept = await made.events.of(CS1, 10)
        once = ["SecurityProfileDowngrade", "WrongCredentials", "ForeignStationCertificate"]
        assert told == once
        assert sorted(event.kind for event in kept) == sorted(once)
        assert PASSWORD not in str(kept)
        made.clock.forward(60)
        made.knock(PASSWORD)
        await made.store.commit(lambda _: None)
        assert told == [*once, once[0]]


@pytest.mark.parametrize("seed", range(40))
async def test_no_lost_answer_locks_a_station_out(seed):
    """The station's own password always lets it in; once it was used, no other one does."""
    random = Random(seed)
    held = [PASSWORD]  # what the station holds, after all that it ever held

    def respond(command):
        match random.choice(["accepted", "reboot", "refused", "lost on the way", "answer lost", "offline"]):
            case "accepted":
                held.append(command.password)
                return replied("Accepted")
            case "reboot":
                if random.random() < 0.5:
                    held.append(command.password)
                return replied("RebootRequired")
            case "refused":
                return random.choice([replied("Rejected"), CommandOutcome("error", NOW, NOW, code="X")])
            case "answer lost":
                held.append(command.password)
                return CommandOutcome("timeout", NOW, None)
            case "lost on the way":
                return CommandOutcome("timeout", NOW, None)
            case _:
                return CommandOutcome("offline", None, None)

    async with house(Orders(respond)) as made:
        ordered = [PASSWORD]
        for step in range(30):
            if random.random() < 0.6:
                try:
                    await made.credentials.change_password(CS1)
                except InvalidInput:
                    assert len(made.station.next_credentials) == PENDING_MAX
                else:
                    ordered.append(made.orders.ordered[-1].password)
                continue
            assert made.knock(held[-1]) == 101, f"seed {seed}, step {step}"
            wrongly = [word for word in ordered if word != held[-1] and made.knock(word) != 401]
            assert wrongly == [], f"seed {seed}, step {step}"


async def test_an_order_that_cannot_be_said_leaves_nothing_behind():
    def respond(_):
        raise InvalidInput("no such password", where="password")

    async with house(Orders(respond)) as made:
        with pytest.raises(InvalidInput):
            await made.credentials.change_password(CS1, "not hexadecimal at all")
        assert made.station.next_credentials == ()
        assert made.knock(PASSWORD) == 101


@pytest.mark.parametrize(
    ("outcome", "raising"),
    [(replied("Accepted"), 2), (replied("Rejected"), None), (CommandOutcome("timeout", NOW, None), 2)],
)
async def test_a_profile_is_pending_only_where_the_station_may_have_taken_it(outcome, raising):
    async with house(Orders(lambda _: outcome), security_profile=1) as made:
        await made.credentials.raise_profile(CS1, 2)
        assert (made.station.security_profile, made.station.raising_to) == (1, raising)
        assert made.knock(PASSWORD) == 101
        assert made.knock(PASSWORD, secure=True) == 101
        assert (made.station.security_profile, made.station.raising_to) == (2, None)


async def test_a_profile_is_not_lowered_by_order_and_2_x_needs_an_address():
    def respond(_):
        raise UnsupportedByVersion("the security profile", version="ocpp2.0.1", why="it has no such key")

    async with house(Orders(respond), security_profile=2) as made:
        for profile in (1, 2, 4):
            with pytest.raises(InvalidInput, match="above 2"):
                await made.credentials.raise_profile(CS1, profile)
        with pytest.raises(InvalidInput, match="URL"):
            await made.credentials.raise_profile(CS1, 3)
        assert made.station.raising_to is None
        await made.credentials.set_minimum(CS1, 1, None)
        assert made.knock(PASSWORD) == 101


async def test_what_changes_while_a_change_is_made_durable_is_not_undone():
    async with house() as made:
        slow = asyncio.create_task(made.provisioning.change(CS1, lambda s: replace(s, vendor="Acme")))
        await asyncio.sleep(0)
        assert made.knock(PASSWORD, secure=True) == 101
        await slow
        await made.store.commit(lambda _: None)
        kept = await made.store.read(lambda records: records.station(CS1))
        assert kept == made.station
        assert (kept.vendor, kept.security_profile) == ("Acme", 2)
