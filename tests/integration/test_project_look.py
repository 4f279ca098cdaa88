"""Looking at real folders, `treadle init`, and how trust is asked for."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.integration.git_folders import git, git_environment, make_repository
from treadle.cli import main
from treadle.client.errors import ClientError
from treadle.client.git_repository import GitRepository, NotAGitRepositoryError
from treadle.client.project import (
    FoundProject,
    UntrustedError,
    look,
    open_project,
    trust_question,
    without_credentials,
)

FACTS = {"language": "python", "folders": {"code": "src", "tests": "tests", "design": "docs/design"}}


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    environment = git_environment(tmp_path / "home")
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, environment[name])
    return environment


@pytest.fixture
def root(tmp_path: Path, environment: dict[str, str]) -> Path:
    return make_repository(tmp_path / "shop", environment, {"pyproject.toml": "[project]\n", "src/cart.py": ""})


def touch(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_project_is_its_git_root(root: Path, environment: dict[str, str]) -> None:
    first = git(root, environment, "rev-parse", "HEAD")
    git(root, environment, "commit", "--quiet", "--allow-empty", "--message", "Second")
    git(root, environment, "remote", "add", "backup", "/somewhere")
    git(root, environment, "remote", "add", "origin", "https://ada:secret@example.org/shop.git")
    assert look(root / "src") == FoundProject(
        root=root, name="shop", first_commit=first, remote="https://example.org/shop.git", facts=FACTS
    )


def test_a_repository_without_commit_or_remote(tmp_path: Path, environment: dict[str, str]) -> None:
    found = look(make_repository(tmp_path / "empty", environment, {}))
    assert (found.first_commit, found.remote) == (None, None)


def test_a_shallow_clone_does_not_know_its_first_commit(
    tmp_path: Path, root: Path, environment: dict[str, str]
) -> None:
    git(root, environment, "commit", "--quiet", "--allow-empty", "--message", "Second")
    git(tmp_path, environment, "clone", "--quiet", "--depth=1", root.as_uri(), "shallow")
    assert look(tmp_path / "shallow").first_commit is None


def test_what_is_no_project(tmp_path: Path, root: Path, environment: dict[str, str]) -> None:
    (tmp_path / "plain").mkdir()
    git(tmp_path, environment, "init", "--quiet", "--bare", "bare")
    with pytest.raises(NotAGitRepositoryError, match=r"plain is in no git repository: run git init") as plain:
        look(tmp_path / "plain")
    assert plain.value.exit_code == 3
    for folder in (tmp_path / "bare", root / ".git"):
        with pytest.raises(NotAGitRepositoryError, match="no working tree"):
            look(folder)
    with pytest.raises(ClientError, match="There is no folder") as missing:
        look(tmp_path / "nowhere")
    assert missing.value.exit_code == 2


def test_no_git_is_one_sentence(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "home"))
    with pytest.raises(ClientError, match="Git is needed, and there is none on the PATH") as caught:
        look(root)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://u:p@ss@host/x", "https://host/x"),
        ("https://u:p/w@host/x", None),
        ("https://u:123/w@host/x", None),
        ("https://host/@scope/x", "https://host/@scope/x"),
        ("https://token@host:8443/x.git?private_token=abc@d", "https://host:8443/x.git"),
        ("https://host/x?private_token=abc", "https://host/x"),
        ("ssh://git@[::1]:22/x", "ssh://[::1]:22/x"),
        ("https://[u:p@host/x", None),
        ("helper::https://u:p@host/x", None),
        ("u:p@host:x", None),
        ("git@host:ada/x.git", "git@host:ada/x.git"),
        ("../x@2", "../x@2"),
    ],
)
def test_no_secret_of_a_remote_leaves_the_client(url: str, told: str | None) -> None:
    assert without_credentials(url) == told


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """A program that a repository's settings name, and the file that it makes."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/it-ran\n")
    program.chmod(0o755)
    return tmp_path / "it-ran"


