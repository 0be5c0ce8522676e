"""The roots of every error that this package raises.

ChargewrightError
├── InvalidInput            a person or a program handed us something unusable: says what and where (exit 2, HTTP 400)
│   └── NotFound            it names a thing that does not exist (HTTP 404)
├── RemoteProtocolError     the other side of a link broke the rules: answered with a code, counted, never a traceback
├── LocalProtocolError      we were about to break them: a bug of ours
├── UnsupportedByVersion    an order that the station's OCPP version cannot carry; raised before anything is sent
└── StoreUnavailable        nothing may be acknowledged now

A refusal (Rejected, Blocked, Invalid) is none of these: it is a value in an answer.
"""

__all__ = [
    "ChargewrightError",
    "InvalidInput",
    "LocalProtocolError",
    "NotFound",
    "RemoteProtocolError",
    "StoreUnavailable",
    "UnsupportedByVersion",
]


class ChargewrightError(Exception):
    """The root: catch this to catch whatever this package raises on purpose."""


class InvalidInput(ChargewrightError):
    """Something handed to us cannot be used. `where` is a path, a line or an option; `str()` reads as one line."""

    def __init__(self, what: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.where = where


class NotFound(InvalidInput):
    """The thing named does not exist."""


class RemoteProtocolError(ChargewrightError):
    """The other side broke the protocol."""


class LocalProtocolError(ChargewrightError):
    """We were about to break the protocol."""


class UnsupportedByVersion(ChargewrightError):
    """This order cannot be said in the station's version of OCPP."""

    def __init__(self, order: str, *, version: str, why: str) -> None:
        super().__init__(f"{order} cannot be sent to an {version} station: {why}")
        self.order = order
        self.version = version
        self.why = why


class StoreUnavailable(ChargewrightError):
    """The store cannot make anything durable at present."""
