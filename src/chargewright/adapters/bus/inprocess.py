"""The bus inside one process: events go to the listeners on the event loop, in order, after the answers."""

import asyncio
from collections.abc import Callable

import structlog

from chargewright.domain.events import Event

__all__ = ["InProcessBus"]

_log = structlog.get_logger(__name__)

Listener = Callable[[Event], None]


class InProcessBus:
    """`csms.ports.Bus`. Belongs to the loop's thread.

    `publish` only queues: listeners run in a later turn of the loop, so that no answer to a station waits for
    them. A listener that raises is logged, and the others are told all the same.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._loop = loop
        self._listeners: tuple[_Subscription, ...] = ()
        self._of_kind: dict[type, tuple[_Subscription, ...]] = {}
        """Who hears what, filled as events come: most kinds interest few, and meter values come by the thousand."""
        self._queued: list[Event] = []

    def publish(self, event: Event) -> None:
        """Tell the listeners, soon. With nobody listening this costs nothing."""
        if not self._those_who_hear(type(event)):
            return
        self._queued.append(event)
        if len(self._queued) == 1:
            (self._loop or asyncio.get_running_loop()).call_soon(self._deliver)

    def subscribe(self, listener: Listener, *kinds: type[Event]) -> Callable[[], None]:
        """Call `listener` for each event of `kinds` (none: of all) from now on, until the function returned is called.

        It may be called from inside a listener.
        """
        # An object of its own each time: the same function may listen twice and stop once.
        subscription = _Subscription(listener, frozenset(kinds))

        def end() -> None:
            subscription.ended = True
            self._listeners = tuple(each for each in self._listeners if each is not subscription)
            self._of_kind = {}

        # Replaced, never changed in place: who goes through it is not disturbed.
        self._listeners = (*self._listeners, subscription)
        self._of_kind = {}
        return end

    def _deliver(self) -> None:
        events, self._queued = self._queued, []
        for event in events:
            for subscription in self._those_who_hear(type(event)):
                if subscription.ended:
                    continue  # by one that was told before it
                try:
                    subscription.listener(event)
                except Exception:  # noqa: BLE001  # whatever it is, it is logged, and the others are told
                    _log.exception("listener failed", event_type=type(event).__name__)

    def _those_who_hear(self, kind: type) -> "tuple[_Subscription, ...]":
        found = self._of_kind.get(kind)
        if found is None:
            found = self._of_kind[kind] = tuple(each for each in self._listeners if each.hears(kind))
        return found


class _Subscription:
    __slots__ = ("ended", "kinds", "listener")

    def __init__(self, listener: Listener, kinds: frozenset[type]) -> None:
        self.listener = listener
        self.kinds = kinds
        self.ended = False

    def hears(self, kind: type) -> bool:
        return not self.kinds or kind in self.kinds
