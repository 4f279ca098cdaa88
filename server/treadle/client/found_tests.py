"""Finds how a project's tests are run, by the files in its root. Nothing is executed."""

import hashlib
import json
from pathlib import Path

MAX_BYTES = 1024 * 1024
MAX_SCRIPT_CHARACTERS = 4_000
PYTHON_MARKS = ("pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", "tox.ini")
INTERPRETERS = (".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe", "venv/Scripts/python.exe")
NODE_TOOLS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"))
NODE_SCRIPTS = ("pretest", "test", "posttest")
NO_NODE_TESTS = "no test specified"


def found_facts(root: Path) -> dict[str, object]:
    """`test_command`, `test_tool`, `interpreter` and `scripts`, as far as they are found."""
    return _python(root) or _node(root) or {}


def _python(root: Path) -> dict[str, object] | None:
    if not any((root / mark).is_file() for mark in PYTHON_MARKS):
        return None
    interpreter = next((path for path in INTERPRETERS if (root / path).is_file()), None)
    if interpreter is not None:
        return {"test_command": [interpreter, "-m", "pytest"], "test_tool": "pytest", "interpreter": interpreter}
    for lock, tool in (("uv.lock", "uv"), ("poetry.lock", "poetry")):
        if (root / lock).is_file():
            return {"test_command": [tool, "run", "pytest"], "test_tool": "pytest"}
    return None


def _node(root: Path) -> dict[str, object] | None:
    try:
        if (root / "package.json").stat().st_size > MAX_BYTES:
            return None
        package = json.loads((root / "package.json").read_bytes())
        scripts = package["scripts"]
        script = scripts["test"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    if not isinstance(script, str) or not script.strip() or NO_NODE_TESTS in script:
        return None
    tool = next((tool for lock, tool in NODE_TOOLS if (root / lock).is_file()), "npm")
    # What the command runs belongs to what a person trusts; its name alone says nothing.
    run = {name: _bounded(scripts[name]) for name in NODE_SCRIPTS if isinstance(scripts.get(name), str)}
    return {"test_command": [tool, "test"], "test_tool": tool, "scripts": run}


def _bounded(script: str) -> str:
    if len(script) <= MAX_SCRIPT_CHARACTERS:
        return script
    return f"sha256:{hashlib.sha256(script.encode('utf-8', 'surrogatepass')).hexdigest()}"
