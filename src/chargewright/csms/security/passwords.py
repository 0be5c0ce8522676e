"""Passwords of stations: made, kept as digests, and compared (OCPP security profiles 1 and 2)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import argon2

from chargewright.ids import StationId

__all__ = ["PasswordCheck", "hash_password", "new_password"]

_KEY_BYTES = range(16, 21)
"""AuthorizationKey of 1.6 in bytes."""


def new_password() -> str:
    """A station password of 160 random bits as 40 hex digits: fits AuthorizationKey of 1.6 and BasicAuthPassword."""
    return secrets.token_hex(20)


def hash_password(password: str, *, generated: bool) -> str:
    """How a password is kept. One that we generated has entropy enough for a keyed digest; a human's gets argon2."""
    if generated:
        salt = secrets.token_hex(16)
        return f"hmac:{salt}:{hmac.new(bytes.fromhex(salt), password.encode(), hashlib.sha256).hexdigest()}"
    return "argon2:" + argon2.PasswordHasher().hash(password)


@dataclass(frozen=True, slots=True)
class _Verified:
    """A keyed digest of the last password that matched, so that argon2 runs once per change, not per reconnect."""

    credential: str
    digest: bytes


class PasswordCheck:
    """Compares what stations show with what is kept."""

    def __init__(self) -> None:
        self._verified: dict[StationId, _Verified] = {}
        self._cache_key = secrets.token_bytes(32)

    def matches(self, station_id: StationId, credential: str, password: bytes) -> bool:
        """Whether `password` is the one kept as `credential`.

        1.6 hands a station its key as hexadecimal digits and means the bytes; some stations show those, some
        the digits. Both are the same secret, so both are accepted.
        """
        if self._same(station_id, credential, password):
            return True
        return len(password) in _KEY_BYTES and self._same(station_id, credential, password.hex().encode())

    def _same(self, station_id: StationId, credential: str, password: bytes) -> bool:
        digest = hmac.new(self._cache_key, password, hashlib.sha256).digest()
        cached = self._verified.get(station_id)
        if cached is not None and cached.credential == credential:
            return hmac.compare_digest(cached.digest, digest)
        if credential.startswith("hmac:"):
            _, salt, expected = credential.split(":")
            actual = hmac.new(bytes.fromhex(salt), password, hashlib.sha256).hexdigest()
            return hmac.compare_digest(actual, expected)
        try:
            argon2.PasswordHasher().verify(credential.removeprefix("argon2:"), password)
        except argon2.exceptions.VerificationError:
            return False
        self._verified[station_id] = _Verified(credential, digest)
        return True
