"""The house as architecture: the import contracts hold, and a planted breach is found."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


BREACHES = {
    "a socket in the peer": ("ocpp/peer.py", "import socket", "the pure house does no I/O"),
    "a version named in a service": (
        "csms/authorization.py",
        "from chargewright.ocpp.v16 import messages",
        "a wire version is named by translators and by the simulator only",
    ),
    "the gateway knows the storage": (
        "adapters/gateway/session.py",
        "from chargewright.adapters.storage import sqlite",
        "doors do not know each other",
    ),
    "the simulator uses a translator": (
        "simulator/ev.py",
        "from chargewright.translate import v16",
        "the simulator is the other side",
    ),
    "a room without a floor": ("utils/__init__.py", "", "floors"),
    "an upward import": ("charging/timeline.py", "from chargewright.domain import token", "floors"),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_planted_breach_is_found(copy: Path, breach: str):
    file, line, contract = BREACHES[breach]
    path = copy / "src" / "chargewright" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{line}\n" + (path.read_text() if path.exists() else ""))
    result = lint(copy)
    assert result.returncode != 0, "the breach went unseen"
    assert any(contract in row and "BROKEN" in row for row in result.stdout.splitlines()), result.stdout
