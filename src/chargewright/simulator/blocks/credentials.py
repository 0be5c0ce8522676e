"""How a station shows who it is: its password, its security profile, where it connects, and what it tries in turn.

OCPP 1.6 security white paper, sections 2 and 3 (A01, A05); OCPP 2.0.1 part 2, A01, A05, B09, B10.
"""

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Credentials", "Way"]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to connect. None: as the station was set up."""

    url: str | None = None
    password: bytes | None = None
    security_profile: int | None = None
    identity: str | None = None


class Credentials:
    """What a station connects with. What is new is tried first; what worked before stays until the new one works."""

    def __init__(self, password: str | None) -> None:
        self._ways: list[Way] = []
        self.set_up(password)
        self._at_start: list[Way] = []
        self.security_profile = 1
        self.reconnect = False
        """The link is to be given up and made anew with what holds now; whoever drives the station resets it."""
        self.shown: tuple[bytes, bytes] | None = None
        """Certificate chain and key, PEM, that are shown where a profile asks for them."""

    def set_up(self, password: str | None) -> None:
        """Begin with this password, as an installer does."""
        self._ways = [Way(password=None if password is None else password.encode())]

    @property
    def way(self) -> Way:
        """How to connect now."""
        return self._ways[0]

    def change_password(self, text: str) -> bool:
        """Take a new password over, and reconnect with it; False for one that is too short or too long.

        1.6 writes hexadecimal digits where the password is bytes, and central systems disagree on whether they mean
        the digits or the bytes: both are tried.
        """
        if not 16 <= len(text) <= 40:
            return False
        found = [text.encode()]
        if re.fullmatch(r"(?:[0-9a-fA-F]{2}){16,20}", text):
            found.append(bytes.fromhex(text))
        now = self.way
        self._ways[:0] = [Way(now.url, password, now.security_profile, now.identity) for password in found]
        self.reconnect = True
        return True

    def change_way(self, ways: list[Way]) -> None:
        """Try these ways first once the station has started anew (B10.FR.01)."""
        self._at_start = ways

    def started_anew(self) -> None:
        self._ways[:0], self._at_start = self._at_start, []

    def raise_profile(self, profile: int) -> Literal["Accepted", "Rejected"]:
        """Take a higher security profile over at the next connection; a lower one never (A05.FR.03)."""
        if not self.security_profile <= profile <= 3:
            return "Rejected"
        if profile == 3 and self.shown is None:
            return "Rejected"
        now = self.way
        self._ways.insert(0, Way(now.url, now.password, profile, now.identity))
        self.reconnect = True
        return "Accepted"

    def show(self, certificate: tuple[bytes, bytes] | None) -> None:
        """Show this certificate from now on, and reconnect with it where the profile asks for one (A02.FR.08)."""
        self.shown = certificate
        self.reconnect = self.reconnect or self.security_profile == 3

    def connected(self) -> None:
        """This way works: what was before it is of no use any more."""
        del self._ways[1:]
        if self.way.security_profile is not None:
            self.security_profile = max(self.security_profile, self.way.security_profile)

    def refused(self) -> None:
        """This way does not work: the next one's turn, and the last one again and again."""
        if len(self._ways) > 1:
            self._ways.append(self._ways.pop(0))
