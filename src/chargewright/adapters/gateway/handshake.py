"""What a station shows when it connects, read strictly: path, credentials, subprotocol, compression.

Pure functions over the headers of one HTTP upgrade request (OCPP-J 1.6 and OCPP 2.x part 4, section 3; RFC 7617;
RFC 7692).
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from chargewright.ocpp.catalog import Version

__all__ = [
    "STATION_ID_CHARS_MAX",
    "STATION_ID_CHARS_USUAL",
    "BadPath",
    "Deflate",
    "basic_credentials",
    "choose_version",
    "header_tokens",
    "negotiate_deflate",
    "station_id_of_path",
]

STATION_ID_CHARS_MAX = 255
"""OCPP 1.6 sets no limit; the database and the log do."""

STATION_ID_CHARS_USUAL = 48
"""What OCPP 2.x allows. Longer ones are let in and counted."""

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class BadPath(ValueError):
    """The request path names no station: `status` is the HTTP answer (404 elsewhere, 400 ill-formed)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def station_id_of_path(path: bytes, prefix: str) -> str:
    """The station's identity: what follows `prefix` and one slash, percent-decoded once.

    Raises:
        BadPath: another path, an empty or over-long identity, a broken escape, bytes that are not UTF-8,
            or an identity that holds a slash or a control character once it is decoded.

    """
    start = prefix.rstrip("/").encode() + b"/"
    target = path.partition(b"?")[0]
    if not target.startswith(start):
        raise BadPath(404, "no such path")
    escaped = target[len(start) :]
    if b"/" in escaped or not escaped:
        raise BadPath(404, "the path must end with one station identity")
    if _BAD_ESCAPE.search(escaped):
        raise BadPath(400, "the station identity has a broken percent escape")
    try:
        station_id = unquote_to_bytes(escaped).decode()
    except UnicodeDecodeError:
        raise BadPath(400, "the station identity is not UTF-8") from None
    if len(station_id) > STATION_ID_CHARS_MAX:
        raise BadPath(400, f"the station identity is longer than {STATION_ID_CHARS_MAX} characters")
    # Printable is a little narrower than "no control character": it also keeps out line and paragraph
    # separators and unassigned code points, which only ever serve to confuse a log.
    if "/" in station_id or not station_id.isprintable():
        raise BadPath(400, "the station identity holds a slash or a character that cannot be printed")
    return station_id


def basic_credentials(header: str | None) -> tuple[str, bytes] | None:
    """User name and password of an `Authorization: Basic` header, or None where there is none that can be read.

    The password is bytes: 1.6 stations hold a 20-byte key that need not be text, and it may contain colons.
    """
    if header is None:
        return None
    scheme, _, encoded = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip().encode("ascii"), validate=True)
        username, colon, password = decoded.partition(b":")
        return (username.decode(), password) if colon else None
    except (binascii.Error, UnicodeError):
        return None


def header_tokens(values: Iterable[str]) -> list[str]:
    """The comma-separated tokens of a header that may be sent more than once, in order."""
    return [token for value in values for token in (part.strip() for part in value.split(",")) if token]


def choose_version(offered: Iterable[str]) -> Version | None:
    """The first subprotocol in the station's order of preference that we speak; None where we share none."""
    spoken = {version.value: version for version in Version}
    return next((spoken[token] for token in offered if token in spoken), None)


@dataclass(frozen=True, slots=True)
class Deflate:
    """An agreed permessage-deflate without context takeover: `response` is the header, `window_bits` ours."""

    response: str
    window_bits: int


_OFFER_FLAGS = frozenset({"server_no_context_takeover", "client_no_context_takeover"})


def negotiate_deflate(values: Iterable[str]) -> Deflate | None:
    """Accept the first permessage-deflate offer that we can keep (RFC 7692 section 7.1); None declines.

    No context is kept in either direction: a kept context costs 130 KiB a station.
    """
    for offer in header_tokens(values):
        name, *parameters = (part.strip() for part in offer.split(";"))
        if name == "permessage-deflate" and (agreed := _agree(parameters)) is not None:
            return agreed
    return None


def _agree(parameters: list[str]) -> Deflate | None:
    window_bits, seen = 15, set[str]()
    for parameter in parameters:
        key, _, quoted = parameter.partition("=")
        key, value = key.strip(), quoted.strip().strip('"')
        if key in seen:
            return None
        seen.add(key)
        if key in _OFFER_FLAGS and not value:
            continue
        # zlib cannot write a raw window of 8 bits, so such an offer is declined.
        if key == "server_max_window_bits" and value in {"9", "10", "11", "12", "13", "14", "15"}:
            window_bits = int(value)
        elif key != "client_max_window_bits" or value not in {
            "",
            "8",
            "9",
            "10",
            "11",
            "12",
            "13",
            "14",
            "15",
        }:
            return None
    response = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
    if "server_max_window_bits" in seen:
        response += f"; server_max_window_bits={window_bits}"
    return Deflate(response, window_bits)
