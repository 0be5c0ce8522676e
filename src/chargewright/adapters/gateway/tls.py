"""TLS for the station port, from certificate files (OCPP security profiles 2 and 3)."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["TlsFiles", "names_station", "server_context"]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. With `client_ca`, every station must show a certificate of that CA (profile 3)."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """A server context: TLS 1.2 or newer, no compression, no renegotiation.

    Raises:
        OSError, ssl.SSLError: a file is missing, unreadable, or does not fit the others.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(files.certificate, files.key)
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def names_station(peer_certificate: dict[str, Any] | None, station_id: str) -> bool:
    """True where a verified client certificate has `station_id` as a common name (profile 3 binds the two)."""
    subject = (peer_certificate or {}).get("subject", ())
    return any(key == "commonName" and value == station_id for rdn in subject for key, value in rdn)
