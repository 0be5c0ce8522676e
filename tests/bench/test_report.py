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
