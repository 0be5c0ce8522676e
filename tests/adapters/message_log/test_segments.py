"""Against a list of everything that was ever kept."""

import random

import pytest

from chargewright.adapters.message_log.segments import Segments

DAY_US = 86_400_000_000


def block(rng, at_us, stations):
    """Some turns of the loop, and the frames in them one by one."""
    turns, records = [], []
    for n in range(rng.randrange(1, 20)):
        direction, count = rng.choice(["in", "out"]), rng.randrange(1, 5)
        ids = [f"CS{rng.randrange(stations)}" for _ in range(count)]
        texts = [rng.randbytes(rng.randrange(400)) for _ in range(count)]
        turns.append((at_us + n, direction, ids, texts))
        records += [(at_us + n, station, direction, text) for station, text in zip(ids, texts, strict=True)]
    return turns, records


def everything(segments):
    return [row for b in sorted(segments.newest_first(), key=lambda b: b.first) for row in b.read()]


@pytest.mark.parametrize("seed", range(5))
def test_what_was_written_is_read_also_by_the_next_run(tmp_path, seed):
    rng, kept = random.Random(seed), []
    segments = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    for n in range(30):
        turns, records = block(rng, n * 1_000_000, 5)
        kept += records
        segments.append(turns)
        if rng.random() < 0.2:
            segments.close()
            segments = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    assert everything(segments) == list(enumerate(kept, 1))
    blocks = list(segments.newest_first())
    assert [b.last for b in blocks] == sorted((b.last for b in blocks), reverse=True)
    for found in blocks:
        for _, (_, station, _, _) in found.read():
            assert found.may_hold(station)
    assert not any(found.may_hold("nobody at all") for found in blocks)
    segments.close()


def test_the_oldest_go_when_there_is_too_much(tmp_path):
    rng, kept = random.Random(7), []
    segments = Segments(tmp_path, bytes_max=1_000_000, age_max_s=1e9)
    for n in range(400):
        turns, records = block(rng, n * 1_000_000, 5)
        kept += records
        segments.append(turns)
        on_disk = sum(file.stat().st_size for file in tmp_path.iterdir())
        assert on_disk == segments.bytes
        assert on_disk <= 1_000_000 * 17 / 16 + 20_000
    found = everything(segments)
    assert len(found) > 1000
    assert [record for _, record in found] == kept[-len(found) :]
    segments.close()


def test_what_is_too_old_goes(tmp_path):
    rng = random.Random(8)
    segments = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    for n in range(100):
        segments.append(block(rng, n * DAY_US // 10, 3)[0])
    ages_us = [99 * DAY_US // 10 - b.until_us for b in segments.newest_first()]
    assert max(ages_us) <= DAY_US * 1.2
    assert min(ages_us) <= 0
    segments.close()


@pytest.mark.parametrize("cut", [1, 5, 30, 200])
def test_a_file_that_was_cut_short_ends_at_its_last_whole_block(tmp_path, cut):
    rng = random.Random(9)
    blocks = [block(rng, n * 1_000_000, 3) for n in range(4)]
    segments = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    for turns, _ in blocks:
        segments.append(turns)
    segments.close()
    (file,) = tmp_path.iterdir()
    size = file.stat().st_size
    with file.open("r+b") as open_file:
        open_file.truncate(size - cut)
    again = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    assert [record for _, record in everything(again)] == [r for _, records in blocks[:3] for r in records]
    again.append(blocks[3][0])
    assert everything(again)[-1][1] == blocks[3][1][-1]
    again.close()


def test_a_file_that_is_gone_is_empty(tmp_path):
    segments = Segments(tmp_path, bytes_max=10**9, age_max_s=86_400)
    segments.append(block(random.Random(1), 0, 2)[0])
    (file,) = tmp_path.iterdir()
    file.unlink()
    assert everything(segments) == []
    segments.close()
