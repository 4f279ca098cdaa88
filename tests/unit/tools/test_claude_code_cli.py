"""Finding and installing Claude Code, with small programs in the place of npm and claude."""

import json
from pathlib import Path

import pytest

from tools import claude_code_cli
from tools.claude_code_cli import PIN, VERSION, ClaudeCodeUnavailableError, find_or_install, main, pinned

PRINTS_VERSION = f"echo '{VERSION} (Claude Code)'"
PACKAGE = "node_modules/@anthropic-ai/claude-code-this-platform"


def program(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]), "utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and nothing on PATH but what a shell script needs."""
    monkeypatch.setattr(claude_code_cli, "ROOT", tmp_path)
    monkeypatch.setattr(claude_code_cli, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    return tmp_path / "cache"


def test_the_named_one_comes_first_then_path(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_path = program(tmp_path / "bin" / "claude", "exit 0")
    named = program(tmp_path / "other" / "claude", "exit 0")
    assert find_or_install() == on_path
    monkeypatch.setenv("TREADLE_CLAUDE", str(named))
    assert find_or_install() == named


def test_an_installed_one_of_another_version_does_not_count(tmp_path: Path, cache: Path) -> None:
    installed = program(cache / PACKAGE / "claude", PRINTS_VERSION)
    assert pinned() == installed
    program(installed, "echo '1.0.0 (Claude Code)'")
    with pytest.raises(ClaudeCodeUnavailableError, match="no npm"):
        pinned()


def test_without_npm_it_says_what_to_do(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 5
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "install Node.js 20 or newer, or name a Claude Code in TREADLE_CLAUDE" in error


def test_npm_installs_the_pinned_one(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = f"#!/bin/sh\n{PRINTS_VERSION}\n"
    program(tmp_path / "bin" / "npm", '[ "$1 $2" = "ci --ignore-scripts" ] || exit 1', *_installing(script))
    assert main(["--pinned"]) == 0
    output = capsys.readouterr()
    assert output.out.strip() == str(cache / PACKAGE / "claude")
    assert "361 MB" in output.err
    assert json.loads((cache / "package-lock.json").read_text("utf-8"))["lockfileVersion"] == 3


def _installing(script: str) -> list[str]:
    target = f"{PACKAGE}/claude"
    return [
        f"/bin/mkdir -p {PACKAGE}",
        f"/bin/cat > {target} <<'END'",
        script.rstrip(),
        "END",
        f"/bin/chmod 755 {target}",
    ]


def test_a_failing_npm_is_quoted(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(tmp_path / "bin" / "npm", "echo 'npm error code ENOTFOUND' >&2", "exit 1")
    assert main([]) == 5
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"npm could not install Claude Code {VERSION}: npm error code ENOTFOUND"


def test_the_pin_is_exact_hashed_and_names_no_registry() -> None:
    lock = (PIN / "package-lock.json").read_text("utf-8")
    packages = json.loads(lock)["packages"]
    assert packages[""]["dependencies"] == {"@anthropic-ai/claude-code": VERSION}
    assert all("integrity" in package for name, package in packages.items() if name)
    assert "://" not in lock
