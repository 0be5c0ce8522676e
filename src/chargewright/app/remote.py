"""Commands that talk to a running server through its REST API, as any other client would."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import msgspec
from cyclopts import Parameter, validators
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chargewright.errors import ChargewrightError, InvalidInput, NotFound

__all__ = ["log", "profiles", "send", "sites", "stations", "transactions"]

DEFAULT_URL: Final = "http://127.0.0.1:8080"
CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 90.0
"""Longer than the server waits for a station."""

PAGE_LENGTH: Final = 1000
FOLLOW_S: Final = 1.0
"""How often somebody who follows asks again."""

Url = Annotated[str, Parameter(env_var="CHARGEWRIGHT_URL")]
Token = Annotated[str | None, Parameter(env_var="CHARGEWRIGHT_API_TOKEN")]

_YES: Final = frozenset(
    {"Accepted", "AcceptedCanceled", "RebootRequired", "Scheduled", "Unlocked", "Unpublished"}
)
"""The statuses of OCPP's answers, in all versions, by which a station does as it was told."""

Row = dict[str, Any]
Column = tuple[str, Callable[[Row], object]]


def send(
    station: str,
    action: str,
    payload: Annotated[str, Parameter(allow_leading_hyphen=True)] = "{}",
    *,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: bool = False,
) -> int:
    """Send one OCPP message to a station through a running server, and print its answer.

    Exit status 0: the station answered and does it; 1: it refused, did not answer, or is not connected.

    Example: `chargewright send CP01 TriggerMessage '{"requestedMessage": "Heartbeat"}'`

    Parameters
    ----------
    station
        The station's id.
    action
        A message of the station's OCPP version, such as Reset or GetConfiguration.
    payload
        Its payload as JSON; @FILE reads a file, - standard input.
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        Print what the server answered as one JSON object.

    """
    body = _payload(payload)
    path = f"/stations/{quote(station, safe='')}/commands/{quote(action, safe='')}"
    answer = _ask(url, token, "POST", path, body=body)
    if json:
        _print_json(answer)
    elif answer["outcome"] == "answered":
        print(msgspec.json.format(msgspec.json.encode(answer["response"])).decode())
    else:
        error = answer["error"] or {}
        told = " ".join(error[name] for name in ("code", "description") if error.get(name))
        print(_clean(f"{answer['outcome']}: {told}"))
    if answer["outcome"] != "answered":
        return 1
    status = answer["response"].get("status")
    return 0 if status is None or status in _YES else 1


def stations(
    *,
    connected: bool | None = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: bool = False,
) -> int:
    """List the stations that a running server knows.

    Example: `chargewright stations --connected`

    Parameters
    ----------
    connected
        Only those that are connected, or with `--no-connected` only those that are not.
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        Print the server's answer as JSON.

    """
    query = {} if connected is None else {"connected": str(connected).lower()}
    found = _ask(url, token, "GET", "/stations", query=query)
    columns: list[Column] = [
        ("station", lambda s: s["id"]),
        ("connected", lambda s: "yes" if s["connected"] else "no"),
        ("protocol", lambda s: s["protocol"]),
        ("registration", lambda s: s["registration"]),
        ("site", lambda s: s["site"]),
        ("status", lambda s: ", ".join(dict.fromkeys(e["status"] for e in s["statuses"]))),
        ("made by", lambda s: f"{s['vendor']} {s['model']}".strip()),
        ("firmware", lambda s: s["firmware_version"]),
        ("last seen", lambda s: s["last_seen_at"]),
    ]
    return _list(found, columns, json=json)


