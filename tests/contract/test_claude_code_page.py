"""docs/claude-code.md names every test that holds Claude Code to what Treadle relies on, and no other one."""

import re
from pathlib import Path

from tests.e2e.conftest import PROVEN_WITH

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "claude-code.md").read_text("utf-8")


def test_the_page_names_each_contract_test_and_no_other() -> None:
    files = (ROOT / "tests" / "e2e").glob("test_claude_code_contract*.py")
    written = {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)}
    assert set(re.findall(r"`(test_\w+)`", PAGE)) == written


def test_the_page_names_the_version_that_it_was_proven_with() -> None:
    assert f"Proven with Claude Code {PROVEN_WITH}." in PAGE


def test_the_page_names_modules_that_exist() -> None:
    used = re.findall(r"\b((?:agents|runner|executors)/\w+)", PAGE)
    folders = (ROOT / "server" / "treadle", ROOT / "server" / "treadle" / "runner")
    missing = [name for name in used if not any((folder / f"{name}.py").is_file() for folder in folders)]
    assert (bool(used), missing) == (True, [])
