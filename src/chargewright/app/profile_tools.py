"""`chargewright check-profile` and `chargewright composite`: what a profile breaks, and what it comes to."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from chargewright.app.profile_input import FoundProfile, ProfileFile, Protocol, found_profiles, read_text
from chargewright.app.step_curve import Step, step_svg, step_text
from chargewright.charging.composite import ActiveTransaction, Composite, Context, EvseContext
from chargewright.charging.composite import composite as composite_of
from chargewright.charging.installed import install
from chargewright.charging.profile import Dialect, Installed, Purpose, RateUnit, decimal_of_tenths
from chargewright.charging.rules import Violation, violations
from chargewright.clock import as_utc
from chargewright.errors import InvalidInput
from chargewright.ocpp.json_faults import JsonFault, json_faults, mend
from chargewright.ocpp.reading import Harm

__all__ = ["check_profile", "composite"]

_SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When profiles arrive that are judged without a present; no rule reads it."""


@dataclass(frozen=True, slots=True)
class _Judged:
    found: FoundProfile
    violations: list[Violation]

    @property
    def broken(self) -> list[Violation]:
        return [v for v in self.violations if v.severity == "violation"]

    @property
    def notes(self) -> list[Violation]:
        return [v for v in self.violations if v.severity == "note"]


def check_profile(
    file: ProfileFile,
    *,
    protocol: Protocol = "ocpp1.6",
    evse: Annotated[int | None, Parameter(name=("--evse", "--connector"))] = None,
    at: datetime | None = None,
    json: bool = False,
) -> int:
    """Tell every rule that a charging profile breaks, with its number, its place and the figures.

    Reads a SetChargingProfile request, a whole frame, a bare profile, or a list of these, which are then judged as
    installed one after the other. Of a text that is not JSON every fault is told, and what it seems to mean.

    Exit status 0: a station may take it, perhaps with notes; 1: it breaks a rule; 2: it is not JSON, or not a profile.

    Example: `chargewright check-profile profile.json --protocol ocpp2.0.1`

    Parameters
    ----------
    file
        The file, or - for standard input.
    protocol
        The version whose rules count.
    evse
        Where it goes, if the request does not say so; goes before what it says.
    at
        The present, with its zone: without it nothing is called past.
    json
        Print one JSON object.

    """
    text = read_text(file)
    where = "standard input" if str(file) == "-" else str(file)
    at = None if at is None else _aware(at, "--at")
    faults = json_faults(text)
    mended = mend(text) if faults else text
    judged: list[_Judged] = []
    if mended is not None:
        try:
            found = found_profiles(mended, protocol=protocol, evse=evse, where=where)
            judged = _judge(found, protocol=protocol, at=at)
        except InvalidInput:
            if not faults:
                raise
            mended = None  # a list of faults is worth more than a guess at their meaning
    if json:
        _print_json(_check_answer(where, protocol, faults, mended if faults else None, judged))
    else:
        _show_check(where, faults, mended if faults else None, judged)
    if faults or any(j.found.refused for j in judged):
        return 2
    return 1 if any(j.broken for j in judged) else 0


def composite(
    file: ProfileFile,
    *,
    start: datetime,
    duration: int = 86_400,
    unit: Literal["A", "W"] = "A",
    connector: Annotated[int, Parameter(name=("--connector", "--evse"))] = 1,
    protocol: Protocol = "ocpp1.6",
    transaction_started: datetime | None = None,
    phases: Literal[1, 2, 3] = 3,
    voltage: int = 230,
    plot: bool = False,
    svg: Path | None = None,
    json: bool = False,
) -> int:
    """Compute what a station may draw once the given profiles are laid over each other.

    Exit status 1 where one of them breaks a rule, so that a station would refuse it.

    Example: `chargewright composite profiles.json --start 2026-03-03T08:00Z --unit W --plot`

    Parameters
    ----------
    file
        Profiles as `check-profile` reads them; - for standard input.
    start
        The first instant of the window, with its zone.
    duration
        The window's length in seconds.
    unit
        A per phase, or W over all phases.
    connector
        The connector or EVSE; 0 is the whole station.
    protocol
        The version whose rules count.
    transaction_started
        When the transaction began, with its zone. With a TxProfile and without this: at the window's start.
    phases
        How many phases the EVSE has.
    voltage
        Nominal, phase to neutral, in V; for profiles in the other unit.
    plot
        Draw it as a step curve in the terminal.
    svg
        Write the curve to an SVG file.
    json
        Print one JSON object, in the words of GetCompositeSchedule; a limit of null is no limit.

    """
    for option, value in (("--duration", duration), ("--voltage", voltage)):
        if value <= 0:
            raise InvalidInput(f"{value} is not above 0", where=option)
    start = _aware(start, "--start")
    judged = _usable(file, protocol, start)
    installed = _installed(judged, start, Dialect.of(protocol))
    remarks = _refusals(judged)
    evses = _evses(
        installed, connector, phases=phases, began=transaction_started, start=start, remarks=remarks
    )
    window = (start, start + timedelta(seconds=duration))
    context = Context(Dialect.of(protocol), evses, voltage_v=voltage)
    made = composite_of(installed, evse_id=connector, window=window, unit=RateUnit(unit), context=context)
    if svg is not None:
        _write(svg, step_svg(_steps(made), unit=unit, start=start))
    if json:
        _print_json(_composite_answer(made, protocol, remarks))
    else:
        _show_composite(made, remarks, plot=plot)
    return 1 if any(j.broken for j in judged) else 0


