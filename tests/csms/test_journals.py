"""A diary keeps the newest, and stays bounded however much is told."""

from dataclasses import dataclass

from chargewright.adapters.storage.sqlite import SqliteStore
from chargewright.csms.journals import PRUNE_EACH, Journal
from chargewright.csms.ports import Shelf


@dataclass(frozen=True, slots=True)
class Entry:
    number: int


JOURNAL = Journal(Shelf("diary", Entry), kept_max=10)


async def test_the_newest_are_kept_and_others_go():
    store = SqliteStore(":memory:")
    await store.start()
    try:
        for number in range(3 * PRUNE_EACH + 5):
            await store.commit(lambda records, n=number: JOURNAL.append(records, "one", Entry(n)))
            if number < 20:
                await store.commit(lambda records, n=number: JOURNAL.append(records, "two", Entry(n)))
        newest = await store.read(lambda records: JOURNAL.newest(records, "one", 1000))
        last = 3 * PRUNE_EACH + 4
        assert [entry.number for entry in newest] == [*range(last, last - len(newest), -1)]
        assert 10 <= len(newest) <= 10 + PRUNE_EACH
        others = await store.read(lambda records: JOURNAL.newest(records, "two", 3))
        assert [entry.number for entry in others] == [19, 18, 17]
        await store.commit(lambda records: JOURNAL.forget(records, "one"))
        assert await store.read(lambda records: JOURNAL.newest(records, "one", 10)) == []
        assert len(await store.read(lambda records: JOURNAL.newest(records, "two", 100))) == 20
    finally:
        await store.stop()
