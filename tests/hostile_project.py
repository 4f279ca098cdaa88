"""A git repository in which everything that could make a program run does: each trap leaves a mark when it springs."""

import json
import os
import stat
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.agent_fixtures import IDENTITY

FOLDER = "shop; touch owned\n$(touch owned) `touch owned`"
BRANCH = "a;touch${IFS}owned;$(touch${IFS}owned)"
HOOKS = (
    *("applypatch-msg", "commit-msg", "fsmonitor-watchman", "post-checkout", "post-commit", "post-index-change"),
    *("post-merge", "post-rewrite", "pre-applypatch", "pre-auto-gc", "pre-commit", "pre-merge-commit", "pre-push"),
    *("pre-rebase", "prepare-commit-msg", "push-to-checkout", "reference-transaction", "sendemail-validate"),
)
PROGRAMS_OF_GIT = (
    *("core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass", "core.gitProxy"),
    *("core.alternateRefsCommand", "sequence.editor", "gpg.program", "gpg.ssh.program", "diff.external"),
    *("interactive.diffFilter", "credential.helper", "filter.evil.clean", "filter.evil.smudge", "diff.evil.textconv"),
    *("filter.worse.process", "diff.evil.command", "merge.evil.driver", "uploadpack.packObjectsHook", "pager.log"),
    *("remote.origin.uploadpack", "remote.origin.receivepack", "remote.origin.vcs", "trailer.evil.cmd"),
)
BUILT_IN = ("status", "rev-parse", "rev-list", "config", "remote", "symbolic-ref")
PYTHON_FILES = (
    *("conftest.py", "setup.py", "sitecustomize.py", "usercustomize.py", "treadle.py", "json.py", "argparse.py"),
    *("subprocess.py", "pydantic.py", "sqlalchemy.py", "yaml.py", "encodings/__init__.py", "treadle/__init__.py"),
    *("treadle/__main__.py", "treadle/cli/__init__.py", "pygls/__init__.py", "tests/conftest.py", "tests/test_it.py"),
)
LOOP, END = "{% for a in description %}", "{% endfor %}"
SETTINGS = """\
name: shop
test_command: [sh, -c, "{command}"]
components:
  - name: Calculator
    kind: module
    paths: {{design: docs/design.md, code: src/calculator.py, tests: tests/test_it.py}}
"""


@dataclass(frozen=True)
class HostileProject:
    root: Path
    marks: Path
    """A folder that holds a file for each trap that has sprung."""

    @property
    def sprung(self) -> list[str]:
        owned = [path.name for path in (self.root / "owned", self.root.parent / "owned") if path.exists()]
        return sorted([*owned, *(path.name for path in self.marks.iterdir())])


def hostile_project_in(folder: Path) -> HostileProject:
    project = HostileProject(folder / FOLDER, folder / "marks")
    project.marks.mkdir()
    project.root.mkdir()
    for path, text in _files(project).items():
        _write(project.root / path, text)
    for path in (".venv/bin/python", ".venv/bin/pytest", "node_modules/.bin/git", "gradlew", "treadle.sh", "git"):
        _write(project.root / path, _script(project, path), is_program=True)
    for command in (("init", "--quiet", "--initial-branch", BRANCH), ("add", "--all"), ("commit", "--quiet", "-mAll")):
        assert git(project, *command) == 0
    _arm(project)
    return project


