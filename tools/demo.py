"""`make demo`: the two sessions of the example project, from an empty folder to committed, green code.

A folder of its own holds everything: the project, Treadle's data and, with the scripted model, Claude Code's
configuration. The person's own settings and login are touched only with `--model real`.
"""

import argparse
import os
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
EXAMPLE = ROOT / "examples" / "calculator"
SESSION_TYPES = ("component_test", "component_coding")
TREADLE = (sys.executable, "-m", "treadle")
IDENTITY = {"user.name": "Treadle Demo", "user.email": "demo@treadle.invalid"}
OWN_LOGIN = ("ANTHROPIC_", "CLAUDE_CODE_", "CLAUDE_CONFIG_DIR")


class DemoError(Exception):
    """The demo cannot go on; the message is one sentence."""


@dataclass(frozen=True)
class DemoFolder:
    path: Path

    @property
    def project(self) -> Path:
        return self.path / "calculator"

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
    """The example as a git repository with an identity of its own and an ignored `.venv` with locked pytest."""
    stop_daemon(folder)
    shutil.rmtree(folder.path, ignore_errors=True)
    folder.path.mkdir(parents=True)
    shutil.copytree(EXAMPLE, folder.project)
    run("git", "init", "--quiet", "--initial-branch", "main", folder=folder.project)
    for key, value in IDENTITY.items():
        run("git", "config", key, value, folder=folder.project)
    run("git", "add", "--all", folder=folder.project)
    run("git", "commit", "--quiet", "--message", "A design, and no code yet", folder=folder.project)
    say("Installing pytest into the project's .venv …")
    venv.create(folder.project / ".venv", with_pip=True, symlinks=True)
    python = folder.project / ".venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "--require-hashes", "--requirement", "requirements.lock", folder=folder.project)


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
    if model == "real":
        say("Model: the real one, with your own Claude login; this uses your plan or credit.")
        own = os.environ | {"TREADLE_CLAUDE": str(claude)}
        yield dict.fromkeys(SESSION_TYPES, own)
        return
    with start() as server:
        say("Model: a scripted stand-in that ships with Treadle; no login, no cost. MODEL=real uses your own login.")
        yield {name: scripted_environment(folder, claude, f"{server.url}/{name}") for name in SESSION_TYPES}


def run_sessions(folder: DemoFolder, model: str) -> None:
    with environments(folder, model) as environment_of:
        for name in SESSION_TYPES:
            arguments = ["run", name, "--component", "Calculator", "--data-dir", str(folder.data)]
            arguments += ["--trust"] if name == SESSION_TYPES[0] else []
            say(f"\n$ treadle {' '.join(arguments[:4])}{' --trust' if '--trust' in arguments else ''}")
            code = subprocess.run(
                [*TREADLE, *arguments], cwd=folder.project, env=environment_of[name], check=False
            ).returncode
            if code:
                raise SystemExit(code)


def verify(folder: DemoFolder) -> None:
    """What the sessions left behind: tests and code on the branch, and the project's tests green."""
    missing = [name for name in ("src/calculator.py", "tests/test_calculator.py") if not tracked(folder, name)]
    if missing:
        raise DemoError(f"The branch does not hold {' and '.join(missing)}.")
    tests = subprocess.run(
        [folder.project / ".venv" / "bin" / "python", "-m", "pytest", "-q"],
        cwd=folder.project,
        check=False,
        capture_output=True,
        text=True,
    )
    if tests.returncode:
        raise DemoError(f"The project's tests are not green:\n{tests.stdout}")
    say(f"\nThe project's own test command, once more: {tests.stdout.strip().splitlines()[-1]}")
    log = subprocess.run(
        ["git", "log", "--oneline", "--decorate"], cwd=folder.project, check=True, capture_output=True, text=True
    )
    say(f"\n$ git log --oneline\n{log.stdout.rstrip()}")


def tracked(folder: DemoFolder, name: str) -> bool:
    listed = subprocess.run(
        ["git", "ls-files", "--", name], cwd=folder.project, check=True, capture_output=True, text=True
    )
    return listed.stdout.strip() == name


def shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def say_what_next(folder: DemoFolder) -> None:
    data, treadle = shown(folder.data), shown(Path(sys.executable).parent / "treadle")
    say(f"\nLook further (the project is {shown(folder.project)}):")
    for command in ("sessions", "show 2", "events 2"):
        say(f"  {treadle} {command} --data-dir {data}")
    say("  make vscode")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--model", choices=("scripted", "real"), default="scripted")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    parser.add_argument("--prepare-only", action="store_true", help="make the project, run nothing")
    arguments = parser.parse_args()
    folder = DemoFolder(arguments.folder.resolve())
    try:
        prepare(folder)
        if not arguments.prepare_only:
            run_sessions(folder, arguments.model)
            verify(folder)
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
