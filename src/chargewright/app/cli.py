"""The command line. Each command lives in a module of its own, imported when it is called.

Exit status: 0 it worked; 1 it ran and the answer is no; 2 the input cannot be used, with one line that says what and
where.
"""

import sys
from collections.abc import Sequence

from cyclopts import App

import chargewright
from chargewright.errors import ChargewrightError, InvalidInput

__all__ = ["app", "main"]

app = App(
    name="chargewright",
    version=chargewright.__version__,
    help="""Sends the right charging profile to every EV charging station, and proves that it worked.

    Try `chargewright demo`: a whole site in one process, with a console in the browser.
    """,
    help_format="markdown",
)
app.command("chargewright.app.demo:demo")
app.command("chargewright.app.serve:serve")
app.command("chargewright.app.planning:plan")
app.command("chargewright.app.prices:prices")
app.command("chargewright.app.profile_tools:check_profile")
app.command("chargewright.app.profile_tools:composite")
app.command("chargewright.app.simulate:simulate")
app.command("chargewright.app.remote:send")
app.command("chargewright.app.remote:stations")
app.command("chargewright.app.remote:transactions")
app.command("chargewright.app.remote:sites")
app.command("chargewright.app.remote:profiles")
app.command("chargewright.app.remote:log")
app.command("chargewright.app.serve:migrate")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its status."""
    try:
        status = app(list(sys.argv[1:] if arguments is None else arguments))
    except InvalidInput as why:
        print(f"chargewright: {why}", file=sys.stderr)
        sys.exit(2)
    except ChargewrightError as why:
        print(f"chargewright: {why}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(status if isinstance(status, int) else 0)
