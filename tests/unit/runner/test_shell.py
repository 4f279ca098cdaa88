import os
import signal
import sys
from pathlib import Path

import pytest

from tests.unit.runner.benches import Kept, bench, work
from treadle.domain.event import EventType
from treadle.domain.result import INLINE_BYTES, ResultStatus
from treadle.runner.executors.shell import shell
from treadle.runner.process_table import start_token
from treadle.runner.stop import Stop, StopReason
from treadle.runner.workbench import StoppedError

PYTHON = sys.executable


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_a_command_succeeds_and_is_told_as_events(tmp_path: Path, kept: Kept) -> None:
    result = shell(
        work(argv=[PYTHON, "-c", "import sys; print('out'); print('err', file=sys.stderr)"]), bench(tmp_path, kept)
    )
    assert (result.status, result.code, result.stdout, result.stderr) == (ResultStatus.OK, 0, "out\n", "err\n")
    assert (kept.output("stdout"), kept.output("stderr")) == ("out\n", "err\n")
    kinds = [event.event_type for event in kept.events]
    assert (kinds[0], kinds[-1]) == (EventType.COMMAND_STARTED, EventType.COMMAND_COMPLETED)
    assert kept.events[-1].data["exit_code"] == 0


def test_another_exit_code_is_an_error_with_the_last_words(tmp_path: Path, kept: Kept) -> None:
    result = shell(work("echo no >&2; exit 3"), bench(tmp_path, kept))
    assert (result.status, result.code) == (ResultStatus.ERROR, 3)
    assert result.error_message == "The command ended with exit code 3: no"


@pytest.mark.requirement("command.argv")
def test_a_string_goes_to_a_posix_shell(tmp_path: Path, kept: Kept) -> None:
    assert shell(work("printf '%s' a b | tr a-z A-Z"), bench(tmp_path, kept)).stdout == "AB"


@pytest.mark.requirement("command.argv", "defect.pasted-shell-string")
def test_argv_words_are_no_shell_words(tmp_path: Path, kept: Kept) -> None:
    result = shell(work(argv=["printf", "%s", "$HOME; rm -rf x"]), bench(tmp_path, kept))
    assert result.stdout == "$HOME; rm -rf x"


def test_a_program_that_is_not_there(tmp_path: Path, kept: Kept) -> None:
    result = shell(work(argv=["no-such-program"]), bench(tmp_path, kept))
    assert result.status is ResultStatus.ERROR
    assert result.code is None
    assert "no-such-program cannot be started" in (result.error_message or "")
    assert result.data == {"failure": "not_started"}


def test_treadle_is_this_treadle(tmp_path: Path, kept: Kept) -> None:
    (tmp_path / "project" / "treadle").mkdir(parents=True)
    (tmp_path / "project" / "treadle" / "__init__.py").write_text("raise SystemExit('the wrong one')")
    result = shell(work(argv=["treadle", "--version"]), bench(tmp_path, kept))
    assert (result.stdout or "").startswith("treadle ")


