"""Streams that are closed from the beginning, and such that lose their other end, on real processes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from treadle.cli.standard_streams import WatchedOutput

STATUS = '"$0" -m treadle status --data-dir "$1"'


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_ends_no_command(closed: str, tmp_path: Path) -> None:
    words = ["sh", "-c", f"{STATUS} {closed}", sys.executable, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_error_that_nobody_can_read_keeps_its_exit_code(tmp_path: Path) -> None:
    words = ["sh", "-c", '"$0" -m treadle nonsense 2>/dev/full', sys.executable]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2


def test_a_reader_that_went_away_is_told_once_and_no_write_fails() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    lost: list[str] = []
    with os.fdopen(write_end, "w", encoding="utf-8") as stream:
        output = WatchedOutput(stream, on_lost=lambda: lost.append("lost"))
        for _ in range(3):
            print("progress", file=output, flush=True)
        assert output.encoding == "utf-8"
    assert lost == ["lost"]
