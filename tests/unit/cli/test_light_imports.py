"""A command line call is quick: it imports no more than it needs. Asserted on what is really in `sys.modules`."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
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
    "ruamel",
    "jinja2",
)
NEEDLESS = (
    "dataclasses",
    "inspect",
    "subprocess",
    "shutil",
    "bz2",
    "lzma",
    "uuid",
    "platform",
    "hashlib",
    "shlex",
    "difflib",
    "treadle.client.daemon",
    "treadle.client.json_texts",
    "treadle.client.own_command",
    "treadle.domain.errors",
    "treadle.domain.session",
)
"""Each costs a call that only asks a running daemon a good part of what bare Python costs."""
OF_A_PARSER = ("argparse", "gettext")
OF_A_CONNECTION = ("socket", "threading", "datetime", "pathlib", "treadle.client.connection")
PROGRAM = """
import sys
from treadle.cli.main import main
code = main(sys.argv[2:])
loaded = [name for name in sys.argv[1].split() if name in sys.modules]
import json
print("\\n" + json.dumps([code, loaded]))
"""


def loaded(*words: str, of: Sequence[str] = HEAVY) -> tuple[int, list[str]]:
    """Which of the modules the command has loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, " ".join(of), *words],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        # What measures the coverage imports much itself.
        env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")},
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
        ("asks",),
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


@pytest.mark.parametrize(
    "words", [("status",), ("sessions",), ("types",), ("asks",), ("status", "--json")], ids=" ".join
)
def test_a_call_that_asks_a_running_daemon_imports_no_more_than_that_takes(
    shared_daemon: DaemonProcess, words: tuple[str, ...]
) -> None:
    assert loaded(*words, "--data-dir", str(shared_daemon.data_dir), of=NEEDLESS) == (0, [])


@pytest.mark.parametrize("words", [("--version",), ("--help",)], ids=" ".join)
def test_a_call_that_asks_nobody_imports_neither_a_parser_nor_a_connection(words: tuple[str, ...]) -> None:
    assert loaded(*words, of=(*HEAVY, *NEEDLESS, *OF_A_PARSER, *OF_A_CONNECTION)) == (0, [])
