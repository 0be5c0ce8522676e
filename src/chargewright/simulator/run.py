"""Runs a scenario against a central system: what of the simulator has sockets, with `courier.py`.

Two drives. On a `PacedClock` a second is stepped when everything before it has come to rest, so that a day takes as
long as its messages need, and comes out the same each time. On any other clock the world follows the clock.
"""

import asyncio
import base64
import contextlib
import random
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import picows
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from chargewright.clock import Clock
from chargewright.simulator.clock import PacedClock, ScaledClock
from chargewright.simulator.courier import Courier
from chargewright.simulator.link_security import tls_of
from chargewright.simulator.report import SimulationReport, report_of
from chargewright.simulator.scenario import Scenario
from chargewright.simulator.transfer import Transfer
from chargewright.simulator.world import World

__all__ = ["Needs", "SimulatedSite", "SimulationReport"]

Needs = Callable[[str, int, float, datetime], Awaitable[None]]
"""(station id, EVSE id, energy in Wh, departure): a driver's app tells, right after the transaction has begun."""

CALL_TIMEOUT_S = 30.0

CALM_TURNS = 6
"""Turns of the loop without anything under way until time may move on: a waking sleeper needs four to show."""

QUICK_TURNS = 40
POLL_WALL_S = 0.001

SETTLE_WALL_S = 0.5
"""A second is not waited for longer than this, or something that hangs would stop time."""

SETTLE_LATE_WALL_S = 0.02
"""The same where a station holds an answer back: only time can help then."""

CONNECT_WALL_S = 10.0
"""How long the first step waits for stations to connect."""

YIELD_EVERY = 64
"""Quiet seconds between two turns of the loop, for whoever else runs in it."""

FOLLOW_WALL_S = 0.02
"""How often a world on a sped-up clock catches up with it."""

SECOND = timedelta(seconds=1)
"""One step of the world."""

BACK_OFF_FIRST_S = 2.0
BACK_OFF_MAX_S = 120.0

_UNREACHABLE = (OSError, TimeoutError, picows.WSError)


