import argparse
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from treadle import __version__
from treadle.cli import main as main_module
from treadle.cli import run as run_command
from treadle.cli.commands import COMMANDS, CommandEntry
from treadle.cli.main import main
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.domain.errors import DatabaseTooNewError

Run = Callable[[argparse.Namespace], int]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Makes `treadle made` do what the test says."""

    def install(run: Run) -> None:
        module = types.ModuleType("treadle.cli.made")
        module.__dict__.update(add_arguments=lambda parser: parser.add_argument("--data-dir"), run=run)
        monkeypatch.setitem(sys.modules, "treadle.cli.made", module)
        monkeypatch.setattr(main_module, "COMMANDS", (*COMMANDS, CommandEntry("made", "Made", None)))

    return install


def read_of_run(words: list[str], monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    """What `treadle run` would begin with."""
    read = []

    def taken(arguments: argparse.Namespace) -> int:
        read.append(arguments)
        return 0

    monkeypatch.setattr(run_command, "run", taken)
    assert main(["run", *words]) == 0
    return read[0]


def raising(error: BaseException) -> Run:
    def run(_: argparse.Namespace) -> int:
        raise error

    return run


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"treadle {__version__}\n"


def test_help_lists_every_command_but_the_hidden_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    for entry in COMMANDS:
        assert (f"\n  {entry.name} " in out) == (entry.group is not None)


def test_no_command_is_a_usage_error_that_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == ExitCode.USAGE
    assert "Usage: treadle" in capsys.readouterr().err


def test_an_unknown_command_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sesions"]) == ExitCode.USAGE
    assert capsys.readouterr().err == "treadle: There is no command sesions; did you mean sessions?\n"


@pytest.mark.parametrize(
    "words",
    [
        ["task", "do", "it", "--model", "opus", "--json"],
        ["task", "--model", "opus", "--json", "do it"],
        ["--model=opus", "task", "--json", "do it"],
        ["--json", "--model", "opus", "task", "do", "it"],
        ["task", "do", "--model", "opus", "it", "--json"],
        ["task", "--model", "opus", "--json", "--", "do", "it"],
    ],
)
def test_the_options_of_a_run_may_stand_anywhere(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    given = read_of_run(words, monkeypatch)
    assert (given.type, " ".join(given.text), given.model, given.json) == ("task", "do it", "opus", True)


def test_a_session_is_gone_on_with_by_an_option_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    given = read_of_run(["--session", "3", "--json"], monkeypatch)
    assert (given.type, given.text, given.session) == (None, [], 3)


def test_an_option_that_there_is_not_is_refused_and_not_taken_for_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "task", "--modle", "opus", "do it"]) == ExitCode.USAGE
    assert "unrecognized arguments: --modle opus" in capsys.readouterr().err


def test_a_choice_that_there_is_not_is_refused_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "task", "x", "--permission-mode", "bypassPermissions"]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "PermissionMode" not in told
    assert [name for name in ("acceptEdits", "plan", "manual") if name in told] == ["acceptEdits", "plan", "manual"]


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_has_a_help_text(entry: CommandEntry, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([entry.name, "--help"])
    assert caught.value.code == 0
    assert f"usage: treadle {entry.name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "exit_code", "sentence"),
    [
        (ClientError("No git.", ExitCode.PROJECT_STATE), 3, "No git."),
        (RemoteError("session_not_found", "There is no such session."), 2, "There is no such session."),
        (RemoteError("project_untrusted", "Not trusted."), 4, "Not trusted."),
        (RemoteError("claimed", "Held."), 7, "Held."),
        (RemoteError("who_knows", "New."), 6, "New."),
        (ClientError("Changed: \x1b[2Ja.txt", ExitCode.PROJECT_STATE), 3, "Changed:  [2Ja.txt"),
        (DatabaseTooNewError(), 6, "The database was written by a newer version of Treadle."),
        (KeyboardInterrupt(), 130, "Interrupted."),
    ],
)
def test_every_ending_is_one_sentence_and_an_exit_code(
    command: Callable[[Run], None],
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    exit_code: int,
    sentence: str,
) -> None:
    command(raising(error))
    assert main(["made"]) == exit_code
    assert capsys.readouterr().err == f"treadle: {sentence}\n"


def test_an_unexpected_error_is_kept_in_a_file_and_shown_without_its_insides(
    command: Callable[[Run], None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command(raising(RuntimeError("the insides")))
    assert main(["made", "--data-dir", str(tmp_path)]) == ExitCode.INTERNAL
    said = capsys.readouterr().err
    assert str(tmp_path / "treadle.log") in said
    assert "insides" not in said
    assert "Traceback" not in said
    assert "the insides" in (tmp_path / "treadle.log").read_text()


def test_a_developer_sees_the_traceback(command: Callable[[Run], None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TREADLE_DEBUG", "1")
    command(raising(RuntimeError("the insides")))
    with pytest.raises(RuntimeError, match="the insides"):
        main(["made"])


def test_a_terminal_that_lacks_a_character_does_not_end_the_command() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "treadle", "sésions"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (2, "treadle: There is no command s?sions; did you mean sessions?\n")
