"""Passwords and security profiles, changed by order (1.6 security paper A01 and A05; 2.x A01, A05).

A password whose order was not answered holds beside the old one until the station comes back: the one that it
then uses stays (A01.FR.04). A profile that was ordered is pending until the station comes back with it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from chargewright.csms.commands import Commands
from chargewright.csms.ports import Store
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.asking import Asked, ask
from chargewright.csms.security.passwords import hash_password, new_password
from chargewright.domain.security import (
    PreferNetworkProfile,
    RaiseProfile,
    Restart,
    SetPassword,
    WriteNetworkProfile,
)
from chargewright.domain.station import Station
from chargewright.errors import ChargewrightError, InvalidInput, UnsupportedByVersion
from chargewright.ids import StationId

__all__ = ["Credentials", "NetworkProfile", "PasswordChanged"]

PENDING_MAX = 4
"""Orders for a new password that may stay unanswered before the station must come back once."""


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """`password` is shown once: where it was made here, and the station has it or may have it."""

    asked: Asked
    password: str | None


@dataclass(frozen=True, slots=True)
class NetworkProfile:
    """How a 2.x station is to connect: `url` up to the identity, `slots` in order of preference."""

    url: str
    slots: tuple[int, ...] = (1,)
    interface: str = "Wired0"
    message_timeout_s: int = 30


class Credentials:
    """Orders a station to use another password, or a higher security profile."""

    def __init__(self, *, store: Store, provisioning: Provisioning, commands: Commands) -> None:
        self._store = store
        self._provisioning = provisioning
        self._commands = commands

    async def change_password(self, station_id: StationId, password: str | None = None) -> PasswordChanged:
        """Give the station another password; one is made where none is given.

        Raises:
            InvalidInput: the password is none that this station's version can hold.

        """
        station = self._provisioning.require(station_id)
        if len(station.next_credentials) >= PENDING_MAX:
            raise InvalidInput("too many passwords are unanswered; it must connect once", where=station_id)
        given = password is not None
        word = password or new_password()
        credential = await asyncio.to_thread(hash_password, word, generated=not given)
        await self._durably(station_id, lambda s: _with_next(s, credential))
        try:
            asked = await ask(self._commands, station_id, SetPassword(word))
        except ChargewrightError:
            await self._durably(station_id, lambda s: _without_next(s, credential))
            raise
        settle: Callable[[Station], Station]
        if asked.accepted and not asked.needs_reboot:
            settle = lambda s: replace(s, credential=credential, next_credentials=())  # noqa: E731  # one of three
        elif asked.accepted or asked.outcome == "unknown":
            # It may have come back in between and so have settled for the old one: that was before this order.
            settle = lambda s: _with_next(s, credential)  # noqa: E731
        else:
            settle = lambda s: _without_next(s, credential)  # noqa: E731
        await self._durably(station_id, settle)
        holds = asked.outcome in {"accepted", "unknown"}
        return PasswordChanged(asked, word if holds and not given else None)

    async def raise_profile(
        self,
        station_id: StationId,
        profile: int,
        *,
        network: NetworkProfile | None = None,
        restart: bool = True,
    ) -> Asked:
        """Order a station to come back with a higher security profile; `network` says where to, for 2.x.

        Raises:
            InvalidInput: it is not higher than what the station has, or `network` is missing.

        """
        station = self._provisioning.require(station_id)
        if not (station.security_profile or 0) < profile <= 3:
            raise InvalidInput(
                f"it must be above {station.security_profile or 0} and at most 3", where="security_profile"
            )
        await self._durably(station_id, lambda s: replace(s, raising_to=profile))
        asked: Asked | None = None
        try:
            asked = await self._raise(station_id, profile, network, restart=restart)
        finally:
            if asked is None or asked.outcome in {"refused", "offline"}:
                await self._durably(station_id, lambda s: replace(s, raising_to=station.raising_to))
        return asked

    async def _raise(
        self, station_id: StationId, profile: int, network: NetworkProfile | None, *, restart: bool
    ) -> Asked:
        try:
            return await ask(self._commands, station_id, RaiseProfile(profile))
        except UnsupportedByVersion:
            if network is None:
                raise InvalidInput("this station needs the URL to connect to", where="url") from None
        written = await ask(
            self._commands,
            station_id,
            WriteNetworkProfile(
                network.slots[0], network.url, profile, network.interface, network.message_timeout_s
            ),
        )
        if not written.accepted:
            return written
        preferred = await ask(self._commands, station_id, PreferNetworkProfile(network.slots))
        if not preferred.accepted or not restart:
            return preferred
        return await ask(self._commands, station_id, Restart())

    async def set_minimum(
        self, station_id: StationId, profile: int | None, secc_ids: tuple[str, ...] | None
    ) -> Station:
        """What an operator decides without asking the station: its lowest profile, also a lower one; its SECC ids."""

        def change(station: Station) -> Station:
            kept = station.secc_ids if secc_ids is None else secc_ids
            return replace(station, security_profile=profile, secc_ids=kept)

        self._provisioning.require(station_id)
        await self._durably(station_id, change)
        return self._provisioning.require(station_id)

    async def _durably(self, station_id: StationId, change: Callable[[Station], Station]) -> None:
        """Amend the station as it is now; durable on return, as works are committed in order."""
        self._provisioning.amend(station_id, change)
        await self._store.commit(_nothing_more)


def _with_next(station: Station, credential: str) -> Station:
    if station.credential == credential or credential in station.next_credentials:
        return station
    return replace(station, next_credentials=(*station.next_credentials, credential))


def _without_next(station: Station, credential: str) -> Station:
    return replace(station, next_credentials=tuple(c for c in station.next_credentials if c != credential))


def _nothing_more(_: Any) -> None:
    """A work that only waits for those before it."""
