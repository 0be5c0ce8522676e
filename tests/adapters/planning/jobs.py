"""What the pool's processes run in tests."""

import os
import signal
import threading
from pathlib import Path

from chargewright.csms.site_plan import SitePlan, SiteQuestion, plan_site
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
    if question == b"bug":
        raise ZeroDivisionError("a bug of ours")
    return str(os.getpid()).encode()


def site_job(question: SiteQuestion) -> SitePlan:
    """Crash or hang by the site's id; a slow one goes on when something is written to the pipe that its name tells."""
    if question.site.id == "slow":
        Path(question.site.name).read_bytes()
    elif question.site.id != "quick":
        job(question.site.id.encode())
    return plan_site(question)
