"""`treadle workflow check`, `graph` and `new`, and `treadle types`, with a daemon of their own and no trust at all."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import commit_all_in
from tests.command_line import Treadle, treadle_command

GOOD = "name: {name}\ndescription: Says something.\nsteps:\n  say:\n    run: [echo, hello]\n"
UNKNOWN_STEP = "name: lost\nsteps:\n  say:\n    run: [echo, é]\n    on: {ok: nowhere}\n"
UNREACHABLE = "name: odd\nsteps:\n  one:\n    run: [echo]\n    on: {ok: finish}\n  two:\n    run: [echo]\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    folder = project / ".treadle" / "workflows"
    folder.mkdir(parents=True)
    (folder / "good.yaml").write_text(GOOD.format(name="good"))
    commit_all_in(project)
    return project


@pytest.fixture
def treadle(data_dir: Path, project: Path) -> Iterator[Treadle]:
    with treadle_command(data_dir, project) as command:
        yield command


def write(project: Path, name: str, content: str | bytes) -> None:
    path = project / ".treadle" / "workflows" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_what_is_wrong_is_told_as_compilers_do(treadle: Treadle, project: Path) -> None:
    checked = treadle("workflow", "check")
    assert (checked.returncode, checked.stdout) == (0, "1 workflow: nothing is wrong.\n"), checked.stderr
    write(project, "lost.yml", "\ufeff" + UNKNOWN_STEP.replace("\n", "\r\n"))
    write(project, "odd.yaml", UNREACHABLE)
    write(project, "notes.txt", "no workflow")
    checked = treadle("workflow", "check")
    assert checked.returncode == 1, checked.stderr
    lost, odd, told = checked.stdout.splitlines()
    assert lost.startswith(".treadle/workflows/lost.yml:5:14: error: ")
    assert lost.endswith(" [unknown_step]")
    assert odd.startswith(".treadle/workflows/odd.yaml:6:3: warning: ")
    assert told == "3 workflows: 1 error and 1 warning."
    assert treadle("workflow", "check", ".treadle/workflows/odd.yaml").returncode == 0


def test_a_file_anywhere_and_a_folder_are_checked_and_json_is_for_scripts(
    treadle: Treadle, project: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lost.yaml").write_text(UNKNOWN_STEP)
    (elsewhere / "good.yaml").write_text(GOOD.format(name="other"))
    checked = treadle("workflow", "check", str(elsewhere), "--json")
    assert checked.returncode == 1, checked.stderr
    other, lost = json.loads(checked.stdout)
    assert (other["name"], other["diagnostics"]) == ("other", [])
    assert lost["path"] == str(elsewhere / "lost.yaml")
    (problem,) = lost["diagnostics"]
    assert (problem["line"], problem["column"], problem["endLine"], problem["endColumn"]) == (5, 14, 5, 21)
    assert (problem["severity"], problem["code"]) == ("error", "unknown_step")
    assert treadle("workflow", "check", "good.yaml", folder=elsewhere).returncode == 0


PING = "name: ping\nsteps: {go: {spawn: pong, components: [Calculator]}}\n"
PONG = "name: pong\nneeds_component: true\nsteps: {go: {spawn: ping}}\n"


def test_what_a_file_may_refer_to_are_the_files_beside_it_as_they_are(treadle: Treadle, project: Path) -> None:
    """In a folder that nobody has opened, and in a trusted one alike; and what is trusted stays so."""
    (project / ".treadle" / "project.yaml").write_text("components: [{name: Calculator}]\n")
    write(project, "ping.yaml", PING)
    write(project, "pong.yaml", PONG)
    fine = "3 workflows: nothing is wrong.\n"
    checked = treadle("workflow", "check")
    assert (checked.returncode, checked.stdout) == (0, fine), checked.stderr
    assert json.loads(treadle("project", "list", "--json").stdout) == []
    assert treadle("project", "--trust").returncode == 0
    (project / ".treadle" / "workflows" / "good.yaml").rename(project / ".treadle" / "workflows" / "better.yaml")
    assert treadle("workflow", "check", ".treadle/../.treadle/workflows").stdout == fine
    assert treadle("workflow", "check", "better.yaml", folder=project / ".treadle" / "workflows").returncode == 0
    write(project, "best.yaml", GOOD.format(name="good"))
    checked = treadle("workflow", "check")
    assert checked.returncode == 1
    assert [line.rpartition(" ")[2] for line in checked.stdout.splitlines()[:-1]] == ["[name_taken]"] * 2
    (project / ".treadle" / "project.yaml").write_text("components: []\n")
    assert "[unknown_component]" in treadle("workflow", "check").stdout
    assert treadle("workflow", "new", "fine").returncode == 0


def test_a_name_that_is_not_utf8_is_told(treadle: Treadle, project: Path) -> None:
    folder = os.fsencode(project / ".treadle" / "workflows")
    os.close(os.open(folder + b"/a\xe9.yaml", os.O_CREAT | os.O_WRONLY))
    for words in ((), ("--json",)):
        checked = treadle("workflow", "check", *words)
        assert checked.returncode == 1, checked.stderr
        assert "The file cannot be read: its name is not UTF-8." in checked.stdout
        assert checked.stderr == ""


def test_a_workflow_that_cannot_be_read_does_not_keep_the_others_from_running(treadle: Treadle, project: Path) -> None:
    write(project, "large.yaml", b"#" * (256 * 1024 + 1))
    write(project, "say.yaml", GOOD.format(name="say") + "commit: false\n")
    commit_all_in(project)
    ended = treadle("run", "say", "--trust")
    assert ended.returncode == 0, ended.stderr
    large = treadle("run", "large")
    assert large.returncode == 3
    assert large.stderr == "treadle: .treadle/workflows/large.yaml is larger than 262144 bytes.\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"name: \xff\n", "its byte 6 is not UTF-8"),
        (b"#" * (256 * 1024 + 1), "it is larger than 256 KiB"),
        (None, "No such file or directory"),
    ],
)
def test_what_cannot_be_read_is_told_like_an_error(
    treadle: Treadle, project: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        write(project, "bad.yaml", content)
    checked = treadle("workflow", "check", ".treadle/workflows/bad.yaml", ".treadle/workflows/good.yaml")
    assert checked.returncode == 1
    line = f".treadle/workflows/bad.yaml:1:1: error: The file cannot be read: {reason}. [unreadable]"
    assert checked.stdout.splitlines() == [line, "2 workflows: 1 error."]


def test_a_pipe_holds_nobody_up(treadle: Treadle, project: Path) -> None:
    os.mkfifo(project / ".treadle" / "workflows" / "pipe.yaml")
    assert "pipe.yaml:1:1: error: The file cannot be read: it is no file." in treadle("workflow", "check").stdout


def test_a_graph_is_printed_or_written(treadle: Treadle, project: Path) -> None:
    write(project, "called_otherwise.yaml", GOOD.format(name="other"))
    drawn = treadle("workflow", "graph", "other")
    assert drawn.returncode == 0, drawn.stderr
    assert "flowchart" in drawn.stdout
    assert "say" in drawn.stdout
    assert treadle("workflow", "graph", ".treadle/workflows/called_otherwise.yaml").stdout == drawn.stdout
    written = treadle("workflow", "graph", "good", "-o", "good.svg")
    assert (written.returncode, written.stdout) == (0, "good.svg is written.\n")
    assert (project / "good.svg").read_text(encoding="utf-8").startswith("<svg")
    unknown = treadle("workflow", "graph", "nothing")
    assert unknown.returncode == 2
    assert "There is no workflow nothing in " in unknown.stderr
    assert unknown.stderr.endswith("there are: called_otherwise, good.\n")
    write(project, "lost.yaml", UNKNOWN_STEP)
    broken = treadle("workflow", "graph", "lost")
    assert broken.returncode == 3, broken
    assert "nowhere" in broken.stderr


def test_a_new_one_is_valid_and_never_written_over_another(treadle: Treadle, project: Path) -> None:
    made = treadle("workflow", "new", "tidy_up")
    assert made.returncode == 0, made.stderr
    assert ".treadle/workflows/tidy_up.yaml is written." in made.stdout
    path = project / ".treadle" / "workflows" / "tidy_up.yaml"
    text = path.read_text(encoding="utf-8")
    assert "name: tidy_up" in text
    assert treadle("workflow", "check").returncode == 0
    again = treadle("workflow", "new", "tidy_up")
    assert (again.returncode, path.read_text(encoding="utf-8")) == (3, text)
    assert again.stderr == "treadle: .treadle/workflows/tidy_up.yaml is there already; it stays as it is.\n"
    write(project, "other.yml", "")
    assert treadle("workflow", "new", "other").returncode == 3
    for name in ("../up", "Tidy", "a b", ""):
        refused = treadle("workflow", "new", name)
        assert refused.returncode == 2, refused
        assert "is no name of a workflow" in refused.stderr


def test_nothing_is_written_through_a_link(treadle: Treadle, project: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (project / ".treadle" / "workflows").rename(outside)
    (project / ".treadle" / "workflows").symlink_to(outside)
    assert "is a link" in treadle("workflow", "new", "tidy_up").stderr
    assert sorted(path.name for path in outside.iterdir()) == ["good.yaml"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("graph",), "workflow graph needs the NAME of a workflow or the PATH of a file."),
        (("new", "a", "b"), "workflow new needs a NAME."),
        (("check", "-o", "x"), "--output belongs to workflow graph."),
        (("new", "a", "--json"), "--json belongs to workflow check."),
    ],
)
def test_what_does_not_belong_together_is_refused(treadle: Treadle, words: tuple[str, ...], sentence: str) -> None:
    refused = treadle("workflow", *words)
    assert (refused.returncode, refused.stderr) == (2, f"treadle: {sentence}\n")


def test_workflows_are_listed_once_they_are_trusted(treadle: Treadle, project: Path) -> None:
    listed = treadle("types")
    assert "good" not in listed.stdout
    assert "The workflows in .treadle/workflows are listed once they are trusted" in listed.stderr
    assert treadle("project", "--trust").returncode == 0
    listed = treadle("types")
    assert listed.stderr == ""
    assert listed.stdout.splitlines()[-2].split()[0] == "WORKFLOW"
    assert listed.stdout.splitlines()[-1].split()[0] == "good"
    shown = treadle("types", "good", folder=project / ".treadle").stdout
    assert "Defined in .treadle/workflows/good.yaml." in shown
    write(project, "lost.yaml", UNKNOWN_STEP)
    assert treadle("project", "--trust").returncode == 0
    listed = treadle("types")
    assert "lost.yaml" in listed.stderr
    assert "good" in listed.stdout
    broken = treadle("run", "lost")
    assert broken.returncode == 3, broken
    assert "lost.yaml" in broken.stderr
    near = treadle("run", "goof")
    assert near.returncode == 2
    assert "There is no session type goof; did you mean good? There are: " in near.stderr
