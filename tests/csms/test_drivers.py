"""What concerns drivers is there again after a restart."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chargewright.app.config import StationsConfig
from chargewright.app.wiring import CentralSystem, build
from chargewright.csms.cost import EVERYWHERE
from chargewright.domain.cost import Part, Price, Tariff
from chargewright.domain.local_list import ListState, TokenChoice
from chargewright.domain.requests import TransactionReported
from chargewright.domain.station import Registration, Station
from chargewright.domain.token import Token
from chargewright.domain.transaction import EventKind
from chargewright.ids import EvseId, StationId
from chargewright.simulator.clock import ScaledClock

CP1 = StationId("CP1")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def report(kind: EventKind, digest: str, **more) -> TransactionReported:
    more = {"wire_id": "tx", "at": NOW, "evse_id": EvseId(1), **more}
    return TransactionReported(kind=kind, digest=digest, **more)


async def told(central: CentralSystem, said: TransactionReported):
    transactions = central.services.transactions
    stored = await central.store.commit(lambda records: transactions.store(records, CP1, said))
    return transactions.stored(CP1, said, stored)


async def test_lists_tariffs_reservations_and_running_costs_survive_a_restart(tmp_path):
    def central() -> CentralSystem:
        return build(StationsConfig(port=0), database=tmp_path / "a.db", clock=ScaledClock(speed=1.0))

    first = central()
    await first.start()
    await first.services.provisioning.put(Station(CP1, registration=Registration.ACCEPTED))
    await first.store.commit(lambda records: records.put_token(Token("TAG")))
    tariff = Tariff("t", "EUR", energy=Part((Price(Decimal("0.10")),)))
    await first.drivers.costs.put(tariff)
    await first.drivers.costs.use("default", EVERYWHERE, "t")
    await first.drivers.local_lists.put(CP1, TokenChoice(tokens=("tag",)))
    made = await first.drivers.reservations.reserve(
        CP1, id_token="TAG", expires_at=datetime.now(UTC) + timedelta(hours=1)
    )
    start = report(EventKind.STARTED, "s", id_token="TAG", token_asked=True, meter_wh=0.0)
    began = await told(first, start)
    await first.stop()

    again = central()
    await again.start()
    costs = again.drivers.costs
    assert costs.tariffs() == [tariff]
    assert costs.uses() == [("default", EVERYWHERE, "t")]
    assert again.drivers.local_lists.read(CP1).state is ListState.BEHIND
    assert [entry.id_token for entry in await again.drivers.local_lists.entries(CP1)] == ["TAG"]
    kept = await again.drivers.reservations.read(made.id)
    assert (kept.state, kept.status) == ("refused", "offline")
    end = report(EventKind.ENDED, "e", at=NOW + timedelta(hours=1), meter_wh=5000.0, reason="Local", seq_no=1)
    answer = await told(again, end)
    assert answer.total_cost == Decimal("0.50")
    cost = await costs.cost(began.transaction_id)
    assert cost is not None
    assert (cost.final, cost.gross) == (True, Decimal("0.50"))
    await again.stop()