def _print_json(answer: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


def _refusals(judged: Sequence[_Judged]) -> list[str]:
    return [
        f"{j.found.place(v.path)}: a station would refuse this: {v.text}" for j in judged for v in j.broken
    ]


def _installed(judged: Sequence[_Judged], at: datetime, dialect: Dialect) -> tuple[Installed, ...]:
    installed: tuple[Installed, ...] = ()
    for j in judged:
        assert j.found.profile is not None, "_usable lets no others through"
        installed = install(installed, j.found.evse_id, j.found.profile, at, dialect)
    return installed


def _steps(made: Composite) -> list[Step]:
    start = made.limit.start
    return [
        ((piece.start - start).total_seconds(), (piece.end - start).total_seconds(), _number(piece.value))
        for piece in made.limit
    ]


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as why:
        raise InvalidInput(why.strerror or str(why), where=str(path)) from why


def _aware(at: datetime, where: str) -> datetime:
    if at.tzinfo is None:
        raise InvalidInput(f"{at.isoformat()} has no time zone; for UTC write Z behind it", where=where)
    return as_utc(at)


def _number(tenths: int | None) -> float | None:
    return None if tenths is None else float(decimal_of_tenths(tenths))


def _judge(found: Sequence[FoundProfile], *, protocol: str, at: datetime | None) -> list[_Judged]:
    """Judge each profile beside those before it, as though they arrived in this order."""
    dialect = Dialect.of(protocol)
    installed: tuple[Installed, ...] = ()
    homes: dict[int, str] = {}
    judged: list[_Judged] = []
    for one in found:
        profile = one.profile
        if profile is None:
            judged.append(_Judged(one, []))
            continue
        broken = violations(profile, dialect=dialect, evse_id=one.evse_id, installed=installed, at=at)
        if profile.id in homes:
            old = protocol == "ocpp1.6"
            name = "chargingProfileId" if old else "id"
            wrapper = "csChargingProfiles" if old else "chargingProfile"
            text = f"{name} {profile.id} is also that of {homes[profile.id]}, which this one replaces"
            broken.append(Violation("1.6 5.16" if old else "K01.FR.05", f"{wrapper}.{name}", text, "note"))
        homes[profile.id] = one.path
        installed = install(installed, one.evse_id, profile, at or _SOME_DAY, dialect)
        judged.append(_Judged(one, broken))
    return judged


def _usable(file: Path, protocol: str, at: datetime) -> list[_Judged]:
    """The profiles of a file whose every one can be read.

    Raises:
        InvalidInput: one cannot; says where the first fault is.

    """
    text = read_text(file)
    where = "standard input" if str(file) == "-" else str(file)
    faults = json_faults(text)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InvalidInput(f"not JSON: {faults[0]}{more}; check-profile tells all", where=where)
    found = found_profiles(text, protocol=protocol, evse=None, where=where)
    for one in found:
        if one.refused:
            fault = one.faults[0]
            raise InvalidInput(f"{one.place(fault.path)}: {fault.what}", where=where)
    return _judge(found, protocol=protocol, at=at)


def _evses(
    installed: Sequence[Installed],
    connector: int,
    *,
    phases: int,
    began: datetime | None,
    start: datetime,
    remarks: list[str],
) -> tuple[EvseContext, ...]:
    """The EVSEs that are spoken of; what had to be assumed about their transactions goes to the remarks."""
    ids = sorted({i.evse_id for i in installed if i.evse_id > 0} | ({connector} if connector > 0 else set()))
    began = None if began is None else _aware(began, "--transaction-started")
    evses: list[EvseContext] = []
    for evse_id in ids:
        wanted = [
            i.profile.transaction_id
            for i in installed
            if i.evse_id == evse_id and i.profile.purpose is Purpose.TX
        ]
        transaction: ActiveTransaction | None = None
        if wanted or began is not None:
            started_at = start if began is None else began
            name = next((w for w in wanted if w is not None), "1")
            transaction = ActiveTransaction(name, started_at, started_at)
            if began is None:
                remarks.append(
                    f"assumed: transaction {name} started at {_iso(start)} (--transaction-started)"
                )
            others = sorted({w for w in wanted if w not in {None, name}})
            if others:
                remarks.append(
                    f"assumed: transaction {name} runs on {evse_id}, so that of {', '.join(map(str, others))} does not"
                )
        evses.append(EvseContext(evse_id, phases=phases, transaction=transaction))
    return tuple(evses)


def _check_answer(
    where: str, protocol: str, faults: Sequence[JsonFault], mended: str | None, judged: Sequence[_Judged]
) -> dict[str, Any]:
    return {
        "file": where,
        "protocol": protocol,
        "accepted": not faults and not any(j.found.refused or j.broken for j in judged),
        "accepted_as_mended": None
        if mended is None
        else not any(j.found.refused or j.broken for j in judged),
        "json_faults": [{"line": f.line, "column": f.column, "what": f.what, "hint": f.hint} for f in faults],
        "mended": None if mended is None else msgspec.Raw(mended.encode()),
        "profiles": [
            {
                "path": j.found.path,
                "evse": j.found.evse_id,
                "id": None if j.found.profile is None else j.found.profile.id,
                "schema_faults": [
                    {"path": j.found.place(f.path), "what": f.what, "refused": f.harm is not Harm.SLIGHT}
                    for f in j.found.faults
                ],
                "violations": [_told(j, v) for v in j.broken],
                "notes": [_told(j, v) for v in j.notes],
            }
            for j in judged
        ],
    }


def _told(judged: _Judged, violation: Violation) -> dict[str, str]:
    return {
        "rule": violation.requirement,
        "path": judged.found.place(violation.path),
        "text": violation.text,
    }


def _show_check(
    where: str, faults: Sequence[JsonFault], mended: str | None, judged: Sequence[_Judged]
) -> None:
    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False)
    if faults:
        console.print(f"{where}: not JSON, {_count(len(faults), 'fault')}", markup=False)
        if console.is_terminal:
            table = Table("line", "column", "what is wrong", "what to do")
            for f in faults:
                table.add_row(str(f.line), str(f.column), Text(f.what), Text(f.hint))
            console.print(table)
        else:
            for f in faults:
                console.print(str(f), markup=False)
        if mended is None:
            console.print("no profile can be made out in it")
            return
        console.print("as mended, it would read:")
        console.print(mended.rstrip("\n"), markup=False)
    for j in judged:
        verdict = _verdict(j)
        as_mended = "as mended, it would be " if faults else ""
        name = where if j.found.path == "$" else f"{where} {j.found.path}"
        title = f"{name}: {as_mended}{verdict}"
        if console.is_terminal:
            tree = Tree(Text(title, style="bold"))
            for style, line in _lines(j):
                tree.add(Text(line, style=style))
            console.print(tree)
        else:
            console.print(title, markup=False)
            for _, line in _lines(j):
                console.print(line, markup=False)


