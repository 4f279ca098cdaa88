"""Reading what an ended child left in its pipes."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest

from treadle.runner import pump as pump_module
from treadle.runner.processes import start_group
from treadle.runner.pump import drain


def test_what_is_written_on_for_ever_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump_module, "DRAIN_SECONDS", 0.3)
    endless = "import os\nwhile True: os.write(1, b'x' * 65536)"
    process = start_group([sys.executable, "-c", endless], cwd=Path("/"), env=os.environ)
    try:
        begun = monotonic()
        drain(process, lambda _name, _chunk: None)
        assert monotonic() - begun < 10
        assert process.stdout is not None
        assert process.stdout.closed
    finally:
        process.kill()
        process.wait(10)


def test_the_pipes_are_closed_whatever_the_reader_does() -> None:
    process = start_group(["echo", "words"], cwd=Path("/"), env=os.environ)
    process.wait(10)

    def refuse(name: str, chunk: bytes) -> None:
        raise ValueError(name)

    with pytest.raises(ValueError, match="stdout"):
        drain(process, refuse)
    assert isinstance(process, subprocess.Popen)
    assert [pipe.closed for pipe in (process.stdout, process.stderr) if pipe] == [True, True]
