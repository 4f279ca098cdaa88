"""How the tests of a Node.js package are run: by its own `test` script, or by the vitest that the script runs."""

import hashlib
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from treadle.agents.lenient import an_object, text
from treadle.client.root_files import names_in, text_of

MAX_SCRIPT_CHARACTERS = 4_000
TEST = "test"
CALLED_SCRIPT = re.compile(r"\b(?:run|run-script|run-s|run-p|yarn|pnpm)\s+(?:-\S+\s+)*([\w:./-]+)")
"""Another script of the package, as one script calls it."""
NO_TESTS = "no test specified"
LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
TEST_SCRIPT = {
    "npm": ("npm", "test"),
    "pnpm": ("pnpm", "test"),
    "yarn": ("yarn", "test"),
    "bun": ("bun", "run", "test"),
}
"""`bun test` would be Bun's own test runner."""
BEFORE_FLAGS = {"npm": ("npm", "test", "--"), "pnpm": ("pnpm", "run", "test")}
"""How flags get to the script where `test` would take them for its own."""
LOCAL_PROGRAM = {"npm": ("npx", "--no"), "pnpm": ("pnpm", "exec"), "yarn": ("yarn", "run"), "bun": ("bun", "run")}
"""What runs a program that the package has installed, and never downloads one."""
PREFERS_SCRIPTS = frozenset({"yarn", "bun"})
"""Their `run` takes a script of the program's name before the program."""
PNPM_WORKSPACE = "pnpm-workspace.yaml"
PNPM_PACKAGES = re.compile(r"^packages\s*:", re.MULTILINE)
"""The file may also hold nothing but settings."""
SHELL_SIGNS = frozenset("&|;<>$`()*?[]{}~#!\\\n")
TOOLS = ("vitest", "jest", "mocha", "ava", "tap", "jasmine", "karma", "playwright", "cypress", "bun")
WATCHES = frozenset(
    {"watch", "--watch", "--watchAll", "--watch-all", "--watch=true", "--watchAll=true", "nodemon", "--ui"}
)
WATCHES_BY = {"vitest": frozenset({"dev", "-w"}), "cypress": frozenset({"open"}), "jest": frozenset[str]()}
"""What more makes a tool wait for changes; of jest `-w` is the number of its workers."""
WATCH_SHORTLY = frozenset({"-w"})
WATCH_UNLESS_TOLD = (("ng", "test"), ("ng", "t"), ("karma", "start"))
RUNS_ONCE = frozenset({"--no-watch", "--watch=false", "--single-run", "--singleRun", "--single-run=true"})
COMMANDS_END = re.compile(r"[&|;()\n]+")
VITEST_MODES = frozenset({"run", "watch", "dev"})
VITEST_DROPPED = re.compile(r"(?:-w|--(?:no-)?(?:run|watch|ui|open)(?:=.*)?|--(?:reporter|outputFile)(?:[.=].*)?)")
VITEST_TAKES_VALUE = frozenset(
    {
        *("-c", "--config", "-r", "--root", "-t", "--testNamePattern", "--dir", "--project", "--mode", "--environment"),
        *("--pool", "--reporter", "--outputFile", "--testTimeout", "--hookTimeout", "--retry", "--exclude", "--shard"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePackage:
    root: Path
    package: Mapping[str, object]
    names: tuple[str, ...]
    """Of the files in the root."""

    @classmethod
    def at(cls, root: Path) -> "NodePackage | None":
        names = names_in(root)
        if "package.json" not in names:
            return None
        try:
            package = json.loads(text_of(root / "package.json"))
        except (ValueError, RecursionError):
            return None
        return cls(root=root, package=package, names=tuple(names)) if isinstance(package, dict) else None

    @property
    def language(self) -> str:
        groups = (an_object(self.package.get(key)) for key in ("dependencies", "devDependencies"))
        is_typescript = "tsconfig.json" in self.names or any("typescript" in group for group in groups)
        return "typescript" if is_typescript else "javascript"

    @property
    def manager(self) -> str:
        """What the package names itself, else what wrote its lock file, else npm."""
        named = text(self.package.get("packageManager")).partition("@")[0]
        if named in TEST_SCRIPT:
            return named
        return next((manager for lock, manager in LOCKS if lock in self.names), "npm")

    @property
    def is_workspace(self) -> bool:
        """Whether it is the root of several packages, which find each other through links in `node_modules`."""
        return bool(self.package.get("workspaces")) or bool(PNPM_PACKAGES.search(text_of(self.root / PNPM_WORKSPACE)))

    def test_facts(self) -> dict[str, object]:
        scripts = an_object(self.package.get("scripts"))
        command, tool = self._test_command(scripts)
        if not command:
            return {}
        named = {"test_tool": tool} if tool else {}
        # What the command runs belongs to what a person trusts; its name alone says nothing.
        run = {name: _bounded(script) for name, script in _scripts_run(scripts).items()}
        return {"test_command": command, **named, "scripts": run}

    def _test_command(self, scripts: Mapping[str, object]) -> tuple[list[str], str | None]:
        """None that would wait for changes instead of ending."""
        script = text(scripts.get(TEST))
        if not script.strip() or NO_TESTS in script:
            return [], None
        manager = self.manager
        flags = vitest_flags(script)
        if flags is not None and ("pretest" in scripts or "posttest" in scripts):
            # They must run too, so the script is run, and told not to watch.
            return [*BEFORE_FLAGS.get(manager, TEST_SCRIPT[manager]), "--run"], "vitest"
        if flags is not None and not (manager in PREFERS_SCRIPTS and "vitest" in scripts):
            return [*LOCAL_PROGRAM[manager], "vitest", "run", *flags], "vitest"
        commands = [each for script in _scripts_run(scripts).values() for each in COMMANDS_END.split(script)]
        run = [re.split(r"[\s\"']+", each) for each in commands]
        if any(_watches(words) for words in run):
            return [], None
        return list(TEST_SCRIPT[manager]), next((tool for words in run if (tool := _tool(words))), None)


def vitest_flags(script: str) -> list[str] | None:
    """The flags of a script that runs vitest and nothing else; None of any other script.

    Left out is what says how often it runs and where its reports go. A script that names files is another: vitest
    would add them to those that it is told to run.
    """
    if len(script) > MAX_SCRIPT_CHARACTERS or any(sign in SHELL_SIGNS for sign in script):
        return None
    try:
        words = shlex.split(script)
    except ValueError:
        return None
    words = words[1:] if words[:1] == ["npx"] else words
    if words[:1] != ["vitest"]:
        return None
    words = words[2:] if len(words) > 1 and words[1] in VITEST_MODES else words[1:]
    flags = []
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "--":
            return None
        value = [words.pop(0)] if word in VITEST_TAKES_VALUE and words else []
        if not VITEST_DROPPED.fullmatch(word):
            flags += [word, *value]
    return flags


def _tool(words: list[str]) -> str | None:
    if "node" in words and "--test" in words:
        return "node"
    return next((tool for tool in TOOLS if tool in words), None)


def _scripts_run(scripts: Mapping[str, object]) -> dict[str, str]:
    """What the package manager runs for `test`: also what stands around a script, and the scripts that one calls."""
    run: dict[str, str] = {}
    waiting = [TEST]
    while waiting:
        name = waiting.pop(0)
        for each in (f"pre{name}", name, f"post{name}"):
            script = scripts.get(each)
            if isinstance(script, str) and each not in run:
                run[each] = script
                waiting += CALLED_SCRIPT.findall(script)
    return run


def _watches(words: list[str]) -> bool:
    """Whether one command of a script waits for changes where there is no terminal; most tools then run once."""
    words = " ".join(words).replace("--watch false", "--watch=false").split()
    tool = _tool(words)
    more = WATCHES_BY.get(tool, WATCH_SHORTLY) if tool is not None else frozenset()
    if (WATCHES | more) & set(words):
        return True
    return any(pair in WATCH_UNLESS_TOLD for pair in pairwise(words)) and not RUNS_ONCE & set(words)


def _bounded(script: str) -> str:
    if len(script) <= MAX_SCRIPT_CHARACTERS:
        return script
    return f"sha256:{hashlib.sha256(script.encode('utf-8', 'surrogatepass')).hexdigest()}"
