"""The TLS of a station's link, from what was installed on it (1.6 security white paper A00; 2.x part 2, A00)."""

import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

__all__ = ["tls_of"]


def tls_of(url: str, roots: Sequence[str], shown: tuple[bytes, bytes] | None) -> ssl.SSLContext | None:
    """Trust the installed roots alone, and show the station's certificate; None where nothing was installed."""
    if not url.startswith("wss:") or not (roots or shown):
        return None
    context = ssl.create_default_context(cadata="\n".join(roots) or None)
    # Certificates of charging stations are older than the extensions that Python's strict check asks for.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if shown is not None:
        # The ssl module takes a client's certificate from files only.
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_bytes(shown[0])
            key.write_bytes(shown[1])
            context.load_cert_chain(chain, key)
    return context
