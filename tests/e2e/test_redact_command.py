"""`treadle redact`: what was stored with secrets has none any more, and the files do not either."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import World, create, trusted_world

TOKEN = "ghp_" + "a1B2c3D4" * 5
PASSWORD = "correct-horse"
TITLE = f"Push with {TOKEN} to https://me:{PASSWORD}@example.org"
CLEAN = "Push with [redacted:github_token] to https://me:[redacted:password]@example.org"


@pytest.fixture
def world(tmp_path: Path, daemon: DaemonProcess) -> Iterator[World]:
    """Two sessions with secrets in their titles, and one without: stored while redaction was off."""
    world = trusted_world(tmp_path, daemon.data_dir)
    for title in (TITLE, TITLE, "Nothing to hide"):
        create(world, title=title)
    assert titles(world) == [CLEAN, CLEAN, "Nothing to hide"]
    assert world.treadle("stop").code == 0
    for number in ("1", "2"):
        assert world.treadle("rename", number, TITLE, TREADLE_REDACTION="off").code == 0
    assert titles(world) == [TITLE, TITLE, "Nothing to hide"]
    assert world.treadle("stop").code == 0
    yield world
    assert world.treadle("stop").code == 0  # not the fixture's daemon, but the one that came after it


def titles(world: World) -> list[str]:
    return [session["title"] for session in reversed(world.json("sessions"))]


def stored(data_dir: Path) -> bytes:
    return b"".join(path.read_bytes() for path in data_dir.glob("treadle.db*"))


def test_secrets_are_counted_and_then_taken_out(world: World, daemon: DaemonProcess) -> None:
    looked = world.treadle("redact", "--dry-run")
    assert (looked.code, looked.stderr) == (0, "")
    assert looked.stdout == (
        "4 secrets would be replaced, in 2 rows and 0 outputs of 2 sessions:\n  github_token: 2\n  password: 2\n"
    )
    assert titles(world) == [TITLE, TITLE, "Nothing to hide"]
    one = world.treadle("redact", "--session", "2")
    assert one.stdout.startswith("2 secrets were replaced, in 1 row and 0 outputs of 1 session:\n")
    assert titles(world) == [TITLE, CLEAN, "Nothing to hide"]
    done = world.json("redact", "--vacuum")
    assert done == {
        "sessions": 1,
        "rows": 1,
        "outputs": 0,
        "secrets": {"github_token": 1, "password": 1},
        "logEmptied": True,
        "backups": [],
    }
    assert titles(world) == [CLEAN, CLEAN, "Nothing to hide"]
    assert not any(secret.encode() in stored(daemon.data_dir) for secret in (TOKEN, PASSWORD))
    assert world.treadle("redact").stdout == "No secret was found.\n"


def test_a_copy_from_before_an_upgrade_is_named(world: World, daemon: DaemonProcess) -> None:
    backup = daemon.data_dir / "treadle.db.0001.20260102T030405Z.backup"
    backup.write_bytes(TOKEN.encode())
    lines = world.treadle("redact").stdout.splitlines()
    assert lines[-2:] == [
        "Copies from before upgrades stay as they are; delete them if you need them no more:",
        f"  {backup}",
    ]


def test_a_session_that_is_not_there(world: World) -> None:
    done = world.treadle("redact", "--session", "7")
    assert (done.code, done.stdout, done.stderr) == (2, "", "treadle: There is no session 7.\n")