def _verdict(judged: _Judged) -> str:
    count = len(judged.broken)
    if judged.found.refused:
        schema = sum(f.harm is not Harm.SLIGHT for f in judged.found.faults)
        rules = f" and breaks {_count(count, 'rule')}" if count else ""
        return f"refused: {_count(schema, 'fault')} against the schema{rules}"
    if count:
        return f"refused: {_count(count, 'rule')} broken"
    notes = len(judged.notes) + len(judged.found.faults)
    return "accepted" + (f", with {_count(notes, 'note')}" if notes else "")


def _lines(judged: _Judged) -> list[tuple[str, str]]:
    """Style and text of everything found, the worst first."""
    found = judged.found
    lines = [
        (
            "yellow" if f.harm is Harm.SLIGHT else "red",
            f"{'note' if f.harm is Harm.SLIGHT else 'schema'} {found.place(f.path)}: {f.what}",
        )
        for f in sorted(found.faults, key=lambda f: f.harm is Harm.SLIGHT)
    ]
    lines += [("red", f"rule {v.requirement} {found.place(v.path)}: {v.text}") for v in judged.broken]
    lines += [("yellow", f"note {v.requirement} {found.place(v.path)}: {v.text}") for v in judged.notes]
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _composite_answer(made: Composite, protocol: str, remarks: Sequence[str]) -> dict[str, Any]:
    start = made.limit.start
    return {
        "connectorId" if protocol == "ocpp1.6" else "evseId": made.evse_id,
        "scheduleStart": _iso(start),
        "duration": int((made.limit.end - start).total_seconds()),
        "chargingRateUnit": made.unit.value,
        "chargingSchedulePeriod": [
            {"startPeriod": p.start_s, "limit": _number(p.limit_tenths), "numberPhases": p.number_phases}
            for p in made.periods()
        ],
        "remarks": list(remarks),
    }


def _show_composite(made: Composite, remarks: Sequence[str], *, plot: bool) -> None:
    console = Console(soft_wrap=not sys.stdout.isatty(), highlight=False)
    start = made.limit.start
    rows = []
    for period in made.periods():
        limit = _number(period.limit_tenths)
        rows.append(
            (
                f"+{period.start_s} s",
                _iso(start + timedelta(seconds=period.start_s)),
                "no limit" if limit is None else f"{limit:g} {made.unit}",
                "" if period.number_phases is None else _count(period.number_phases, "phase"),
            )
        )
    if console.is_terminal:
        table = Table("after", "from", "limit", "phases", title=f"composite schedule of {made.evse_id}")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    else:
        for row in rows:
            console.print("  ".join(cell for cell in row if cell), markup=False)
    console.print(f"until {_iso(made.limit.end)}")
    for remark in remarks:
        console.print(remark, markup=False)
    if plot:
        print(step_text(_steps(made), unit=made.unit, start=start))
