"""Write docs/reference/command-line.md from what `--help` says, so that the page cannot lag behind the program.

Usage: python tools/write_cli_reference.py [--check]

With --check nothing is written; exit status 1 where the page is not what would be written.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "command-line.md"
COMMANDS = (
    "demo",
    "serve",
    "migrate",
    "plan",
    "prices",
    "check-profile",
    "composite",
    "simulate",
    "send",
    "stations",
    "transactions",
    "sites",
    "profiles",
    "log",
)
WIDTH = 100
"""Columns; a terminal's own width would make the page another one on each machine."""

INTRODUCTION = """\
# Command line

This page is written by `python tools/write_cli_reference.py` from what `chargewright COMMAND --help` says.

Exit status: **0** it worked; **1** it ran and the answer is no; **2** the input cannot be used, with one line that
says what and where. Commands that print data take `--json`. On a terminal they print tables, elsewhere plain lines.
"""


def help_of(command: str) -> str:
    """Return the help of one command, as plain text without blanks at the ends of lines."""
    program = "from chargewright.app.cli import main; main()"
    environment = {**os.environ, "COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", program, command, "--help"],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=True,
    )
    return "\n".join(line.rstrip() for line in ran.stdout.strip().splitlines())


def page() -> str:
    """Return the whole page."""
    parts = [INTRODUCTION]
    parts += [f"## chargewright {command}\n\n```text\n{help_of(command)}\n```\n" for command in COMMANDS]
    return "\n".join(parts)


def main() -> int:
    """Write the page, or compare it."""
    text = page()
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is not what --help says; run python tools/write_cli_reference.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