def test_looking_at_a_partial_clone_runs_no_command_of_its_settings(
    root: Path, environment: dict[str, str], marker: Path
) -> None:
    git(root, environment, "commit", "--quiet", "--allow-empty", "--message", "Second")
    first = git(root, environment, "rev-parse", "HEAD~1")
    settings = {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": "ssh://nowhere.invalid/x",
        "core.sshCommand": str(marker.with_name("program")),
    }
    for name, value in settings.items():
        git(root, environment, "config", name, value)
    (root / ".git" / "objects" / first[:2] / first[2:]).unlink()
    assert look(root).first_commit is None
    assert not marker.exists()


def test_looking_for_changes_runs_no_command_of_the_repository(
    root: Path, environment: dict[str, str], marker: Path
) -> None:
    program = marker.with_name("program")
    git(root, environment, "config", "core.fsmonitor", str(program))
    touch(root / "new.py")
    for hook in ("post-index-change", "query-watchman"):
        (root / ".git" / "hooks").mkdir(exist_ok=True)
        (root / ".git" / "hooks" / hook).symlink_to(program)
    os.utime(root / "pyproject.toml", (0, 0))
    assert GitRepository(root).dirty_paths() == ("new.py",)
    assert not marker.exists()


class Daemon:
    """Answers project/open as a daemon does that trusts on request."""

    def __init__(self, *, trusted: bool = False) -> None:
        self.trusted = trusted
        self.content_hash = "as it is"
        self.calls: list[Mapping[str, object]] = []

    def call(self, method: str, params: Mapping[str, object] | None = None) -> dict[str, object]:
        assert method == "project/open"
        assert params is not None
        self.calls.append(params)
        self.trusted = self.trusted or params["trustedHash"] == self.content_hash
        answer: dict[str, object] = {"project": {"name": params["name"]}, "components": []}
        return {**answer, "trusted": self.trusted, "contentHash": self.content_hash}


class SavingDaemon(Daemon):
    """After each of its first answers somebody saves a file under `.treadle/`."""

    def __init__(self, *, times: int) -> None:
        super().__init__()
        self.times = times

    def call(self, method: str, params: Mapping[str, object] | None = None) -> dict[str, object]:
        answer = super().call(method, params)
        if len(self.calls) <= self.times:
            self.content_hash = f"saved {len(self.calls)} times"
        return answer


def test_a_trusted_project_is_opened_without_a_question(root: Path) -> None:
    daemon = Daemon(trusted=True)
    assert open_project(daemon, root, trust=False, ask=None)["trusted"] is True
    (call,) = daemon.calls
    assert json.loads(json.dumps(call)) == {
        "root": str(root),
        "name": "shop",
        "firstCommit": look(root).first_commit,
        "remote": None,
        "facts": FACTS,
        "trustedHash": None,
    }


@pytest.mark.requirement("trust.asked-once", "trust.option-is-a-yes", "trust.refused-without-terminal")
def test_trust_is_given_once_asked_for_or_refused(root: Path) -> None:
    assert open_project(Daemon(), root, trust=True, ask=None)["trusted"] is True
    assert open_project(Daemon(), root, trust=False, ask=lambda _: True)["trusted"] is True
    for ask, message in ((None, "give --trust"), (lambda _: False, "was not trusted; nothing of it was run")):
        daemon = Daemon()
        with pytest.raises(UntrustedError, match=message) as caught:
            open_project(daemon, root, trust=False, ask=ask)
        assert (caught.value.exit_code, daemon.trusted) == (4, False)


def test_a_yes_counts_only_for_the_content_that_was_shown(root: Path) -> None:
    daemon = Daemon()

    def ask(_: str) -> bool:
        daemon.content_hash = "changed meanwhile"
        return True

    with pytest.raises(UntrustedError, match="has changed meanwhile"):
        open_project(daemon, root, trust=False, ask=ask)
    assert not daemon.trusted


