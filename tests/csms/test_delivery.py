"""What is sent to stations and when: a site of two EVSEs on one wire, a clock by hand, stations that accept."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from chargewright.charging.planner.session import Session
from chargewright.charging.profile import Kind, Period, Profile, Purpose, RateUnit, Schedule, StationAbilities
from chargewright.charging.site import EvseKey, Node, from_tree
from chargewright.charging.site import Outlet as Wired
from chargewright.csms.delivery import RETRY_AFTER, RETRY_DELAY_MAX, Delivery, Outlet, Situation, retry_delay
from chargewright.csms.envelope import exposure
from chargewright.csms.ledger import Ledger
from chargewright.domain.installation import ProfileState
from chargewright.domain.site import SiteSettings
from chargewright.domain.transaction import Transaction, TransactionState
from chargewright.ids import EvseId, SiteId, StationId, TransactionId

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
A, B = (EvseKey(StationId(name), EvseId(1)) for name in "AB")


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Rejected", RETRY_AFTER),
        ("Rejected: RateLimitExceeded 300 seconds before retry", timedelta(seconds=300)),
        ("Rejected: RateLimitExceeded 5 seconds before retry", RETRY_AFTER),
        ("Rejected: RateLimitExceeded 999999999 seconds before retry", RETRY_DELAY_MAX),
        ("Rejected: RateLimitExceeded seconds before retry", RETRY_AFTER),
    ],
)
def test_a_station_that_asks_for_time_gets_it_within_reason(reason: str, expected: timedelta):
    assert retry_delay(reason) == expected


class Store:
    async def commit(self, work):
        pass

    def submit(self, work, done):
        pass


class Garage:
    """Two stations on a wire of `limit_a`, both with a running transaction; every profile is accepted."""

    def __init__(self, limit_a):
        self.now = NOW
        self.sent = []
        tree = [Node(id="fuse", limit_a=limit_a)]
        wired = [Wired(key=k, node="fuse", connection="R", current_max_a=32.0) for k in (A, B)]
        self.site = from_tree(SiteId("x"), "x", tree, wired)
        self.ledger = Ledger(store=Store(), clock=self)
        abilities = StationAbilities(number_phases=1)
        services = SimpleNamespace(
            ledger=self.ledger,
            installer=self,
            clock=SimpleNamespace(now=lambda: self.now),
            provisioning=SimpleNamespace(
                require=lambda _: SimpleNamespace(abilities=abilities, version="ocpp1.6")
            ),
        )
        self.ledger._clock = services.clock
        self.delivery = Delivery(services, changed=lambda: None, settled=lambda: None)
        self.outlets = {k: Outlet(k, self.site.evses[k]) for k in (A, B)}
        self.running = {
            k: Transaction(TransactionId(n), str(n), k.station_id, TransactionState.ACTIVE, evse_id=k.evse_id)
            for n, k in enumerate((A, B), 1)
        }
        for k in (A, B):
            base = Schedule(RateUnit.A, (Period(0, 0),), NOW - timedelta(hours=1), id=1)
            profile = Profile(1001, 0, Purpose.TX_DEFAULT, Kind.ABSOLUTE, (base,))
            entry = self.ledger.enter(k, profile, ends_at=None, transaction_id=None)
            self.ledger._remember(self.accepted(entry))

    def accepted(self, entry):
        return replace(entry, state=ProfileState.ACCEPTED, settled_at=self.now, accepted=True)

    async def install(self, key, profile, *, entry, **_):
        (period,) = profile.schedules[0].periods
        self.sent.append((key.station_id, period.limit_tenths / 10))
        self.ledger._remember(self.accepted(entry))
        return self.accepted(entry)

    def plan(self, **amps):
        sessions = [
            Session(
                id=str(n),
                evse=k,
                arrival=NOW,
                departure=NOW + timedelta(hours=9),
                energy_wh=9e4,
                current_max_a=32.0,
            )
            for n, k in enumerate((A, B), 1)
        ]
        tenths = np.array([[round(amps[k.station_id] * 10)] for k in (A, B)])
        return SimpleNamespace(
            sessions=sessions, tenths_a=tenths, starts=(self.now,), end=self.now + timedelta(hours=1)
        )

    async def bring(self, made, *, after_s=0.0):
        """Let the time pass, bring the stations to the plan; returns what was sent."""
        self.now += timedelta(seconds=after_s)
        settings = SiteSettings()
        slack = timedelta(seconds=settings.settle_s + settings.clock_offset_max_s)
        open_ids = frozenset(t.id for t in self.running.values())
        follow = timedelta(seconds=settings.settle_s)
        self.ledger.settle(now=self.now, follow=follow, slack=slack, open_ids=open_ids)
        exposures = {
            k: exposure(self.ledger.held(k), evse=o.evse, trusted=True, slack=slack)
            for k, o in self.outlets.items()
        }
        at = Situation(
            now=self.now,
            site=self.site,
            settings=settings,
            outlets=self.outlets,
            base_tenths={A: 0, B: 0},
            running=self.running,
            plannable=frozenset((A, B)),
            exposures=exposures,
        )
        waiting = self.delivery.bring(made, at)
        for _ in range(5):
            await asyncio.sleep(0)  # the stations of this garage answer at once
        sent, self.sent = self.sent, []
        return sent, waiting


async def test_plans_that_agree_send_nothing_until_the_lease_is_nearly_over():
    garage = Garage(40.0)
    assert (await garage.bring(garage.plan(A=10, B=20)))[0] == [("A", 10.0), ("B", 20.0)]
    for _ in range(12):
        assert (await garage.bring(garage.plan(A=10, B=20), after_s=60))[0] == []
    assert garage.delivery.look_at == garage.now + timedelta(seconds=30), "then it wants to look again"
    sent, _ = await garage.bring(garage.plan(A=10, B=20), after_s=60)
    assert sent == [("A", 10.0), ("B", 20.0)]


async def test_a_pause_over_a_base_of_nothing_is_never_renewed():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=10, B=20))
    assert (await garage.bring(garage.plan(A=0, B=20), after_s=60))[0] == [("A", 0.0)]
    told = [(await garage.bring(garage.plan(A=0, B=20), after_s=60))[0] for _ in range(60)]
    assert [("A", 0.0)] not in told
    assert sum(sent == [("B", 20.0)] for sent in told) == 4, "every thirteen minutes"


async def test_a_raise_waits_for_the_lower_limit_to_be_followed():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=10, B=30))
    made = garage.plan(A=25, B=15)
    sent, waiting = await garage.bring(made, after_s=60)
    assert (sent, waiting) == ([("B", 15.0)], True)
    assert await garage.bring(made, after_s=2) == ([], True)
    assert (await garage.bring(made, after_s=4))[0] == [("A", 25.0)]


async def test_an_ampere_less_here_and_more_there_is_not_worth_two_messages():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=10, B=30))
    assert (await garage.bring(garage.plan(A=11, B=29), after_s=60))[0] == []
    assert (await garage.bring(garage.plan(A=10, B=29), after_s=60))[0] == []


async def test_an_ampere_more_is_given_where_there_is_room():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=10, B=29))
    assert (await garage.bring(garage.plan(A=11, B=29), after_s=60))[0] == [("A", 11.0)]


async def test_an_ampere_less_is_taken_back_once_others_need_it():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=7, B=31))
    made = garage.plan(A=10, B=30)
    assert await garage.bring(made, after_s=60) == ([("B", 30.0)], True)
    assert (await garage.bring(made, after_s=6))[0] == [("A", 10.0)], "whole, and not in two parts"


async def test_a_part_of_what_is_wanted_promises_nothing_for_when_the_leases_of_others_end():
    garage = Garage(40.0)
    await garage.bring(garage.plan(A=8, B=20))
    garage.outlets[B].in_flight = True  # B's next lease is not answered for minutes
    await garage.bring(garage.plan(A=8, B=20), after_s=60)
    garage.outlets[B].in_flight = False
    garage.outlets[B].not_before = garage.now + timedelta(hours=1)  # nor does it take another
    made = garage.plan(A=25, B=10)
    sent, waiting = await garage.bring(made, after_s=60)
    assert (sent, waiting) == ([("A", 20.0)], True)
    lease = garage.delivery.lease(garage.outlets[A])
    assert {span.tenths for span in lease.spans} == {200}
