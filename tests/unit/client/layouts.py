"""Folder layouts of projects. Nothing of a project runs, so its files may be empty."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

DEFAULT_FOLDERS = {"code": "src", "tests": "tests", "design": "docs/design"}
PYTEST_THERE = {".venv/bin/python": "", ".venv/lib/python3.12/site-packages/pytest/__init__.py": ""}
NO_PYTEST = {".venv/bin/python": "", ".venv/lib/python3.12/site-packages/pytest_cov/__init__.py": ""}


def make_active(folder: Path, monkeypatch: pytest.MonkeyPatch, interpreter: str, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "python3").write_text(f'#!/bin/sh\nexec {shlex.join([interpreter, *options])} "$@"\n')
    (folder / "python3").chmod(0o755)
    monkeypatch.setenv("PATH", f"relative:{folder}")
    return folder


def lay(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def package(test: str, **others: object) -> dict[str, str]:
    return {"package.json": json.dumps({"scripts": {"test": test}, **others})}


def interpreter(path: str) -> dict[str, object]:
    return {"test_command": [path, "-m", "pytest"], "test_tool": "pytest", "interpreter": path}


def how_tested(facts: Mapping[str, object]) -> dict[str, object]:
    return {key: facts[key] for key in ("test_command", "test_tool", "interpreter") if key in facts}
