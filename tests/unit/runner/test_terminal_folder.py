import stat
import subprocess
import sys
from pathlib import Path

import pytest

from treadle.runner.terminal_folder import MAX_PROMPT_BYTES, terminal_folder

KILLED = """
import os, signal, sys
from pathlib import Path
from treadle.runner.terminal_folder import terminal_folder
with terminal_folder(Path(sys.argv[1]), "killed") as folder:
    folder.write("settings.json", {})
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_is_for_this_user_alone_and_gone_afterwards(tmp_path: Path) -> None:
    with terminal_folder(tmp_path / "runs", "id") as folder:
        written = folder.write("settings.json", {"a": 1})
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert list((tmp_path / "runs").iterdir()) == []


def test_it_is_gone_after_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), terminal_folder(tmp_path, "id"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_has_left_goes_with_the_next_and_a_living_ones_stays(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, timeout=60)
    assert [path.name for path in tmp_path.iterdir()] == ["terminal-killed"]
    with terminal_folder(tmp_path, "first"), terminal_folder(tmp_path, "second"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["terminal-first", "terminal-second"]


def test_a_prompt_that_no_command_line_takes_is_in_a_file(tmp_path: Path) -> None:
    with terminal_folder(tmp_path, "id") as folder:
        assert folder.prompt("Do it.") == "Do it."
        said = folder.prompt("x" * (MAX_PROMPT_BYTES + 1))
        kept = folder.path / "prompt.md"
        assert str(kept) in said
        assert kept.stat().st_size == MAX_PROMPT_BYTES + 1
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert "prompt.md" in folder.prompt("a\0b")
