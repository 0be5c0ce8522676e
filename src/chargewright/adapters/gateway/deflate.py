"""permessage-deflate, one message at a time and bounded (RFC 7692, no context takeover either way)."""

import zlib

__all__ = ["DEFLATE_BYTES_MIN", "InflatedTooLong", "deflate", "inflate"]

DEFLATE_BYTES_MIN = 256
"""Shorter messages go uncompressed: they would hardly shrink, and every one costs a compressor."""

_TAIL = b"\x00\x00\xff\xff"
# Level 1 and a small hash table: OCPP messages of a kilobyte gain nothing measurable from more.
_LEVEL, _MEMORY = 1, 5


class InflatedTooLong(ValueError):
    """The message would inflate beyond the limit."""


def inflate(payload: bytes, *, bytes_max: int) -> bytes:
    """The message that `payload` stands for.

    Raises:
        InflatedTooLong: it is longer than `bytes_max`; no more than that is ever inflated.
        zlib.error: it is not a deflate stream.

    """
    inflater = zlib.decompressobj(-15)
    message = inflater.decompress(payload + _TAIL, bytes_max + 1)
    if len(message) > bytes_max:
        raise InflatedTooLong
    return message


def deflate(message: bytes, *, window_bits: int) -> bytes:
    """Compress one message, to be sent with RSV1 set."""
    deflater = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window_bits, _MEMORY)
    return (deflater.compress(message) + deflater.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]
