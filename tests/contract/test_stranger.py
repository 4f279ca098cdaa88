"""A client that was written from the reference alone, in another language, runs a session to its end."""

import json
import subprocess
import sys
from pathlib import Path

from tests.daemon_fixtures import DaemonProcess
from tests.factories import write_settings
from tests.integration.git_folders import git, git_environment

STRANGER = Path(__file__).with_name("stranger.mjs")
BOUND_SECONDS = 60
SETTINGS = f"""\
name: greeting
test_command: [{sys.executable}, -m, pytest, -p, no:cacheprovider]
components:
  - name: Greeting
    paths: {{code: greeting.py, tests: tests/test_greeting.py}}
"""


def test_a_stranger_runs_a_session_to_its_end(daemon: DaemonProcess, tmp_path: Path) -> None:
    root = tmp_path / "greeting"
    write_settings(root, SETTINGS)
    environment = git_environment(tmp_path / "home")
    git(root, environment, "init", "--quiet")
    treadle = Path(sys.executable).parent / "treadle"
    done = subprocess.run(
        ["node", STRANGER, daemon.socket, root, treadle],
        env=environment,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *steps, ending = (json.loads(line) for line in done.stdout.splitlines())
    assert [(one["step"], one["reported"], one["status"]) for one in steps] == [
        ("initialize", "ok", "ok"),
        ("generate_tests", "ok", "ok"),
        ("run_tests", "error", "ok"),
        ("finalize", "ok", "ok"),
    ]
    assert ending["ending"] == "complete"
    assert ending["events"] == ["conversation_started", "file_created"]
    assert ending["notices"] == ["session/didAppendEvents", "session/didCreate", "session/didUpdate"]
    assert git(root, environment, "diff", "--cached", "--name-only") == "tests/test_greeting.py"
