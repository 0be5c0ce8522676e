"""`chargewright serve` and `chargewright migrate`."""

import asyncio
import gc
import hashlib
import secrets
import signal
import ssl
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter

from chargewright.adapters.rest.api import Api
from chargewright.adapters.web.pages import console_routes
from chargewright.app.config import Config, read_config
from chargewright.app.logs import set_up_logs
from chargewright.app.wiring import CentralSystem, build, services_of
from chargewright.clock import Clock
from chargewright.errors import InvalidInput
from chargewright.simulator.clock import ScaledClock

__all__ = ["migrate", "quiet_collector", "serve"]

log = structlog.get_logger(__name__)


def serve(
    *,
    config: Path | None = None,
    database: str | None = None,
    stations_port: int | None = None,
    api_port: int | None = None,
    clock: Annotated[str | None, Parameter(show=False)] = None,
) -> int:
    """Run the central system: stations on one port, REST API and console on another.

    Without a configuration it listens on loopback only, keeps everything in `chargewright.db` in the working
    folder, and prints a token for the API once.

    Example: `chargewright serve --config /etc/chargewright.toml`

    Parameters
    ----------
    config
        A TOML file; every setting can also come from the environment (CHARGEWRIGHT_STATIONS_PORT=9000).
    database
        The SQLite file. `:memory:` keeps nothing.
    stations_port
        The port that stations connect to, as `ws://HOST:PORT/ocpp/{station id}`.
    api_port
        The port of the REST API and the console.
    clock
        A simulated clock, START@SPEED@UNIX-SECONDS: for tests that replay a day.

    """
    settings = read_config(config)
    set_up_logs(settings.log)
    if stations_port is not None:
        settings = _with(settings, "stations", port=stations_port)
    if api_port is not None:
        settings = _with(settings, "api", port=api_port)
    if database is not None:
        settings = _with(settings, "database", path=database)
    import uvloop

    return uvloop.run(_serve(settings, _clock(clock)))


def migrate(database: str = "chargewright.db") -> int:
    """Bring a database up to date; `serve` does the same when it starts.

    Example: `chargewright migrate /var/lib/chargewright/chargewright.db`

    Parameters
    ----------
    database
        The SQLite file.

    """
    from chargewright.adapters.storage.migrate import migrate as bring_up_to_date

    bring_up_to_date(Path(database))
    print(f"{database} is up to date")
    return 0


def _with(config: Config, section: str, **values: object) -> Config:
    import msgspec

    return msgspec.structs.replace(
        config, **{section: msgspec.structs.replace(getattr(config, section), **values)}
    )


def _clock(text: str | None) -> Clock:
    if text is None:
        return ScaledClock()
    try:
        start, speed, origin = text.split("@")
        return ScaledClock(datetime.fromisoformat(start), speed=float(speed), wall_origin_s=float(origin))
    except ValueError as why:
        raise InvalidInput(f"{text!r} is not START@SPEED@UNIX-SECONDS", where="--clock") from why


async def _serve(config: Config, clock: Clock) -> int:
    """Serve until told to stop (0), or until the disk fails (1): then only a restart knows what is durable."""
    stop = asyncio.Event()
    failures: list[BaseException] = []

    def disk_failed(error: BaseException) -> None:
        log.critical("store_failed", error=repr(error))
        failures.append(error)
        stop.set()

    central = build(
        config.stations,
        database=config.database.path,
        clock=clock,
        failed=disk_failed,
        market=config.market,
        planning=config.planning,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, _reload_certificates, central)
    await central.start()
    api = Api(services_of(central), token_hash=_api_token(config), pages=console_routes())
    serving = asyncio.ensure_future(api.serve(config.api.host, config.api.port))
    quiet_collector()
    log.info(
        "serving",
        stations=f"ws://{config.stations.host}:{config.stations.port}{config.stations.path_prefix}/<station id>",
        api=f"http://{config.api.host}:{config.api.port}/",
        durability=str(central.store.durability),
    )
    try:
        await asyncio.wait({asyncio.ensure_future(stop.wait()), serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await api.stop()
        await central.stop()
    if not stop.is_set():
        await serving  # it ended by itself: its error is ours
    return 1 if failures else 0


def _reload_certificates(central: CentralSystem) -> None:
    """Read them again, on SIGHUP. Files that are no good leave those in use where they are."""
    try:
        central.gateway.reload_certificates()
    except (OSError, ssl.SSLError) as why:
        log.error("certificates_not_reloaded", error=str(why))  # noqa: TRY400  # the reason says it all
    else:
        log.info("certificates_reloaded")


def _api_token(config: Config) -> str:
    """The digest of the API's token. One is made at the first start and shown once, on standard output."""
    if config.api.token is not None:
        return hashlib.sha256(config.api.token.encode()).hexdigest()
    kept = None if config.database.path == ":memory:" else Path(f"{config.database.path}.api-token-sha256")
    if kept is not None and kept.exists():
        return kept.read_text(encoding="ascii").strip()
    token = secrets.token_urlsafe(24)
    digest = hashlib.sha256(token.encode()).hexdigest()
    if kept is not None:
        kept.touch(mode=0o600)
        kept.write_text(digest, encoding="ascii")
    print(f"API token, shown once: {token}", flush=True)
    return digest


def quiet_collector() -> None:
    """What lives as long as the process need not be looked through again; the rest rarely.

    Sessions and their buffers hold no circles, so that reference counting frees them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
