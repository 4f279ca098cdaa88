"""`make demo`: a task on an ordinary repository, and two sessions that take a component from its design to green code.

A folder of its own holds everything: the projects, Treadle's data and, with the scripted model, Claude Code's
configuration. The person's own settings and login are touched only with `--model real`.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import claude_code_cli
from tools.scripted_model.server import start

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
REPORT, CALCULATOR = "report", "calculator"
TREADLE = (sys.executable, "-m", "treadle")
IDENTITY = {"user.name": "Treadle Demo", "user.email": "demo@treadle.invalid"}
OWN_LOGIN = ("ANTHROPIC_", "CLAUDE_CODE_", "CLAUDE_CONFIG_DIR")


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence."""


@dataclass(frozen=True)
class DemoRun:
    """One `treadle run` of the demo; its type is also the name of the script that answers."""

    project: str
    type: str
    words: tuple[str, ...]
    files: tuple[str, ...]
    """What the branch must hold afterwards."""


RUNS = (
    DemoRun(
        REPORT,
        "task",
        ("add a --json flag to the report command", "--trust"),
        ("src/timesheet/command.py", "tests/test_json_report.py"),
    ),
    DemoRun(CALCULATOR, "component_test", ("--component", "Calculator", "--trust"), ("tests/test_calculator.py",)),
    DemoRun(CALCULATOR, "component_coding", ("--component", "Calculator"), ("src/calculator.py",)),
)


@dataclass(frozen=True)
class DemoFolder:
    path: Path

    @property
    def project(self) -> Path:
        """The one that `make vscode` opens."""
        return self.path / CALCULATOR

    @property
    def environment(self) -> Path:
        """Python's, with the tests' packages; both projects need the same."""
        return self.path / "venv"

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def agent_configuration(self) -> Path:
        return self.path / "claude"


def say(text: str) -> None:
    print(text, flush=True)


def run(*arguments: str | Path, folder: Path, environment: Mapping[str, str] | None = None) -> None:
    try:
        subprocess.run(arguments, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise DemoError(f"The demo needs {arguments[0]}, which is not installed.") from error
    except subprocess.CalledProcessError as error:
        raise DemoError(f"{arguments[0]} {arguments[1]} failed: {error.stderr.strip() or error.stdout}") from error


def stop_daemon(folder: DemoFolder) -> None:
    """Whoever looks further starts it again."""
    if folder.data.exists():
        subprocess.run([*TREADLE, "stop", "--data-dir", folder.data], check=False, capture_output=True)


def prepare(folder: DemoFolder) -> None:
    """The examples as git repositories with an identity of their own and an ignored `.venv` with locked pytest."""
    stop_daemon(folder)
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.path.mkdir(parents=True)
    say("Installing pytest into the projects' .venv …")
    venv.create(folder.environment, with_pip=True, symlinks=True)
    pip = (folder.environment / "bin" / "python", "-m", "pip", "--quiet", "--disable-pip-version-check")
    lock = EXAMPLES / CALCULATOR / "requirements.lock"
    run(*pip, "install", "--require-hashes", "--requirement", lock, folder=folder.path)
    for name, message in ((REPORT, "A timesheet that reports as text"), (CALCULATOR, "A design, and no code yet")):
        make_repository(folder, name, message)


def make_repository(folder: DemoFolder, name: str, message: str) -> None:
    project = folder.path / name
    shutil.copytree(EXAMPLES / name, project, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    (project / ".venv").symlink_to(folder.environment, target_is_directory=True)
    run("git", "init", "--quiet", "--initial-branch", "main", folder=project)
    for key, value in IDENTITY.items():
        run("git", "config", key, value, folder=project)
    run("git", "add", "--all", folder=project)
    run("git", "commit", "--quiet", "--message", message, folder=project)


def scripted_environment(folder: DemoFolder, claude: Path, url: str) -> dict[str, str]:
    """The person's environment without their Claude login and settings."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(OWN_LOGIN)}
    folder.agent_configuration.mkdir(mode=0o700, exist_ok=True)
    return environment | {
        "TREADLE_CLAUDE": str(claude),
        "CLAUDE_CONFIG_DIR": str(folder.agent_configuration),
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "not-a-real-key",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }


@contextmanager
def environments(folder: DemoFolder, model: str) -> Iterator[Mapping[str, Mapping[str, str]]]:
    """The environment of each session type's run."""
    claude = claude_code_cli.find_or_install()
    types = [each.type for each in RUNS]
    if model == "real":
        say("Model: the real one, with your own Claude login; this uses your plan or credit.")
        own = os.environ | {"TREADLE_CLAUDE": str(claude)}
        yield dict.fromkeys(types, own)
        return
    with start() as server:
        say("Model: a scripted stand-in that ships with Treadle; no login, no cost. MODEL=real uses your own login.")
        yield {name: scripted_environment(folder, claude, f"{server.url}/{name}") for name in types}


def run_sessions(folder: DemoFolder, model: str) -> None:
    with environments(folder, model) as environment_of:
        for each in RUNS:
            project, words = folder.path / each.project, ["run", each.type, *each.words]
            say(f"\n{each.project}$ {shlex.join(['treadle', *words])}")
            code = subprocess.run(
                [*TREADLE, *words, "--data-dir", folder.data],
                cwd=project,
                env=environment_of[each.type],
                check=False,
            ).returncode
            if code:
                raise SystemExit(code)
            verify(project, each, is_scripted=model == "scripted")


def verify(project: Path, done: DemoRun, *, is_scripted: bool) -> None:
    """What a session left behind: its files on the branch, and the project's tests green."""
    if is_scripted and (missing := [name for name in done.files if not tracked(project, name)]):
        raise DemoError(f"The branch does not hold {' and '.join(missing)}.")
    if done.type == "component_test":
        return  # its tests wait for the implementation
    tests = subprocess.run(
        [project / ".venv" / "bin" / "python", "-m", "pytest", "-q"],
        cwd=project,
        check=False,
        capture_output=True,
        text=True,
    )
    if tests.returncode:
        raise DemoError(f"The project's tests are not green:\n{tests.stdout}")
    say(f"\nThe project's own test command, once more: {tests.stdout.strip().splitlines()[-1]}")
    log = subprocess.run(
        ["git", "log", "--oneline", "--decorate"], cwd=project, check=True, capture_output=True, text=True
    )
    say(f"\n{done.project}$ git log --oneline\n{log.stdout.rstrip()}")


def tracked(project: Path, name: str) -> bool:
    listed = subprocess.run(["git", "ls-files", "--", name], cwd=project, check=True, capture_output=True, text=True)
    return listed.stdout.strip() == name


def shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say_what_next(folder: DemoFolder) -> None:
    data, treadle = shown(folder.data), shown(Path(sys.executable).parent / "treadle")
    say(f"\nLook further (the projects are in {shown(folder.path)}):")
    for command in ("sessions", f"show {len(RUNS)}", f"events {len(RUNS)}"):
        say(f"  {treadle} {command} --data-dir {data}")
    say("  make vscode")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--model", choices=("scripted", "real"), default="scripted")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--prepare-only", action="store_true", help="make the projects, run nothing")
    arguments = parser.parse_args()
    folder = DemoFolder(arguments.folder.resolve())
    try:
        prepare(folder)
        if not arguments.prepare_only:
            run_sessions(folder, arguments.model)
            say_what_next(folder)
    except (DemoError, claude_code_cli.ClaudeCodeUnavailableError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stop_daemon(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