def transactions(
    *,
    station: str | None = None,
    state: Literal["active", "ended"] | None = None,
    since: datetime | None = None,
    limit: int = 100,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: bool = False,
) -> int:
    """List transactions in the order in which they were first heard of.

    Example: `chargewright transactions --station CP01 --state active`

    Parameters
    ----------
    station
        Only of this station.
    state
        Only those that run, or only those that have ended.
    since
        Only those that started since then; with its zone.
    limit
        At most so many.
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        Print them as a JSON list.

    """
    if since is not None and since.tzinfo is None:
        raise InvalidInput(
            f"{since.isoformat()} has no time zone; for UTC write Z behind it", where="--since"
        )
    query = {"station": station, "state": state, "since": None if since is None else since.isoformat()}
    asked = {name: value for name, value in query.items() if value is not None}
    found: list[Row] = []
    after: int | None = 0
    while after is not None and len(found) < limit:
        page = _ask(
            url,
            token,
            "GET",
            "/transactions",
            query={**asked, "after": str(after), "limit": str(min(limit, PAGE_LENGTH))},
        )
        found += page["items"]
        after = page["next"]
    columns: list[Column] = [
        ("transaction", lambda t: t["id"]),
        ("station", lambda t: t["station"]),
        ("EVSE", lambda t: t["evse"]),
        ("state", lambda t: t["state"]),
        ("token", lambda t: t["token"]),
        ("started", lambda t: t["started_at"]),
        ("ended", lambda t: t["ended_at"]),
        ("kWh", lambda t: None if t["energy_wh"] is None else f"{t['energy_wh'] / 1000:.2f}"),
        ("suspect", lambda t: ", ".join(t["suspect"])),
    ]
    return _list(found[:limit], columns, json=json)


def sites(*, url: Url = DEFAULT_URL, token: Token = None, json: bool = False) -> int:
    """List the sites, and whether their limits are kept whatever happens.

    Exit status 1 where a site's limits cannot be guaranteed at present.

    Example: `chargewright sites`

    Parameters
    ----------
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        Print the server's answer as JSON.

    """
    found = _ask(url, token, "GET", "/sites")
    columns: list[Column] = [
        ("site", lambda s: s["id"]),
        ("name", lambda s: s["name"]),
        ("goal", lambda s: s["goal"]),
        ("planned", lambda s: "yes" if s["enabled"] else "no"),
        ("limits guaranteed", lambda s: "yes" if s["enforced"] else "NO"),
        ("EVSEs", lambda s: s["evses"]),
        ("changed", lambda s: s["updated_at"]),
    ]
    _list(found, columns, json=json)
    return 0 if all(site["enforced"] for site in found) else 1


def profiles(
    station: str,
    *,
    history: bool = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: bool = False,
) -> int:
    """List the charging profiles that a station is believed to hold.

    Example: `chargewright profiles CP01 --history`

    Parameters
    ----------
    station
        The station's id.
    history
        Everything that was sent, the newest first.
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        Print the server's answer as JSON.

    """
    query = {"history": "true"} if history else {}
    found = _ask(url, token, "GET", f"/stations/{quote(station, safe='')}/profiles", query=query)
    columns: list[Column] = [
        ("EVSE", lambda p: p["evse"]),
        ("profile", lambda p: p["profile_id"]),
        ("purpose", lambda p: p["purpose"]),
        ("level", lambda p: p["stack_level"]),
        ("limits", _limits),
        ("state", lambda p: p["state"]),
        ("verified", lambda p: p["verification"]),
        ("sent", lambda p: p["sent_at"]),
        ("ends", lambda p: p["ends_at"]),
        ("reason", lambda p: p["reason"]),
    ]
    return _list(found, columns, json=json)


def log(
    station: str,
    *,
    follow: bool = False,
    action: str | None = None,
    outcome: str | None = None,
    since: datetime | None = None,
    limit: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))] = 50,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: bool = False,
) -> int:
    """Print what was said to and by a station, frame by frame; secrets in it read `***`.

    Example: `chargewright log CP01 --follow`

    Example: `chargewright log CP01 --action SetChargingProfile --outcome error --since 2026-11-22T06:00:00Z`

    Parameters
    ----------
    station
        The station's id.
    follow
        Go on with what comes, until Ctrl-C.
    action
        Only this message and its answers.
    outcome
        answered, unanswered, error, or the code of an error.
    since
        Not what was said before.
    limit
        How many frames to begin with.
    url
        Where the server's REST API is.
    token
        The API's token.
    json
        One JSON object a line.

    """
    path = f"/stations/{quote(station, safe='')}/messages"
    query = {"limit": str(limit)}
    query |= {k: v for k, v in (("action", action), ("outcome", outcome)) if v is not None}
    if since is not None:
        query["since"] = since.astimezone().isoformat()
    while True:
        page = _ask(url, token, "GET", path, query=query)
        for message in page["messages"]:
            _print_json(message) if json else print(_frame_line(message))
        sys.stdout.flush()
        if not follow:
            return 0
        query |= {"after": str(page["next_after"]), "limit": "1000"}
        time.sleep(FOLLOW_S)


