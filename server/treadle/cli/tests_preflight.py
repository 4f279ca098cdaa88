"""Whether the project's tests can be run, looked at before an agent is paid for work that they will judge."""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from treadle.agents.lenient import JsonObject, an_object, objects, text
from treadle.client.errors import ClientError, ExitCode
from treadle.client.found_tests import found_facts
from treadle.client.installed_pytest import lacks_pytest
from treadle.client.root_files import names_in
from treadle.client.tables import printable
from treadle.workflows.project_tests import words_of
from treadle.workflows.unrunnable_tests import ADVICE

TEST_STEPS = frozenset({"run_tests", "check", "run_integration_tests", "run_suite", "spawn_tests", "spawn_coding"})
MAY_GO_UNCHECKED = "check"
"""The step that does nothing in a project without a test command."""
PACKAGE_RUNNERS = frozenset({"npx", "npm", "pnpm", "yarn"})
OUTSIDE_NODE_MODULES = (".pnp.cjs", ".pnp.js")
"""Where Yarn notes the packages that it installs elsewhere."""
BUILT_IN = frozenset({"node", "bun"})
"""Tools that come with the program that runs scripts."""
PASSED_OVER = frozenset({"node_modules", "venv", "build", "dist", "target"})
MAX_FOLDERS = 200


def unchecked_warning(session_type: JsonObject, project: JsonObject, root: Path, here: Path) -> str | None:
    """What a person should know who has no test command; None when there is nothing to say.

    `here`: the folder in which the person is, in the project.
    :raises ClientError: there is one, and it cannot be run
    """
    steps = {text(step.get("name")) for step in objects(session_type.get("steps"))}
    settings = an_object(project.get("settings"))
    words = words_of(settings.get("test_command"))
    if session_type.get("definedIn") or not steps & TEST_STEPS:
        return None
    if words:
        _require_runnable(words, settings, root)
        return None
    if MAY_GO_UNCHECKED not in steps or settings.get("test_command") == []:
        return None  # its own first step refuses; or the person has said that there are none
    warning = f"No test command was found for {printable(str(root))}: nothing will be checked"
    found = next(_tests_below(root, here), None)
    if found is None:
        return f"{warning}. Name one as test_command in .treadle/project.yaml."
    folder, command = found
    example = printable(f"[sh, -c, {_in_yaml(f'cd {shlex.quote(folder)} && {shlex.join(command)}')}]")
    return f"{warning}. {printable(folder)} has tests: name test_command in .treadle/project.yaml, such as {example}."


def _in_yaml(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _require_runnable(words: tuple[str, ...], settings: JsonObject, root: Path) -> None:
    reason = _missing(words, settings, root, os.environ)
    if reason is not None:
        message = f"The tests cannot be run ({printable(shlex.join(words))}): {reason}; {ADVICE}."
        raise ClientError(message, ExitCode.PROJECT_STATE)


def _missing(words: tuple[str, ...], settings: JsonObject, root: Path, environ: Mapping[str, str]) -> str | None:
    name = words[0]
    if name == "treadle":
        return None
    program = str(root / name) if os.sep in name else name
    found = shutil.which(program, path=environ.get("PATH", os.defpath))
    if found is None:
        return f"there is no program {printable(name)}" + ("" if os.sep in name else " on the PATH")
    if words[1:3] == ("-m", "pytest") and lacks_pytest(found, environ):
        return f"{printable(name)} has no pytest"
    tool = "vitest" if "vitest" in words else text(settings.get("test_tool"))
    if name in PACKAGE_RUNNERS and tool and tool not in BUILT_IN and _has_no_packages(root):
        return "there is no node_modules"
    return None


def _has_no_packages(root: Path) -> bool:
    names = names_in(root)
    return "package.json" in names and not {"node_modules", *OUTSIDE_NODE_MODULES} & set(names)


def _tests_below(root: Path, here: Path) -> Iterator[tuple[str, list[str]]]:
    """Folders whose own tests would be found, with the command; first the one in which the person is."""
    inside = [here] if here != root and here.is_relative_to(root) else []
    for folder in [*inside, *_folders(root)]:
        command = found_facts(folder).get("test_command")
        if isinstance(command, list):
            yield folder.relative_to(root).as_posix(), command


def _folders(root: Path) -> list[Path]:
    """Of the first two levels, without links."""
    first = _below(root)
    return [*first, *(each for folder in first for each in _below(folder))][:MAX_FOLDERS]


def _below(folder: Path) -> list[Path]:
    names = [name for name in names_in(folder)[:MAX_FOLDERS] if not name.startswith(".") and name not in PASSED_OVER]
    return [folder / name for name in names if (folder / name).is_dir() and not (folder / name).is_symlink()]
