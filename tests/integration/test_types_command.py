"""`treadle types` with a daemon of its own."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command_line import Treadle, treadle_command

BUILT_IN = (
    "component_coding",
    "component_design",
    "component_test",
    "context_coding",
    "context_components_design",
    "context_design",
    "context_testing",
    "integration",
    "task",
)
"""The nine types of the domain contract, section 6, in the order of their ids."""


@pytest.fixture
def treadle(data_dir: Path) -> Iterator[Treadle]:
    with treadle_command(data_dir) as command:
        yield command


def test_all_types_or_one_in_full(treadle: Treadle) -> None:
    listed = treadle("types").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["TYPE", *BUILT_IN]
    types = json.loads(treadle("types", "--json").stdout)
    assert json.loads(treadle("types", "component_test", "--json").stdout) == types[BUILT_IN.index("component_test")]

    shown = [line.split() for line in treadle("types", "component_test").stdout.splitlines()]
    assert ["run_tests", "shell", "finalize", "finalize", "fix_tests", "5"] in shown
    assert ["finalize", "shell", "(complete)", "(complete)", "finalize", "5"] in shown
    assert ["fix_tests", "agent", "run_tests", "run_tests", "fix_tests", "5"] in shown
    assert "A session fails after so many attempts of one step, or 200 steps." in treadle("types", "task").stdout
    assert [line[0] for line in shown[-6:]] == [
        *("model", "max_turns", "permission_mode"),
        *("budget_usd", "stall_timeout_s", "ask_timeout_s"),
    ]


def test_an_unknown_type_is_refused_and_the_known_ones_are_named(treadle: Treadle) -> None:
    refused = treadle("types", "nonsense\x1b")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (f"treadle: There is no session type nonsense . Known types: {', '.join(BUILT_IN)}.\n")
