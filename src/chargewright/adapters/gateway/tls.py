"""TLS for the station port, from certificate files (OCPP security profiles 2 and 3)."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chargewright.csms.ports import ShownCertificate

__all__ = ["CIPHERS", "TlsFiles", "load_certificates", "server_context", "shown_certificate"]

CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
)
"""For TLS 1.2, best first. The last two know no forward secrecy; OCPP demands them all the same, and there are
stations that speak nothing else (A00.FR.318 and .319; 1.6 security paper, 2.5). TLS 1.3 brings its own."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files. `second` is a certificate with the other type of key (one RSA, one ECDSA), and its key.

    With `client_ca` or `trusted` (PEM text), a station may show a certificate; whether it must is decided
    where it is admitted.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None
    second: tuple[Path, Path] | None = None
    trusted: str = ""


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """A server context: TLS 1.2 or newer, no compression, no renegotiation.

    Raises:
        OSError, ssl.SSLError: a file is missing, unreadable, or does not fit the others.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(":".join(CIPHERS))
    load_certificates(context, files)
    return context


def load_certificates(context: ssl.SSLContext, files: TlsFiles) -> None:
    """Read the files into a context, also into one that is in use: handshakes from now on see them.

    An authority that is trusted once stays so until a restart.
    """
    context.load_cert_chain(files.certificate, files.key)
    if files.second is not None:
        context.load_cert_chain(*files.second)
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
    if files.trusted:
        context.load_verify_locations(cadata=files.trusted)
    if files.client_ca is not None or files.trusted:
        context.verify_mode = ssl.CERT_OPTIONAL


def shown_certificate(peer_certificate: dict[str, Any] | None) -> ShownCertificate | None:
    """What a verified client certificate says; None where none was shown."""
    if not peer_certificate:
        return None
    subject = peer_certificate.get("subject", ())
    common_names = [value for rdn in subject for key, value in rdn if key == "commonName"]
    others = [value for kind, value in peer_certificate.get("subjectAltName", ()) if kind in {"DNS", "URI"}]
    expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(peer_certificate["notAfter"]), UTC)
    return ShownCertificate((*common_names, *others), expires_at)
