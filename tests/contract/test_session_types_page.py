"""docs/session-types.md says what is: its code is the example's, which is installed and run by a test of its own."""

import importlib
import re
import shlex
from dataclasses import fields
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import treadle
from tests.unit.workflows.factories import make_context
from treadle.cli import run, types
from treadle.cli.parser import SentenceParser
from treadle.domain.caps import Caps
from treadle.domain.errors import ProjectInvalidError
from treadle.rpc.late_loading import IN_TIME_SECONDS
from treadle.runner.executors.read_file import MAX_BYTES
from treadle.workflows.agent_step import AgentStep
from treadle.workflows.contract import StepContext, StepOutcome
from treadle.workflows.prompt_bounds import COUNTED
from treadle.workflows.prompt_templates import MAX_CHARACTERS, PromptEnvironment
from treadle.workflows.registry import GROUP, Registry
from treadle.workflows.rules import read_rule

ROOT = Path(treadle.__file__).parents[2]
PAGE = ROOT / "docs" / "session-types.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:<!-- (?P<file>\S+) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)```\n", re.DOTALL)
BLOCKS = [(found["file"], found["language"], found["code"]) for found in BLOCK.finditer(TEXT)]
CONTRACT = dict(re.findall(r"^\| `(treadle\.[a-z_.]+)` \| (.*) \|$", TEXT, re.MULTILINE))


def words(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def between(first: str, last: str) -> str:
    begins = TEXT.index(first)
    return TEXT[begins : TEXT.index(last, begins)]


@pytest.mark.parametrize(("file", "language", "code"), BLOCKS)
def test_its_code_is_the_examples(file: str | None, language: str, code: str) -> None:
    if file is None:
        assert language == ""
    else:
        assert code in (ROOT / file).read_text(encoding="utf-8")


def test_its_commands_are_understood() -> None:
    (lines,) = (code.splitlines() for _, language, code in BLOCKS if language == "sh")
    for command in (run, types):
        parser = SentenceParser(prog="treadle")
        command.add_arguments(parser)
        name = command.__name__.removeprefix("treadle.cli.")
        (line,) = (line for line in lines if line.startswith(f"treadle {name} "))
        assert parser.parse_args(shlex.split(line)[2:]).type == "changelog_entry"


def test_what_may_be_imported_is_there() -> None:
    assert len(CONTRACT) > 10
    for module, names in CONTRACT.items():
        for name in words(names):
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


def test_the_example_imports_nothing_else() -> None:
    for path in (ROOT / "examples" / "changelog_session").rglob("*.py"):
        for module, names in re.findall(r"^from (treadle\.\S+) import (.*)$", path.read_text(), re.MULTILINE):
            assert set(names.split(", ")) <= words(CONTRACT[module]), path


@pytest.mark.parametrize(("value", "table"), [(StepContext, "`StepContext`:"), (StepOutcome, "And what a")])
def test_every_field_is_explained(value: type, table: str) -> None:
    begins = TEXT.index("| field | |", TEXT.index(table))
    rows = TEXT[begins : TEXT.index("\n\n", begins)].splitlines()[2:]
    assert {name for row in rows for name in words(row.split("|")[1])} == {field.name for field in fields(value)}


class Anything(AgentStep):
    name = "anything"
    template = "task/work.md"
    stage = "task"


def test_what_a_template_may_use_is_told() -> None:
    assert words(between("with the values", "and those that your step adds")) == set(Anything().values(make_context()))
    filters = words(between("the filters `block`", "and at most"))
    assert filters == set(PromptEnvironment().filters) - {COUNTED}
    assert f"{MAX_CHARACTERS:,} characters" in TEXT


def test_its_stages_are_those_of_rules() -> None:
    stages = re.findall(r"`(\w+)`", between("`stage` is one of", "project's rules").removeprefix("`stage`"))
    with pytest.raises(ProjectInvalidError, match=f"the stages are {', '.join(stages)}"):
        read_rule("rules/r.md", "---\nstages: [none]\n---\n")


@pytest.mark.requirement("session-type.broken")
def test_what_a_broken_one_leads_to_is_told() -> None:
    (shown,) = (code for _, _, code in BLOCKS if "was skipped" in code)
    late = EntryPoint("late", "acme.late:TYPE", GROUP)
    vars(late)["dist"] = type("Distribution", (), {"name": "acme-types"})()
    (problem,) = Registry.from_entry_points([late]).problems
    assert shown == f"treadle: {problem}\n"
    assert IN_TIME_SECONDS == 10
    assert "(ten seconds)" in TEXT


def test_its_figures_are_right() -> None:
    assert f"up to {MAX_BYTES // 2**20} MiB" in TEXT
    assert (Caps().max_attempts, Caps().max_steps) == (5, 200)
    assert "after five attempts of one step, or 200 steps" in TEXT


def test_the_files_that_it_names_are_there() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link
