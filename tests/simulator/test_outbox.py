from datetime import UTC, datetime, timedelta

from chargewright.simulator.outbox import KEPT_MAX, Outbox
from chargewright.simulator.said import (
    Booted,
    EvseStatus,
    Heartbeat,
    Transaction,
    TransactionStep,
    TransactionTold,
    Trigger,
)

AT = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def told(number, step=TransactionStep.UPDATED):
    transaction = Transaction(1, 1, "T", AT, 0)
    return TransactionTold(
        transaction, step, Trigger.METER_PERIODIC, AT, number, EvseStatus.CHARGING, (), offline=False
    )


def drained(box, at=AT):
    taken = []
    while (message := box.take(at, booted=True)) is not None:
        taken.append(message)
        box.delivered()
    return taken


def test_messages_leave_in_the_order_they_were_put():
    box, one, two = Outbox(), told(1), told(2)
    for message in (one, Heartbeat(), two):
        box.put(message)
    assert drained(box) == [one, Heartbeat(), two]


def test_one_at_a_time():
    box = Outbox()
    box.put(Heartbeat())
    box.put(Heartbeat())
    assert box.take(AT, booted=True) is not None
    assert box.take(AT, booted=True) is None
    assert box.busy


def test_nothing_but_the_boot_leaves_before_the_boot_is_accepted():
    box = Outbox()
    box.put(told(1))
    assert box.take(AT, booted=False) is None
    box.put(Booted("PowerUp"))
    assert box.take(AT, booted=False) == Booted("PowerUp")


def test_a_lost_link_keeps_transaction_messages_in_order_and_drops_the_rest():
    box, first, second = Outbox(), told(1), told(2)
    for message in (first, second, Heartbeat()):
        box.put(message)
    assert box.take(AT, booted=True) is first
    box.link_lost()
    assert box.kept == 2
    assert drained(box) == [first, second]


def test_a_refused_transaction_message_is_tried_again_later_each_time_and_then_given_up():
    box = Outbox(attempts_max=3, retry_interval_s=60)
    first, second = told(1), told(2)
    box.put(first)
    box.put(second)
    at, waits = AT, []
    for _ in range(2):
        assert box.take(at, booted=True) is first
        assert not box.failed(at)
        assert box.take(at + timedelta(seconds=1), booted=True) is None, (
            "the second must not overtake the first"
        )
        waits.append((box.due - at).total_seconds())
        at = box.due
    assert waits == [60, 120]
    assert box.take(at, booted=True) is first
    assert box.failed(at)
    assert box.given_up == 1
    assert box.take(at, booted=True) is second


def test_while_one_waits_for_its_next_attempt_other_things_are_said():
    box = Outbox()
    box.put(told(1))
    box.take(AT, booted=True)
    box.failed(AT)
    box.put(Heartbeat())
    assert box.take(AT, booted=True) == Heartbeat()


def test_when_too_much_is_kept_old_meter_values_go_and_never_a_start():
    box = Outbox()
    box.put(told(0, TransactionStep.STARTED))
    for number in range(1, KEPT_MAX + 50):
        box.put(told(number))
    box.put(told(KEPT_MAX + 50, TransactionStep.ENDED))
    assert box.kept == KEPT_MAX
    kept = drained(box)
    assert kept[0].step is TransactionStep.STARTED
    assert kept[1].seq_no == 52
    assert kept[-1].step is TransactionStep.ENDED