def _frame_line(message: Row) -> str:
    """One frame for people: when, which way, what, how it ended, the payload."""
    frame, way = message["frame"], "<-" if message["direction"] == "in" else "->"
    text = frame if isinstance(frame, str) else msgspec.json.encode(frame[2:] or frame).decode()
    ended = message["outcome"] if message["kind"] == "CALL" else ""
    took = f" {message['answered_after_ms']:.0f} ms" if ended == "answered" else ""
    what = f"{message['kind']} {message['action'] or ''}".rstrip()
    return _clean(f"{message['at'][:23]:23} {way} {what:32} {ended}{took} {text}")


def _limits(profile: Row) -> str:
    """The first steps: `+0 s 16 A, +900 s 10 A`."""
    steps = [
        f"+{p['start_s']} s " + ("no limit" if p["limit"] is None else f"{p['limit']:g} {profile['unit']}")
        for p in profile["periods"]
    ]
    return ", ".join(steps[:3]) + (f" and {len(steps) - 3} more" if len(steps) > 3 else "")


def _payload(text: str) -> bytes:
    """The payload's text, checked to be a JSON object and otherwise as it was written."""
    where = "PAYLOAD"
    try:
        if text == "-":
            where, raw = "standard input", sys.stdin.buffer.read()
        elif text.startswith("@"):
            where = text[1:]
            raw = Path(where).read_bytes()
        else:
            raw = text.encode()
        if not isinstance(msgspec.json.decode(raw), dict):
            raise InvalidInput("is not a JSON object", where=where)
    except (OSError, msgspec.DecodeError) as why:
        raise InvalidInput(str(why), where=where) from why
    return raw


def _ask(
    url: str,
    token: str | None,
    method: str,
    path: str,
    *,
    query: dict[str, str] | None = None,
    body: bytes | None = None,
) -> Any:
    """What the server answers.

    Raises:
        InvalidInput: there is no server, or it says that the request makes no sense.
        ChargewrightError: the server cannot help at present.

    """
    import httpx2

    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    timeout = httpx2.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    try:
        answer = httpx2.request(
            method,
            f"{url.rstrip('/')}/api/v1{path}",
            params=query,
            content=body,
            headers=headers,
            timeout=timeout,
        )
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as why:
        raise InvalidInput(
            "no server answers there; start one with `chargewright serve`, or name another with --url",
            where=url,
        ) from why
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as why:
        raise InvalidInput(str(why), where="--url") from why
    except httpx2.HTTPError as why:
        raise ChargewrightError(f"{url}: {why or type(why).__name__}") from why
    if answer.status_code >= 400:
        raise _refused(answer.status_code, answer.content, url)
    try:
        return msgspec.json.decode(answer.content)
    except msgspec.DecodeError as why:
        raise InvalidInput("what answers there is no chargewright server", where=url) from why


def _refused(status: int, content: bytes, url: str) -> ChargewrightError:
    if status == 401:
        return InvalidInput(
            "the server wants its token: give --token, or set CHARGEWRIGHT_API_TOKEN", where=url
        )
    try:
        problem = msgspec.json.decode(content, type=dict[str, Any])
    except msgspec.MsgspecError:
        problem = {}
    what = _clean(str(problem.get("detail") or problem.get("title") or f"HTTP status {status}"))
    where = _clean(str(problem.get("path") or url))
    if status == 404:
        return NotFound(what, where=where)
    return InvalidInput(what, where=where) if status < 500 else ChargewrightError(f"{where}: {what}")


def _list(found: Sequence[Row], columns: Sequence[Column], *, json: bool) -> int:
    """Print a list as JSON, as a table on a terminal, or as lines with tabs between the cells."""
    if json:
        _print_json(found)
        return 0
    rows = [[_cell(show(item)) for _, show in columns] for item in found]
    names = [name for name, _ in columns]
    console = Console()
    if not console.is_terminal:
        for line in [names, *rows]:
            print("\t".join(line))
        return 0
    # a column in which nothing stands only takes room
    shown = [n for n in range(len(names)) if not rows or any(row[n] for row in rows)]
    table = Table(*(names[n] for n in shown))
    for row in rows:
        table.add_row(*(Text(row[n]) for n in shown))
    console.print(table)
    return 0


def _print_json(value: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def _cell(value: object) -> str:
    return "" if value is None else _clean(str(value))


def _clean(text: str) -> str:
    """Without control characters: what a station calls itself must not steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
