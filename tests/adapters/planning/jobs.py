"""What the pool's processes run in tests."""

import os
import signal
import threading

from chargewright.errors import InvalidInput, UnsupportedByVersion


def job(question: bytes) -> bytes:
    if question == b"crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if question == b"hang":
        threading.Event().wait()
    if question == b"refuse":
        raise InvalidInput("no", where="sessions[3]")
    if question == b"unsupported":
        raise UnsupportedByVersion("profile", version="ocpp1.6", why="never")
    return str(os.getpid()).encode()