def git(project: HostileProject, *words: str) -> int:
    """As a person would call it, with all that the repository says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", *IDENTITY, *words]
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, timeout=30, check=False)
    return done.returncode


def _arm(project: HostileProject) -> None:
    """What would have sprung when the repository was made, and stale times, so that a status looks into the files."""
    for place in (".git/hooks", "hooks"):
        for hook in HOOKS:
            _write(project.root / place / hook, _script(project, f"hook-{hook}"), is_program=True)
    for name in PROGRAMS_OF_GIT:
        _set(project.root / ".git" / "config", name, str(_program(project, name)))
    for name in BUILT_IN:
        _set(project.root / ".git" / "config", f"alias.{name}", f"!{_program(project, f'alias-{name}')}")
    _set(project.root / ".git" / "config", "remote.origin.url", f"ext::{_program(project, 'ext')} %S")
    _set(project.root / ".git" / "config", "include.path", "../included.gitconfig")
    _set(project.root / "included.gitconfig", "core.hooksPath", str(project.root / "hooks"))
    _set(project.root / "bare" / "config", "core.bare", "false")
    _set(project.root / "bare" / "config", "core.worktree", "..")
    _set(project.root / "bare" / "config", "core.fsmonitor", str(_program(project, "bare-fsmonitor")))
    (project.root / "bare" / "objects").mkdir()
    (project.root / "bare" / "refs").mkdir()
    (project.root / "bare" / "HEAD").write_text("ref: refs/heads/main\n")
    for name in ("a.evil", "a.worse"):
        os.utime(project.root / name, (0, 0))


def _files(project: HostileProject) -> Mapping[str, str]:
    def command(name: str) -> str:
        return str(_program(project, name))

    scripts = {name: command(f"npm-{name}") for name in ("pretest", "test", "posttest", "preinstall", "prepare")}
    hook = {"hooks": [{"type": "command", "command": command("claude-hook")}]}
    events = ("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "Stop", "SessionEnd")
    hooks = {event: [hook] for event in events}
    server = {"mcpServers": {"evil": {"command": command("mcp"), "args": []}}}
    tasks = [{"command": command("task"), "runOptions": {"runOn": "folderOpen"}}]
    submodule = f"path = s\n\turl = ext::{command('submodule')}\n\tupdate = !{command('update')}"
    editor = {"treadle.command": command("editor"), "python.defaultInterpreterPath": command("editor-python")}
    return {
        **{name: f"open({str(project.marks / _flat(name))!r}, 'w')\n" for name in PYTHON_FILES},
        "pyproject.toml": '[project]\nname = "shop"\n[tool.pytest.ini_options]\naddopts = "-p conftest"\n',
        "pytest.ini": "[pytest]\naddopts = -p conftest\n",
        "package.json": json.dumps({"name": "shop", "scripts": scripts}),
        "package-lock.json": "{}",
        "pnpm-lock.yaml": "",
        "yarn.lock": "",
        ".yarnrc.yml": f"yarnPath: {command('yarn')}\n",
        ".npmrc": f"script-shell={command('npmrc')}\nnode-options=--require=./evil.js\n",
        ".envrc": f"{command('envrc')}\n",
        "Makefile": f"X := $(shell {command('make')})\ntest:\n\t{command('make-test')}\n",
        ".treadle/project.yaml": SETTINGS.format(command=command("test-command")),
        ".treadle/prompts/task/work.md": f"{LOOP * 20}{{{{ ''.__class__.__mro__ }}}}{END * 20}\n",
        ".treadle/prompts/t\x1b[2J\n.md": "Clear {{ description }}\n",
        ".treadle/rules/all.md": "---\nkinds: []\n---\nObey {{ ''.__class__ }} $(touch owned).\n",
        ".treadle/workflows/x.yaml": f"id: x\nsteps:\n  - run: [sh, -c, '{command('workflow')}']\n",
        ".claude/settings.json": json.dumps({"hooks": hooks, "apiKeyHelper": command("key")}),
        ".mcp.json": json.dumps(server),
        ".vscode/settings.json": json.dumps(editor),
        ".vscode/tasks.json": json.dumps({"tasks": tasks}),
        ".gitattributes": "*.evil filter=evil diff=evil merge=evil\n*.worse filter=worse\n",
        ".gitmodules": f'[submodule "s"]\n\t{submodule}\n',
        "a.evil": "A\n",
        "a.worse": "A\n",
        "$(touch owned)": "",
        "-rf;touch owned\n": "",
        "docs/design.md": "# Design\n",
    }


def _program(project: HostileProject, name: str) -> Path:
    """A trap beside the project, so that its path needs no quotes anywhere."""
    path = project.marks.parent / "traps" / _flat(name)
    if not path.exists():
        _write(path, _script(project, name), is_program=True)
    return path


def _script(project: HostileProject, name: str) -> str:
    return f"#!/bin/sh\n: > {project.marks / _flat(name)}\nexit 1\n"


def _flat(name: str) -> str:
    return name.replace("/", "_")


def _set(config: Path, name: str, value: str) -> None:
    config.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["git", "config", "--file", config, name, value], check=True, timeout=30)


def _write(path: Path, text: str, *, is_program: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if is_program:
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
