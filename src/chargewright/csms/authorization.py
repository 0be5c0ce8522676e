"""Who may charge: tokens, groups, expiry, blocking, and one transaction a token (OCPP 1.6 4.1, 2.0.1 block C).

A token that nobody entered is Unknown; one that is entered and does not fit what was asked is Invalid (1.6 has one
word for both). A station that lets anybody charge names the kind NoAuthorization, and is told Accepted.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from chargewright.csms.ports import Records
from chargewright.domain.requests import TokenInfo
from chargewright.domain.token import AuthorizationStatus, Token
from chargewright.ids import EvseId, StationId, TransactionId

__all__ = ["authorize", "find_token", "may_stop", "token_info"]

_UNKNOWN = TokenInfo(AuthorizationStatus.UNKNOWN)
_NOBODY_ASKED = TokenInfo(AuthorizationStatus.ACCEPTED)
_NO_AUTHORIZATION = "NoAuthorization"

_OWN_NAMESPACE = frozenset({"eMAID", "KeyCode", "MacAddress"})
"""Kinds whose ids say nothing about an equal id of another kind: a key code 1234 is no RFID card 1234."""


def find_token(records: Records, id_token: str, kind: str = "") -> Token | None:
    """The token as entered; the separators of an eMAID may be left out."""
    token = records.token(id_token)
    if token is None and kind == "eMAID":
        token = records.token(id_token.replace("-", ""))
    return token


def authorize(
    records: Records,
    id_token: str,
    *,
    at: datetime,
    kind: str = "",
    station_id: StationId | None = None,
    evse_id: EvseId | None = None,
    starting: TransactionId | None = None,
) -> TokenInfo:
    """What a station is told about `id_token` at `at`.

    `starting` is the transaction that is being started on the token: the others of the token then count
    against its maximum. Authorize alone never answers ConcurrentTx: no transaction is asked for yet.
    """
    if kind == _NO_AUTHORIZATION:
        return _NOBODY_ASKED
    token = find_token(records, id_token, kind)
    if token is None:
        return _UNKNOWN
    status = _status(token, at=at, kind=kind, station_id=station_id, evse_id=evse_id)
    if (
        status is AuthorizationStatus.ACCEPTED
        and starting is not None
        and token.concurrent_transactions_max is not None
    ):
        others = [t for t in records.open_transactions_of_token(token.id_token) if t.id != starting]
        if len(others) >= token.concurrent_transactions_max:
            status = AuthorizationStatus.CONCURRENT_TX
    return token_info(token, status, at=at)


def token_info(token: Token, status: AuthorizationStatus, *, at: datetime) -> TokenInfo:
    """What may be told of `token` beside `status`; valid in a cache until the earlier of its two ends."""
    until = token.expires_at
    if token.cache_duration_s is not None:
        cached_until = datetime.fromtimestamp(int(at.timestamp()) + token.cache_duration_s, tz=at.tzinfo)
        until = cached_until if until is None else min(until, cached_until)
    return TokenInfo(
        status,
        until,
        token.group_id,
        charging_priority=token.charging_priority,
        evse_ids=token.evse_ids,
        personal_message=token.personal_message,
        language=token.language,
    )


def _status(
    token: Token, *, at: datetime, kind: str, station_id: StationId | None, evse_id: EvseId | None
) -> AuthorizationStatus:
    if kind and kind != token.kind and (kind in _OWN_NAMESPACE or token.kind in _OWN_NAMESPACE):
        return AuthorizationStatus.INVALID
    if token.blocked:
        return AuthorizationStatus.BLOCKED
    if token.expires_at is not None and token.expires_at <= at:
        return AuthorizationStatus.EXPIRED
    if station_id is not None and token.station_ids and station_id not in token.station_ids:
        return AuthorizationStatus.NOT_AT_THIS_LOCATION
    if evse_id and token.evse_ids and evse_id not in token.evse_ids:
        return AuthorizationStatus.NOT_AT_THIS_LOCATION
    return AuthorizationStatus.ACCEPTED if _in_hours(token, at) else AuthorizationStatus.NOT_AT_THIS_TIME


def _in_hours(token: Token, at: datetime) -> bool:
    begin, end = token.hours_from, token.hours_until
    if begin is None or end is None:
        return True
    now = at.astimezone(ZoneInfo(token.time_zone)).time()
    return begin <= now < end if begin <= end else now >= begin or now < end


def may_stop(
    records: Records, *, started_with: str | None, id_token: str, master_pass_group: str | None = None
) -> bool:
    """Whether `id_token` may end a transaction begun with `started_with`.

    The same token may, one of its group, and one of the master pass group (2.0.1 C16): for the police and the like.
    """
    if started_with is None or started_with.casefold() == id_token.casefold():
        return True
    second = records.token(id_token)
    if second is None or second.group_id is None:
        return False
    if second.group_id == master_pass_group:
        return True
    first = records.token(started_with)
    return first is not None and first.group_id == second.group_id
