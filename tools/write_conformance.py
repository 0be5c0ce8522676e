"""Run the public certification cases and write what came of each to docs/conformance.md.

    python tools/write_conformance.py           # run them, write the page
    python tools/write_conformance.py --check   # run them, fail where the page says something else

The page is made from the run, never by hand: id, purpose (the test's docstring), result.
"""

import argparse
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET  # of a file that pytest has just written
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"

HEAD = """# Conformance

What a central system has to do is settled by the public certification cases of the Open Charge Alliance. Each has
one test here, named after it: a station that speaks raw frames over a real socket plays its part, the official
schemas judge every frame of both sides, and the test asserts on the frames and on what the API shows afterwards.
The purposes are in our own words. Passing these tests is not a certification.

This page is written by `python tools/write_conformance.py` from a run of `tests/conformance`.

"""


@dataclass(frozen=True, slots=True)
class Case:
    """One row: `result` is `passes`, or the first line of why it does not."""

    id: str
    purpose: str
    result: str


def run() -> list[Case]:
    """Run all cases and read the report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "2",
            "tests/conformance",
            f"--junitxml={report}",
        ]
        ended = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.PIPE, text=True)
        if not report.exists():
            raise SystemExit(ended.stdout)
        tree = ET.parse(report)  # noqa: S314  (our own pytest has just written it)
        return sorted(_cases(tree.getroot()), key=lambda case: case.id)


def _cases(report: ET.Element) -> Iterator[Case]:
    for test in report.iter("testcase"):
        told = {p.get("name"): p.get("value") or "" for p in test.iter("property")}
        if "case" not in told:
            continue
        faults = [fault for kind in ("failure", "error", "skipped") for fault in test.iter(kind)]
        why = "; ".join((fault.get("message") or fault.tag).splitlines()[0] for fault in faults)
        yield Case(told["case"], told["purpose"], f"fails: {why}" if faults else "passes")


def page(cases: Iterable[Case]) -> str:
    """The page of a run."""
    from tests.conformance.public_ids import OCPP_16, OCPP_201

    by_id = {case.id: case for case in cases}
    missing = [Case(wanted, "", "no test") for wanted in (*OCPP_16, *OCPP_201) if wanted not in by_id]
    by_id |= {case.id: case for case in missing}
    parts = [
        ("OCPP 1.6", [by_id[wanted] for wanted in OCPP_16]),
        ("OCPP 2.0.1", [by_id[wanted] for wanted in OCPP_201]),
        ("OCPP 2.1, what it adds", [case for name, case in by_id.items() if name.startswith("21_")]),
    ]
    return HEAD + "\n".join(_part(title, rows) for title, rows in parts)


def _part(title: str, cases: list[Case]) -> str:
    passed = sum(case.result == "passes" for case in cases)
    note = (
        "There is no public test document for 2.1 yet: these are ours, by requirement id of the standard.\n\n"
        if "2.1" in title
        else ""
    )
    rows = "".join(f"| {case.id} | {case.purpose} | {case.result} |\n" for case in cases)
    return f"## {title}\n\n{note}{passed} of {len(cases)} pass.\n\n| id | purpose | result |\n| --- | --- | --- |\n{rows}"


def main() -> int:
    """Write the page, or compare it; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    sys.path.insert(0, str(ROOT))
    text = page(run())
    if not check:
        PAGE.write_text(text, encoding="utf-8")
        print(f"{PAGE.relative_to(ROOT)}: {text.count('| passes |')} cases pass")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"{PAGE.relative_to(ROOT)} is not what a run gives: run python tools/write_conformance.py",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
