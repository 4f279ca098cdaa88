import pytest

from treadle.workflows.definition.keys import is_template_at, keys_at, takes_keys_at, values_at
from treadle.workflows.definition.model import (
    KINDS,
    AgentDefinition,
    AskDefinition,
    ReadFileDefinition,
    RunDefinition,
    SpawnDefinition,
    StepBase,
    WorkflowDefinition,
)

MODELS: tuple[type[StepBase], ...] = (
    RunDefinition,
    AgentDefinition,
    SpawnDefinition,
    AskDefinition,
    ReadFileDefinition,
)


def test_the_keys_are_those_of_the_model() -> None:
    assert list(keys_at((), None)) == list(WorkflowDefinition.model_fields)
    for kind, model in zip(KINDS, MODELS, strict=True):
        assert list(keys_at(("steps", "a"), kind)) == list(model.model_fields)
    assert set(KINDS) <= set(keys_at(("steps", "a"), None))
    assert list(keys_at(("steps", "a", "gate"), "agent")) == ["command", "max_runs", "timeout_s"]


@pytest.mark.parametrize("path", [("steps",), ("parameters",), ("steps", "a", "save"), ("nothing", "there"), ("name",)])
def test_names_that_somebody_chooses_are_no_keys(path: tuple[str, ...]) -> None:
    assert keys_at(path, "run") == {}


def test_a_key_tells_its_type_and_its_default() -> None:
    commit = keys_at((), None)["commit"]
    assert (commit.type, commit.default, commit.values) == ("true or false", "true", ("true", "false"))
    assert keys_at(("steps", "a"), "run")["run"].type == "list of texts with `{{ }}` or text with `{{ }}`"
    assert keys_at(("steps", "a"), "agent")["conversation"].type == "`new` or `continue`"
    assert keys_at((), None)["steps"].is_required


def test_values_keys_and_templates() -> None:
    assert values_at(("steps", "a", "answers", "x"), "ask") == ("ok", "warning", "error")
    assert takes_keys_at(("steps", "a", "on"), "run")
    assert not takes_keys_at(("steps", "a", "spawn"), "spawn")
    assert is_template_at(("steps", "a", "may_run", 0, 1), "agent")
    assert is_template_at(("steps", "a", "options", "x"), "spawn")
    assert not is_template_at(("steps", "a", "title"), "agent")
