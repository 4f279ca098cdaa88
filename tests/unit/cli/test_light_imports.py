"""A command line call is quick: it imports nothing heavy. Asserted on what is really in `sys.modules`."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess

HEAVY = (
    "pygls",
    "lsprotocol",
    "sqlalchemy",
    "alembic",
    "pydantic",
    "msgspec",
    "orjson",
    "rich",
    "asyncio",
    "yaml",
    "jinja2",
)
PROGRAM = """
import json, sys
from treadle.cli.main import main
code = main(sys.argv[2:])
print("\\n" + json.dumps([code, [name for name in json.loads(sys.argv[1]) if name in sys.modules]]))
"""


def loaded(*words: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(HEAVY), *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    code, names = json.loads(done.stdout.splitlines()[-1])
    return code, names


@pytest.mark.parametrize(
    "words",
    [
        ("--version",),
        ("--help",),
        ("status",),
        ("status", "--json"),
        ("sessions", "--json"),
        ("types", "--json"),
        ("sessions",),
        ("types",),
    ],
    ids=" ".join,
)
def test_a_listing_imports_nothing_heavy(shared_daemon: DaemonProcess, words: tuple[str, ...]) -> None:
    option = () if words[0].startswith("--") else ("--data-dir", str(shared_daemon.data_dir))
    assert loaded(*words, *option) == (0, [])


@pytest.mark.parametrize("words", [("show", "99", "--json"), ("events", "99", "--json")], ids=" ".join)
def test_the_listings_of_a_session_import_nothing_heavy(shared_daemon: DaemonProcess, words: tuple[str, ...]) -> None:
    assert loaded(*words, "--data-dir", str(shared_daemon.data_dir)) == (2, [])


def test_status_without_a_daemon_imports_nothing_heavy_and_starts_none(tmp_path: Path) -> None:
    assert loaded("status", "--data-dir", str(tmp_path / "data")) == (0, [])
    assert not (tmp_path / "data").exists()