@pytest.fixture
def time_is_over_at_first_output(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the limit; how long a program takes to begin is not what these tests are about."""
    monkeypatch.setattr(
        "treadle.runner.executors.shell.monotonic", lambda: 600.0 if kept.of(EventType.COMMAND_OUTPUT) else 0.0
    )


@pytest.mark.usefixtures("time_is_over_at_first_output")
def test_a_command_over_its_time_is_ended_with_its_children(tmp_path: Path, kept: Kept) -> None:
    result = shell(work("sleep 60 & echo $!; wait", timeout_s=0.5), bench(tmp_path, kept))
    assert (result.status, result.code) == (ResultStatus.ERROR, None)
    assert result.error_message == "The command was ended after 0.5 s, its time limit."
    assert start_token(int(result.stdout or "")) is None


@pytest.mark.usefixtures("time_is_over_at_first_output")
def test_a_command_that_ignores_a_gentle_end_is_killed(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadle.runner.processes.TERM_SECONDS", 0.2)
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    result = shell(work(argv=[PYTHON, "-c", script], timeout_s=1), bench(tmp_path, kept))
    assert result.status is ResultStatus.ERROR
    assert kept.events[-1].data["exit_code"] == -signal.SIGKILL


def test_a_run_that_stops_ends_the_command_and_gives_no_result(tmp_path: Path, kept: Kept) -> None:
    stop = Stop()

    def interrupt(event_type: EventType) -> None:
        if event_type is EventType.COMMAND_OUTPUT:
            stop.request(StopReason.INTERRUPTED)

    kept.watch = interrupt
    with pytest.raises(StoppedError):
        shell(work("echo $$; exec sleep 60"), bench(tmp_path, kept, stop=stop))
    assert start_token(int(kept.output("stdout"))) is None
    assert kept.of(EventType.COMMAND_COMPLETED)[0]["ended_by"] == "stopped"
    assert list((tmp_path / "runs").iterdir()) == []


def test_what_is_left_in_the_background_does_not_hold_the_step(tmp_path: Path, kept: Kept) -> None:
    result = shell(work("sleep 60 & echo $!"), bench(tmp_path, kept))
    assert result.status is ResultStatus.OK
    assert (result.duration_ms or 0) < 10_000
    assert start_token(int(result.stdout or "")) is None


QUIET = "stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL"
SERVICE = (
    f"import subprocess; print(subprocess.Popen(['sleep', '60'], start_new_session=True, {QUIET}).pid, flush=True)"
)


def test_a_service_that_a_command_starts_stays(tmp_path: Path, kept: Kept) -> None:
    result = shell(work(argv=[PYTHON, "-c", SERVICE]), bench(tmp_path, kept))
    service = int(result.stdout or "")
    assert start_token(service) is not None
    os.kill(service, signal.SIGKILL)


@pytest.mark.usefixtures("time_is_over_at_first_output")
def test_but_not_one_of_a_command_that_was_ended(tmp_path: Path, kept: Kept) -> None:
    script = f"{SERVICE}; import signal; signal.pause()"
    result = shell(work(argv=[PYTHON, "-c", script], timeout_s=1), bench(tmp_path, kept))
    assert result.error_message == "The command was ended after 1 s, its time limit."
    assert start_token(int(result.stdout or "")) is None


def test_long_output_is_clipped_in_the_result_and_whole_as_an_output(tmp_path: Path, kept: Kept) -> None:
    script = "import sys\nfor n in range(20000): print(f'line {n}')"
    result = shell(work(argv=[PYTHON, "-c", script]), bench(tmp_path, kept))
    whole = "".join(f"line {n}\n" for n in range(20_000))
    assert kept.uploads == [whole.encode()]
    assert result.data["outputs"] == {"stdout": {"id": "output-1", "size": len(whole)}}
    assert (result.stdout or "").startswith("line 0\n")
    assert (result.stdout or "").endswith("line 19999\n")
    assert len(result.stdout or "") < 2 * INLINE_BYTES + 100
    assert kept.output("stdout") == whole


def test_broken_text_is_mended_in_the_events_and_kept_in_the_output(tmp_path: Path, kept: Kept) -> None:
    script = r"import sys; sys.stdout.buffer.write(b'a\xff\xfeb\xc3')"
    result = shell(work(argv=[PYTHON, "-c", script]), bench(tmp_path, kept))
    assert kept.output("stdout") == "a\ufffd\ufffdb\ufffd"
    assert kept.uploads == [b"a\xff\xfeb\xc3"]
    assert result.stdout == "a\ufffd\ufffdb\ufffd"


def test_endless_output_becomes_a_bounded_number_of_events(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadle.runner.executors.shell_output.MAX_CHARACTERS", 100_000)
    shell(work("yes | head -c 1000000"), bench(tmp_path, kept))
    told = kept.output("stdout")
    assert len(told) < 130_000
    assert told.endswith("further output is not shown …]\n")
    assert len(kept.uploads[0]) == 1_000_000


def test_reports_come_back_with_the_result(tmp_path: Path, kept: Kept) -> None:
    result = shell(
        work(
            argv=["sh", "-c", 'echo "<xml/>" > "$1/junit.xml"', "sh", "{reports}"],
            reports=["junit.xml", "none", "../x"],
        ),
        bench(tmp_path, kept),
    )
    assert result.data["reports"] == {"junit.xml": "<xml/>\n"}


def test_of_a_command_without_reports_no_word_is_replaced(tmp_path: Path, kept: Kept) -> None:
    """It may hold what an agent or a person said."""
    result = shell(work(argv=["echo", "in {reports}"]), bench(tmp_path, kept))
    assert result.stdout == "in {reports}\n"


def test_a_report_that_is_a_pipe_or_has_no_end_is_left_out(
    tmp_path: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("treadle.runner.executors.shell.MAX_REPORT_BYTES", 4)
    script = 'cd "$1"; mkfifo pipe; mkdir folder; printf 12345 > large; printf 1234 > fits; ln -s /dev/zero zero'
    names = ["pipe", "folder", "large", "fits", "zero"]
    result = shell(work(argv=["sh", "-c", script, "sh", "{reports}"], reports=names), bench(tmp_path, kept))
    assert result.data["reports"] == {"fits": "1234"}


def test_a_working_directory_outside_the_project_is_refused(tmp_path: Path, kept: Kept) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "out").symlink_to(tmp_path)
    for path in ("..", "/", "out"):
        result = shell(work(argv=["pwd"], working_directory=path), bench(tmp_path, kept))
        assert result.error_message == f"The path {path} leads out of the project."


def test_it_runs_in_its_working_directory_with_its_variables(tmp_path: Path, kept: Kept) -> None:
    (tmp_path / "project" / "sub").mkdir(parents=True)
    result = shell(
        work('pwd; echo "$OWN $TREADLE_DATA_DIR"', working_directory="sub", env={"OWN": 5}), bench(tmp_path, kept)
    )
    assert result.stdout == f"{tmp_path}/project/sub\n5 {tmp_path}\n"


def test_the_environment_is_not_told(tmp_path: Path, kept: Kept) -> None:
    environ = {**os.environ, "ANTHROPIC_API_KEY": "sk-very-secret"}
    result = shell(work(argv=["true"], env={"TOKEN": "also-secret"}), bench(tmp_path, kept, environ=environ))
    told = repr(kept.events) + repr(result)
    assert "sk-very-secret" not in told
    assert "also-secret" not in told


def test_it_reads_nothing_from_the_persons_terminal(tmp_path: Path, kept: Kept) -> None:
    assert shell(work("cat"), bench(tmp_path, kept)).stdout == ""
