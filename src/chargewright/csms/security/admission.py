"""Who is let in at the station port: by password, by certificate, and never below the security profile of old.

Profile 1 is a password, 2 a password under TLS, 3 a client certificate (OCPP 1.6 security paper 2.2; 2.x A00). The
highest that a station was seen with is the least that it may come back with; only an operator lowers it.
"""

from dataclasses import replace

from chargewright.csms.ports import Admission, Handshake
from chargewright.csms.provisioning import Provisioning
from chargewright.csms.security.events import (
    DOWNGRADE,
    FOREIGN_CERTIFICATE,
    WRONG_CREDENTIALS,
    SecurityEvents,
)
from chargewright.csms.security.passwords import PasswordCheck
from chargewright.domain.station import Station
from chargewright.ids import StationId

__all__ = ["Doorkeeper"]

PLAIN, PASSWORD, PASSWORD_TLS, CERTIFICATE = 0, 1, 2, 3


class Doorkeeper:
    """Implements `ports.Gatekeeper`."""

    def __init__(self, *, provisioning: Provisioning, events: SecurityEvents) -> None:
        self._provisioning = provisioning
        self._events = events
        self._check = PasswordCheck()

    def admit(self, handshake: Handshake) -> Admission:
        """Let a station in or say why not. Unknown: 404; credentials that are wrong, missing or too weak: 401."""
        station_id = StationId(handshake.station_id)
        entrance = self._provisioning.entrance(station_id)
        if entrance.status != 101:
            return entrance
        shown = handshake.certificate
        if shown is not None and station_id not in shown.names:
            self._events.notice(station_id, FOREIGN_CERTIFICATE, f"it names {', '.join(shown.names)[:200]}")
            return Admission(401, "the client certificate is of another station")
        station = self._provisioning.station(station_id)
        if station is None:
            if handshake.certificate_wanted and shown is None:
                return Admission(401, "a client certificate is asked for")
            return entrance
        return self._judge(station, handshake, entrance)

    def _judge(self, station: Station, handshake: Handshake, entrance: Admission) -> Admission:
        credential = None
        if handshake.certificate is None:
            credential = self._credential_shown(station, handshake)
            if credential is None and station.credential is not None:
                return self._refused_password(station, handshake)
            if credential is None and handshake.certificate_wanted:
                return Admission(401, "a client certificate or a password is asked for")
        profile = _profile(handshake, by_password=credential is not None)
        if station.security_profile is not None and profile < station.security_profile:
            self._events.notice(
                station.id, DOWNGRADE, f"profile {profile} where {station.security_profile} is held"
            )
            return Admission(401, f"security profile {station.security_profile} is asked for")
        self._settle(station, profile, credential)
        return entrance

    def _credential_shown(self, station: Station, handshake: Handshake) -> str | None:
        """Which of the passwords that are kept was shown."""
        if handshake.username != station.id or handshake.password is None:
            return None
        for credential in (station.credential, *station.next_credentials):
            if credential is not None and self._check.matches(station.id, credential, handshake.password):
                return credential
        return None

    def _refused_password(self, station: Station, handshake: Handshake) -> Admission:
        if handshake.username is None or handshake.password is None:
            return Admission(401, "a user name and a password are asked for")
        self._events.notice(station.id, WRONG_CREDENTIALS, f"from {handshake.remote}")
        return Admission(401, "user name or password is wrong")

    def _settle(self, station: Station, profile: int, credential: str | None) -> None:
        """Of several passwords the one that was used stays (A01.FR.04); a profile that was reached is kept."""
        settled = station
        if credential is not None and station.next_credentials:
            settled = replace(settled, credential=credential, next_credentials=())
        if profile >= PASSWORD and profile > (station.security_profile or PLAIN):
            settled = replace(settled, security_profile=profile)
        if station.raising_to is not None and profile >= station.raising_to:
            settled = replace(settled, raising_to=None)
        if settled is not station:
            self._provisioning.amend(station.id, lambda _: settled)


def _profile(handshake: Handshake, *, by_password: bool) -> int:
    """The security profile that a station has shown; 0 is none."""
    if handshake.certificate is not None:
        return CERTIFICATE
    if not by_password:
        return PLAIN
    return PASSWORD_TLS if handshake.secure else PASSWORD
