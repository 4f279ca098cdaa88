"""docs/workflows.md says what is: its examples are valid, and it names every key and all that templates may name."""

import re
import shlex
from pathlib import Path
from types import UnionType
from typing import get_args

import pytest
from pydantic import BaseModel

import treadle
from treadle.cli.commands import COMMANDS
from treadle.client.errors import ExitCode
from treadle.runner.executors.read_file import MAX_BYTES
from treadle.workflows.definition import values
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.diagnostics import Surroundings
from treadle.workflows.definition.model import KINDS, Parameter, Step, StepBase, WorkflowDefinition

ROOT = Path(treadle.__file__).parents[2]
PAGE = ROOT / "docs" / "workflows.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n", TEXT, re.DOTALL)
FILES = sorted((ROOT / "examples" / "workflows").glob("*.yaml"))


def section(heading: str) -> str:
    begins = TEXT.index(f"## {heading}\n")
    ends = TEXT.find("\n## ", begins)
    return TEXT[begins : ends if ends > 0 else len(TEXT)]


def words(text: str) -> set[str]:
    return {word for quoted in re.findall(r"`([^`]+)`", text) for word in re.findall(r"[a-z_]+", quoted)}


def own_keys(model: type[BaseModel], base: type[BaseModel]) -> set[str]:
    return set(model.model_fields) - set(base.model_fields)


@pytest.mark.parametrize("example", EXAMPLES)
def test_nothing_is_wrong_with_its_examples(example: str) -> None:
    analysis = analyse(example, Surroundings())
    assert analysis.diagnostics == ()
    assert analysis.definition is not None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_the_workflows_that_ship(path: Path) -> None:
    analysis = analyse(path.read_text(encoding="utf-8"), Surroundings())
    assert analysis.diagnostics == ()
    assert analysis.definition is not None
    assert analysis.definition.name == path.stem
    assert f"[{path.stem}]({path.name})" in (path.parent / "README.md").read_text(encoding="utf-8")


def test_every_key_of_a_file_is_explained() -> None:
    assert set(WorkflowDefinition.model_fields) <= words(section("The file"))
    assert set(Parameter.model_fields) <= words(section("The file"))


def test_every_key_of_a_step_is_explained() -> None:
    explained = words(section("Steps"))
    assert set(KINDS) | set(StepBase.model_fields) <= explained
    assert isinstance(Step, UnionType)
    for step in get_args(Step):
        assert own_keys(step, StepBase) <= explained, step


def test_what_templates_may_name_is_told() -> None:
    told = words(section("Templates"))
    for names in (values.OF_ALL_STEPS, values.CHILD, values.STATE, values.FIXED, *values.BY_KIND.values()):
        assert set(names) <= told


def test_its_commands_are_there() -> None:
    known = {entry.name for entry in COMMANDS}
    named = {shlex.split(line.replace("[", "").replace("]", ""))[1] for line in re.findall(r"`(treadle [^`]+)`", TEXT)}
    assert named <= known


def test_its_figures_are_right() -> None:
    assert f"up to {MAX_BYTES // 2**20} MiB" in TEXT
    assert f"exit code {ExitCode.ANSWER_NEEDED:d}" in TEXT
    assert f"of one session: {WorkflowDefinition.model_fields['max_steps'].default} " in TEXT
    assert f"`max_attempts` ({StepBase.model_fields['max_attempts'].default})" in TEXT


def test_the_files_that_it_names_are_there() -> None:
    for link in re.findall(r"\]\(([^)]+)\)", TEXT):
        assert (PAGE.parent / link).exists(), link
