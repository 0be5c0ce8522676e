"""Taste is a test (STYLE.md, rule 15)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "chargewright"
FILES = sorted(p for p in SOURCE.rglob("*.py") if p.name != "messages.py")
OWN_CLOCK = {"simulator/clock.py"}
LINES_MAX, FUNCTION_LINES_MAX = 500, 70
# The ratchet: files that are longer today, with their length. They may shrink; nothing may be added.
LONGER = {"ocpp/peer.py": 542}
LONGER_FUNCTIONS: dict[str, int] = {}


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_small(path: Path):
    lines = len(path.read_text().splitlines())
    assert lines <= LONGER.get(name_of(path), LINES_MAX)
    for function, length in functions(path):
        assert length <= LONGER_FUNCTIONS.get(f"{name_of(path)}:{function}", FUNCTION_LINES_MAX), function


def test_the_ratchet_holds_only_what_is_longer():
    lengths = {name: len((SOURCE / name).read_text().splitlines()) for name in LONGER}
    assert {name: length for name, length in lengths.items() if length <= LINES_MAX} == {}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_time_is_given_never_taken(path: Path):
    if name_of(path) in OWN_CLOCK:
        return
    taken = re.findall(
        r"datetime\.now\(|utcnow\(|\btime\.time\b|uuid4\(|\brandom\.(?:random|choice|randint)\(",
        path.read_text(),
    )
    assert taken == []


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_public_names_are_those_in_all(path: Path):
    tree = ast.parse(path.read_text())
    listed: set[str] = set()
    defined: set[str] = set()
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "__all__"
        ):
            listed = set(ast.literal_eval(node.value))
        elif isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ) and not node.name.startswith("_"):
            defined.add(node.name)
    if path.name in {"__init__.py", "env.py"} or "versions" in path.parts:
        return
    assert defined <= listed, f"public, but not in __all__: {sorted(defined - listed)}"


def test_no_room_collects_everything():
    assert [
        p for p in FILES if p.stem in {"utils", "common", "base", "helpers", "core", "models", "misc"}
    ] == []


def test_words_of_one_version_stay_in_its_translator():
    homes = (
        "translate/v16.py",
        "translate/profile_v16.py",
        "translate/drivers_v16.py",
        "simulator/dialect_v16",
        "adapters/soap/",
        "ocpp/",
    )
    strangers = [
        name_of(p)
        for p in FILES
        if not name_of(p).startswith(homes)
        and re.search(r"\bid_?[tT]ag\b|\bcharge_?[pP]oint\b", strip_text(p))
    ]
    assert strangers == []


def strip_text(path: Path) -> str:
    """The code without comments, docstrings and other strings."""
    text = re.sub(r'"""(?:.|\n)*?"""', "", path.read_text())
    return re.sub(r'"[^"\n]*"|#.*', "", text)
