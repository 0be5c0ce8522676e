"""Secrets leave a frame before it is written down: passwords, keys, credentials in URLs, tokens of the file service."""

import json
import re
from typing import Any, Final

__all__ = ["redact", "redacted"]

HIDDEN: Final = "***"

_SUSPICIOUS: Final = re.compile(rb"(?i)authorizationkey|password|\"vpn\"|://|sharedsecret|\\u")
"""Escapes could hide a word, hence the last one."""

_SECRET_KEYS: Final = frozenset({"basicauthpassword", "password", "apnpassword", "sharedsecret"})
_SECRET_VARIABLES: Final = frozenset({"authorizationkey", "basicauthpassword", "apnpassword", "sharedsecret"})
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/@\s\"]+(?=@)")
_FILE_TOKEN: Final = re.compile(r"(/files/)[^/?\s\"]+")
_NOT_KEPT: Final = b'"a frame that cannot be read and may hold a secret is not kept"'


def redact(direction: str, texts: list[bytes]) -> None:
    """Take secrets out of the frames of one turn, in place.

    Looked through are our orders and what stations answer to them. What stations report and what we answer to it
    holds none, and is nearly all there is.
    """
    is_order = direction == "out"
    for index in [n for n, text in enumerate(texts) if (text[:3] == b"[2,") is is_order]:
        texts[index] = redacted(texts[index])


def redacted(text: bytes) -> bytes:
    """The frame without what nobody may read in a log."""
    if _SUSPICIOUS.search(text) is None:
        return text
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return _NOT_KEPT
    return json.dumps(_clean(frame), separators=(",", ":"), ensure_ascii=False).encode()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _FILE_TOKEN.sub(rf"\1{HIDDEN}", _CREDENTIALS.sub(HIDDEN, value))
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, dict):
        return value
    hidden = set(_SECRET_KEYS)
    if _variable(value) in _SECRET_VARIABLES:
        hidden |= {"value", "attributevalue"}
    cleaned = {key: HIDDEN if key.casefold() in hidden else _clean(one) for key, one in value.items()}
    vpn = cleaned.get("vpn")
    if isinstance(vpn, dict) and "key" in vpn:
        cleaned["vpn"] = {**vpn, "key": HIDDEN}
    return cleaned


def _variable(item: dict[str, Any]) -> str:
    """The configuration key or variable that an item of a message gives, in small letters."""
    name = item.get("key")
    if name is None and isinstance(item.get("variable"), dict):
        name = item["variable"].get("name")
    return name.casefold() if isinstance(name, str) else ""
