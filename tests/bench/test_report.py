import pytest
from bench.evaluation import report
from bench.evaluation.runs import OPTIMUM, OURS


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    monkeypatch.setattr(report, "RUNS", tmp_path / "runs")
    return tmp_path


def row(controller, met, *, limit_kw=20.0, jain=0.9, overloads=0, scenario="II"):
    return {
        "controller": controller,
        "scenario": scenario,
        "limit_kw": limit_kw,
        "demand_met_percent": met,
        "of_optimum_percent": met,
        "fully_met_percent": 50.0,
        "jain": jain,
        "worst_decile_percent": 10.0,
        "peak_kw": 19.0,
        "pauses_per_visit": 0.0,
        "overloads": overloads,
    }


def rows(limit_kw=20.0):
    return [
        row(OPTIMUM, 80.0, limit_kw=limit_kw, scenario="I"),
        row(OURS, 78.0, limit_kw=limit_kw, jain=0.8),
        row("earliest deadline", 72.5, limit_kw=limit_kw),
        row("uncontrolled", 99.0, limit_kw=limit_kw, overloads=9),
    ]


def test_pages_name_wins_and_losses_and_their_command(results):
    report.store("energy-caltech-2019-03-true", rows() + rows(30.0))
    report.write_pages()
    page = (results / "energy.md").read_text()
    assert "demand met 78.00 against 72.50 (earliest deadline)" in page
    assert "Worse than the best of them: Jain's index 0.80 against 0.90 (earliest deadline)" in page
    assert "99.00 (uncontrolled)" not in page
    assert "--month caltech-2019-03 --knowledge true --limit-kw 20,30 --scenarios II --write" in page
    index = (results / "index.md").read_text()
    assert "| caltech-2019-03 | true | II | 20 | **78.00** | 72.50 (earliest deadline) | 80.00 |" in index


def test_the_same_runs_make_the_same_files_and_newer_rows_replace_older_ones(results):
    report.store("energy-x-2019-03-true", rows())
    report.store("energy-x-2019-03-true", [row(OURS, 79.0)])
    report.write_pages()
    first = {path.name: path.read_text() for path in results.rglob("*.*")}
    report.store("energy-x-2019-03-true", [row(OURS, 79.0)])
    report.write_pages()
    assert {path.name: path.read_text() for path in results.rglob("*.*")} == first
    assert "**79.00**" in first["energy.md"]
    assert "**78.00**" not in first["energy.md"]
    assert "Pauses" in first["energy.md"]


def day_of(site, day, *, holds=True, gap=1e-5, engine="waterfill"):
    return {
        "site": site,
        "day": day,
        "goal": "peak",
        "visits": 3,
        "engine": engine,
        "gap": gap,
        "true_gap": gap / 2,
        "violations": 0,
        "holds": holds,
    }


def test_every_day_keeps_a_row_per_site_and_names_days_that_broke_their_promise(results):
    days = [day_of("b", 0), day_of("a", 4, gap=0.2), day_of("a", 7, holds=False, engine="linear")]
    report.store("every-day-auto-all", days)
    (first, second) = report.read_runs()["every-day-auto-all"]
    assert (first["site"], first["days"], first["holds"], first["broke_on_days"]) == ("a", 2, 1, [7])
    assert first["engines"] == {"linear": 1, "waterfill": 1}
    assert (second["site"], second["gap_max"], second["gaps_above_promille"]) == ("b", 1e-5, 0)
    report.write_pages()
    page = (results / "every-day.md").read_text()
    assert "holds in 2 of 3 plans; limits broken: 0; stated gaps above 0.1%: 1." in page
    assert "| a | peak | 2 | 1 | 2.0e-01 | 1.0e-01 | linear 1, waterfill 1 |" in page


def test_each_table_has_a_command_that_makes_it_again(results):
    own = [*rows(), *rows(30.0), row(OURS, 70.0, limit_kw=30.0, scenario="V")]
    report.store("energy-caltech-2019-03-days-4-5-true", own)
    report.write_pages()
    page = (results / "energy.md").read_text()
    asked = "energy --month caltech-2019-03 --days 4,5 --knowledge true"
    assert f"{asked} --limit-kw 20,30 --scenarios II --write" in page
    assert f"{asked} --limit-kw 30 --scenarios V --write" in page
    assert "at 20 kW: only the stations' currents" not in page


def test_each_table_says_of_which_commit_its_rows_speak(results):
    report.store("energy-x-2019-03-true", [{**one, "commit": "abc"} for one in rows()])
    report.write_pages()
    assert "Commit: abc." in (results / "energy.md").read_text()
    report.store("energy-x-2019-03-true", [{**row(OURS, 79.0), "commit": "def"}])
    report.write_pages()
    page = (results / "energy.md").read_text()
    assert "Commits: abc (earliest deadline, offline optimum, uncontrolled); def (ours)." in page