@pytest.mark.parametrize(("saved", "trusted"), [(1, True), (2, True), (3, False)])
def test_who_trusts_the_folder_as_it_is_is_not_refused_for_a_file_that_is_saved_just_then(
    root: Path, saved: int, *, trusted: bool
) -> None:
    daemon = SavingDaemon(times=saved)
    if trusted:
        assert open_project(daemon, root, trust=True, ask=None)["trusted"] is True
    else:
        with pytest.raises(UntrustedError, match="has changed meanwhile"):
            open_project(daemon, root, trust=True, ask=None)


def test_the_question_shows_what_would_be_trusted(root: Path) -> None:
    touch(root / ".venv/bin/python")
    touch(root / ".venv/lib/python3.12/site-packages/pytest/__init__.py")
    touch(root / ".treadle/project.yaml", '# harmless\ntest_command: [sh, evil.sh, "{report}"]\ngate: evil\n')
    touch(root / ".treadle/evil\x1b[2J.yaml")
    question = trust_question(look(root))
    assert "  the test command it found, unless the settings name another: .venv/bin/python -m pytest\n" in question
    assert '  .treadle/project.yaml\n    test_command: [sh, evil.sh, "{report}"]\n    gate: evil\n' in question
    assert "  .treadle/evil?[2J.yaml\n" in question
    for number in range(40):
        touch(root / f".treadle/workflows/{number}.yaml")
    assert "… and 22 more files in .treadle/" in trust_question(look(root))


def run(*arguments: str) -> int:
    try:
        return main.main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)


@pytest.mark.requirement("project.init")
def test_init_writes_what_it_found(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    touch(root / ".venv/bin/python")
    touch(root / ".venv/lib/python3.12/site-packages/pytest/__init__.py")
    assert run("init", "--project", str(root / "src")) == 0
    path = root / ".treadle/project.yaml"
    assert str(path) in capsys.readouterr().out
    assert YAML(typ="safe").load(path.read_text()) == {"name": "shop", "components": []}
    assert '# test_command: [".venv/bin/python", "-m", pytest]' in path.read_text()
    assert '# folders: {code: src, tests: tests, design: "docs/design"}' in path.read_text()


def test_inits_example_is_valid(root: Path) -> None:
    run("init", "--project", str(root))
    text = (root / ".treadle/project.yaml").read_text()
    _, example = text.split("# For example:\n") if "# For example:\n" in text else text.split("For example:\n")
    uncommented = "\n".join(line.removeprefix("# ") for line in example.splitlines())
    (component,) = YAML(typ="safe").load(uncommented)["components"]
    assert component["paths"]["tests"] == "tests/test_calculator.py"
    assert "# test_command: [pytest]" in text


@pytest.mark.parametrize("name", ["no", "a: b", "#x", '"', "ä 'quoted'", "tab\there", "1.0", "{x}"])
def test_any_folder_name_is_written_as_that_name(tmp_path: Path, environment: dict[str, str], name: str) -> None:
    root = make_repository(tmp_path / name, environment, {})
    assert run("init", "--project", str(root)) == 0
    assert YAML(typ="safe").load((root / ".treadle/project.yaml").read_text())["name"] == name


@pytest.mark.requirement("project.init")
def test_init_never_overwrites(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = root / ".treadle/project.yaml"
    touch(path, "name: mine\n")
    assert run("init", "--project", str(root)) == 3
    assert "is there already; --force writes it anew and keeps the old one" in capsys.readouterr().err
    assert path.read_text() == "name: mine\n"
    for kept in ("project.yaml.old", "project.yaml.old-2"):
        before = path.read_text()
        assert run("init", "--project", str(root), "--force") == 0
        assert (path.parent / kept).read_text() == before


def test_init_where_it_cannot_write(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    touch(root / ".treadle", "a file where the folder should be")
    assert run("init", "--project", str(root)) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