class SimulatedSite:
    """The stations of a scenario, connected to a central system.

    Args:
        scenario: the story.
        url: where stations connect, without the station's id: `ws://127.0.0.1:9000/ocpp`.
        clock: a `PacedClock` is moved by `run`; any other is followed.
        passwords: by station id, for HTTP basic authentication; else the scenario's own.
        needs: called after each start of a transaction with what the driver wants.
        others_idle: whether everything else that lives on the paced clock has come to rest.
        ssl_context: for `wss`.

    """

    def __init__(
        self,
        scenario: Scenario,
        url: str,
        clock: Clock,
        *,
        passwords: Mapping[str, str] | None = None,
        needs: Needs | None = None,
        others_idle: Callable[[], bool] = lambda: True,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._url = url.rstrip("/")
        self._needs = needs
        self._others_idle = others_idle
        self._ssl_context = ssl_context
        self._rng = random.Random(scenario.seed)
        speed = clock.speed if isinstance(clock, ScaledClock) else 1.0
        self.world = World(
            scenario,
            start=clock.now().replace(microsecond=0),
            call_timeout_s=CALL_TIMEOUT_S * max(speed, 1.0),
        )
        for link in self.world.links:
            spec = link.station.spec
            link.station.credentials.set_up((passwords or {}).get(spec.id, spec.password))
        n = len(self.world.links)
        self._sockets: list[_Socket | None] = [None] * n
        self._wanted = [asyncio.Event() for _ in range(n)]
        self._keepers: list[asyncio.Task[None]] = []
        self._telling: set[asyncio.Task[None]] = set()
        self._courier = Courier()
        self._failure: BaseException | None = None
        self._connecting = 0
        self._busy: set[int] = set()
        self.refusals: dict[str, str] = {}
        """Why a station could not connect the last time, by station id; empty where all could."""
        self._until: datetime | None = None
        self.unsettled = 0
        """Seconds that were not waited for to the end."""

    # --- start and stop --------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Let every station connect; returns when they have, or after ten seconds."""
        loop = asyncio.get_running_loop()
        for number, link in enumerate(self.world.links):
            if link.station.wants_link(self._now):
                self._wanted[number].set()
            self._keepers.append(loop.create_task(self._keep_connected(number)))
        await self._settle(CONNECT_WALL_S)

    async def stop(self) -> None:
        """Close every link, and wait for it."""
        for task in (*self._keepers, *self._telling):
            task.cancel()
        await asyncio.gather(*self._keepers, *self._telling, return_exceptions=True)
        self._keepers.clear()
        await self._courier.close()
        sockets = [socket for socket in self._sockets if socket is not None]
        for socket in sockets:
            socket.close()
        for socket in sockets:
            await socket.closed.wait()

    @property
    def connected(self) -> int:
        """How many stations have a link now."""
        return sum(socket is not None for socket in self._sockets)

    @property
    def idle(self) -> bool:
        """No call, connection, file or told need of ours is under way."""
        return not (self._busy or self._connecting or self._telling)

    def report(self) -> SimulationReport:
        """Sum up what has happened so far. Computes the uncontrolled day, which takes a second or two."""
        return report_of(self.world)

    # --- drives ------------------------------------------------------------------------------------------------------

    async def run(self, until: datetime | None = None, *, speed: float | None = None) -> None:
        """Let time pass until then (the scenario's end if None).

        `speed`: on a paced clock, simulated seconds in a second at most; None or 0 is as fast as it goes.
        """
        until = self.world.scenario.end if until is None else until
        if isinstance(self._clock, PacedClock):
            await self._run_paced(self._clock, until, speed or None)
        else:
            await self._follow(until)

    async def _run_paced(self, clock: PacedClock, until: datetime, speed: float | None) -> None:
        world, loop = self.world, asyncio.get_running_loop()
        wall_s, begun, quiet = loop.time(), world.now, 0
        at_rest = True
        while world.now < until:
            touched = world.step(clock.monotonic_s())
            wake_at = clock.next_wake_at
            due = wake_at is not None and wake_at <= world.now
            # who was not waited for must see the time pass: what it does now does not lie in the world's past
            if touched or due or not at_rest or world.now >= until:
                clock.advance_to(world.now)
                self._speak(touched)
                at_rest = await self._settle(SETTLE_WALL_S)
                quiet = 0
            else:
                quiet += 1
                if quiet % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
            if speed is not None:
                ahead_s = (world.now - begun).total_seconds() / speed - (loop.time() - wall_s)
                if ahead_s > FOLLOW_WALL_S:
                    await asyncio.sleep(ahead_s)
            self._raise_failure()

    async def _follow(self, until: datetime) -> None:
        world, clock = self.world, self._clock
        pause_s = max(1.0, FOLLOW_WALL_S * (clock.speed if isinstance(clock, ScaledClock) else 1.0))
        self._until = until
        while world.now + SECOND <= until:
            self._catch_up()
            self._raise_failure()
            await clock.sleep_s(pause_s)
        self._until = None

    def _catch_up(self) -> None:
        """Bring a world that follows a clock up to it: what comes now must not take effect in its past."""
        if self._until is None:
            return
        end = min(self._clock.now(), self._until)
        while self.world.now + SECOND <= end:
            self._speak(self.world.step(self._clock.monotonic_s()))

    async def _settle(self, wall_s: float) -> bool:
        """Give the loop its turns until everything has come to rest, or for so long: then False.

        Where a station holds its answer back, only time can bring rest: that counts as rest.
        """
        loop = asyncio.get_running_loop()
        begun_s, calm, turns, asked, held = loop.time(), 0, 0, False, False
        while calm < CALM_TURNS:
            # Turns are free while things happen in the loop; what takes longer waits for a disk or another thread.
            turns += 1
            await asyncio.sleep(0 if calm or turns < QUICK_TURNS else POLL_WALL_S)
            if self.idle and self._others_idle():
                calm += 1
                continue
            calm = 0
            spent_s = loop.time() - begun_s
            if spent_s > SETTLE_LATE_WALL_S and not asked:
                asked = True
                held = any(link.holds_answers for link in self.world.links)
                if held:
                    wall_s = SETTLE_LATE_WALL_S
            if spent_s > wall_s:
                self.unsettled += 1
                return held
        return True

    @property
    def _now(self) -> datetime:
        """The world may be some quiet seconds ahead of a paced clock."""
        return max(self._clock.now(), self.world.now)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    # --- links -------------------------------------------------------------------------------------------------------

    def _speak(self, numbers: Iterable[int]) -> None:
        """Send what these stations have to say, connect or disconnect them as they want."""
        at, now_s = self._now, self._clock.monotonic_s()
        for number in numbers:
            link, socket = self.world.links[number], self._sockets[number]
            if not link.station.wants_link(at):
                self._wanted[number].clear()
                if socket is not None:
                    socket.cut()
                continue
            self._wanted[number].set()
            if socket is not None:
                for text in link.texts_to_send(at, now_s):
                    socket.send(text)
                if link.wants_new_link:
                    socket.close()
                if link.may_start_anew:
                    self.world.touch(number)
            self._tell_needs(number)
            if link.station.transfers:
                self._carry_files(number)
            if link.quiet:
                self._busy.discard(number)
            else:
                self._busy.add(number)

    def came(self, number: int, text: bytes) -> None:
        """Take a message from a socket: the station acts on it, and speaks."""
        self._catch_up()
        self.world.links[number].receive(text, self._now, self._clock.monotonic_s())
        self._settle_link(number)

    def opened(self, number: int, socket: "_Socket") -> None:
        """Take note of a new link."""
        self._catch_up()
        self._sockets[number] = socket
        link = self.world.links[number]
        link.station.credentials.connected()
        link.connected(self._now)
        self._settle_link(number)

    def gone(self, number: int, socket: "_Socket") -> None:
        """Take note of a link that is no more."""
        if self._sockets[number] is socket:
            self._sockets[number] = None
            self._busy.discard(number)
            self.world.links[number].disconnected(self._now)
            self._settle_link(number)

    def _settle_link(self, number: int) -> None:
        self.world.touch(number)
        self._speak(self.world.settle(self._now))

    def _carry_files(self, number: int) -> None:
        station = self.world.links[number].station
        transfers, station.transfers = station.transfers, []

        async def carry(transfer: Transfer) -> None:
            outcome = await self._courier.carry(station.spec.id, transfer)
            self._catch_up()
            transfer.finished(outcome, self._now)
            self._settle_link(number)

        for transfer in transfers:
            task = asyncio.ensure_future(carry(transfer))
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _tell_needs(self, number: int) -> None:
        station = self.world.links[number].station
        began, station.began = station.began, []
        for transaction in began:
            evse = station.evses[transaction.evse_id]
            arrival = evse.arrival
            if self._needs is None or evse.transaction is not transaction or arrival is None:
                continue
            if arrival.energy_told_wh is None or arrival.departure_told is None:
                continue
            need = self._needs(station.spec.id, evse.id, arrival.energy_told_wh, arrival.departure_told)
            task = asyncio.ensure_future(need)
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: "asyncio.Task[None]") -> None:
        self._telling.discard(task)
        if not task.cancelled():
            self._failure = self._failure or task.exception()

    async def _keep_connected(self, number: int) -> None:
        """Connect whenever the station wants a link and has none, with growing pauses where that fails."""
        station = self.world.links[number].station
        back_off_s = BACK_OFF_FIRST_S
        while True:
            await self._wanted[number].wait()
            self._connecting += 1
            try:
                socket = await self._connect(number)
            except _UNREACHABLE as why:
                if isinstance(why, ssl.SSLCertVerificationError) and station.spec.id not in self.refusals:
                    station.security_event("InvalidCsmsCertificate", self._now, why.verify_message)
                self.refusals[station.spec.id] = str(why)
                station.credentials.refused()
                socket = None
            finally:
                self._connecting -= 1
            if socket is not None:
                self.refusals.pop(station.spec.id, None)
                back_off_s = BACK_OFF_FIRST_S
                await socket.closed.wait()
            await self._clock.sleep_s(back_off_s * self._rng.uniform(0.5, 1.5))
            if socket is None:
                back_off_s = min(2 * back_off_s, BACK_OFF_MAX_S)

    async def _connect(self, number: int) -> "_Socket":
        station = self.world.links[number].station
        spec, way = station.spec, station.credentials.way
        headers = {"Sec-WebSocket-Protocol": spec.version}
        identity = way.identity or spec.id
        profile = way.security_profile or station.credentials.security_profile
        if way.password is not None and profile < 3:
            token = base64.b64encode(identity.encode() + b":" + way.password).decode()
            headers["Authorization"] = f"Basic {token}"
        url = (way.url or self._url).rstrip("/")
        if profile > 1 and url.startswith("ws:"):
            url = f"wss:{url.removeprefix('ws:')}"
        roots, shown = station.trusted_roots, station.credentials.shown
        _, socket = await picows.ws_connect(
            lambda: _Socket(self, number),
            f"{url}/{quote(identity, safe='')}",
            ssl_context=tls_of(url, roots, shown) or self._ssl_context,
            extra_headers=headers,
        )
        assert isinstance(socket, _Socket)
        if not socket.agreed(spec.version):
            socket.close()
            raise picows.WSError(f"the central system does not speak {spec.version}")
        return socket


class _Socket(WSListener):
    """One WebSocket of one station."""

    def __init__(self, site: SimulatedSite, number: int) -> None:
        self._site = site
        self._number = number
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self.closed = asyncio.Event()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        if self.agreed(self._site.world.links[self._number].station.spec.version):
            self._site.opened(self._number, self)

    def agreed(self, version: str) -> bool:
        """Whether the other side took the version that was offered."""
        transport = self._transport
        return transport is not None and transport.response.headers.get("Sec-WebSocket-Protocol") == version

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind in {WSMsgType.TEXT, WSMsgType.CONTINUATION}:
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                text, self._parts = b"".join(self._parts), []
                self._site.came(self._number, text)
        elif kind == WSMsgType.CLOSE:
            transport.send_close(picows.WSCloseCode.OK)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002  # picows gives it
        self._transport = None
        self._site.gone(self._number, self)
        self.closed.set()

    def send(self, text: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, text)

    def close(self) -> None:
        """Say good-bye, then go."""
        if self._transport is not None:
            with contextlib.suppress(OSError):
                self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()

    def cut(self) -> None:
        """Go without a word, as a station does whose power or network fails."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)
