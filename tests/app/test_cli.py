"""Every command is there, says what it does with an example, and starts without loading the others."""

import subprocess
import sys

import pytest

COMMANDS = [
    "demo",
    "serve",
    "plan",
    "check-profile",
    "composite",
    "simulate",
    "send",
    "stations",
    "transactions",
    "sites",
    "profiles",
    "migrate",
]


def test_the_list_of_commands(run):
    status, out, _ = run("--help")
    assert status == 0
    for command in COMMANDS:
        assert f" {command} " in out, command


@pytest.mark.parametrize("command", COMMANDS)
def test_help_comes_with_an_example(run, command):
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"chargewright {command}" in out
    assert "Example:" in out


def test_a_command_loads_only_what_it_needs():
    code = (
        "import sys; from chargewright.app import cli\n"
        "try: cli.main(['check-profile', '/nowhere'])\n"
        "except SystemExit as end: assert end.code == 2, end.code\n"
        "heavy = {'litestar', 'highspy', 'sqlalchemy', 'picows', 'uvicorn'} & sys.modules.keys()\n"
        "assert not heavy, heavy"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_simulate_refuses_what_makes_no_sense(run):
    for options, says in (
        (["--csms", "http://127.0.0.1"], "--csms"),
        (["--csms", "ws://127.0.0.1", "--stations", "0"], "--stations"),
        (["--csms", "ws://127.0.0.1", "--scenario", "/nowhere.json"], "/nowhere.json"),
    ):
        status, _, err = run("simulate", *options)
        assert status == 2
        assert says in err
