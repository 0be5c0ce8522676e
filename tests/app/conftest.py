"""The command line as a user runs it."""

from collections.abc import Callable

import pytest

from chargewright.app.cli import main


@pytest.fixture
def run(capsys) -> Callable[..., tuple[int, str, str]]:
    """Run one command; return its exit status and what it wrote to both outputs."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(a) for a in arguments])
        written = capsys.readouterr()
        code = end.value.code
        return (code if isinstance(code, int) else 0 if code is None else 1), written.out, written.err

    return call
