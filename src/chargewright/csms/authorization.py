"""Who may charge: tokens, groups, expiry, blocking, and one transaction a token (OCPP 1.6 4.1, 2.0.1 block C)."""

from datetime import datetime

from chargewright.csms.ports import Records
from chargewright.domain.requests import TokenInfo
from chargewright.domain.token import AuthorizationStatus, Token
from chargewright.ids import TransactionId

__all__ = ["authorize", "may_stop"]

_UNKNOWN = TokenInfo(AuthorizationStatus.INVALID)


def authorize(
    records: Records, id_token: str, *, at: datetime, starting: TransactionId | None = None
) -> TokenInfo:
    """What a station is told about `id_token` at `at`.

    `starting` is the transaction that is being started on the token: the others of the token then count
    against its maximum. Authorize alone never answers ConcurrentTx: no transaction is asked for yet.
    """
    token = records.token(id_token)
    if token is None:
        return _UNKNOWN
    return TokenInfo(_status(records, token, at=at, starting=starting), token.expires_at, token.group_id)


def _status(
    records: Records, token: Token, *, at: datetime, starting: TransactionId | None
) -> AuthorizationStatus:
    if token.blocked:
        return AuthorizationStatus.BLOCKED
    if token.expires_at is not None and token.expires_at <= at:
        return AuthorizationStatus.EXPIRED
    if starting is not None and token.concurrent_transactions_max is not None:
        others = [t for t in records.open_transactions_of_token(token.id_token) if t.id != starting]
        if len(others) >= token.concurrent_transactions_max:
            return AuthorizationStatus.CONCURRENT_TX
    return AuthorizationStatus.ACCEPTED


def may_stop(records: Records, *, started_with: str | None, id_token: str) -> bool:
    """Whether `id_token` may end a transaction begun with `started_with`: the same token, or one of its group."""
    if started_with is None or started_with.casefold() == id_token.casefold():
        return True
    first, second = records.token(started_with), records.token(id_token)
    return (
        first is not None
        and second is not None
        and first.group_id is not None
        and first.group_id == second.group_id
    )
