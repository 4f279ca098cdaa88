"""The house rules that no linter knows."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "server" / "treadle"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 40
TABLES = {"protocol/methods.py", "storage/schema.py"}
"""Declarations without logic may be longer."""
BANNED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}


def relative(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_and_its_functions_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert path.name not in BANNED_NAMES
    if relative(path) not in TABLES and "migrations" not in path.parts:
        assert len(text.splitlines()) <= MAX_MODULE_LINES
        long = [
            node.name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
        ]
        assert not long


def test_packages_do_not_re_export() -> None:
    filled = [relative(path) for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE and path.read_text()]
    assert filled == []


def test_the_floors_hold() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
