"""A definition as a session type: its way, its caps, what a person may choose."""

import json

import pytest
from pydantic import ValidationError

from tests.unit.workflows.definition.definitions import EVERY_KIND, defined, session_type
from treadle.domain.result import ResultStatus
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.session_type import session_type_of
from treadle.workflows.options import options_schema
from treadle.workflows.registry import Registry

OK, WARNING, ERROR = ResultStatus.OK, ResultStatus.WARNING, ResultStatus.ERROR
LOOP = """\
name: fix-it
commit: {commit}
steps:
  test:
    run: [pytest]
    max_attempts: 5
    on: {{ok: finish, error: fix}}
  fix:
    agent: Fix it.
    on: {{ok: test}}
  again: {{run: [make], max_attempts: 3}}
  last: {{run: [make], on: {{warning: fail}}}}
"""
WITH_COMMIT, WITHOUT = LOOP.format(commit="true"), LOOP.format(commit="false")


@pytest.mark.parametrize(
    ("text", "step", "status", "target"),
    [
        (WITH_COMMIT, "initialize", OK, "test"),
        (WITH_COMMIT, "initialize", ERROR, "initialize"),
        (WITH_COMMIT, "test", OK, "finalize"),
        (WITH_COMMIT, "test", WARNING, "finalize"),
        (WITH_COMMIT, "test", ERROR, "fix"),
        (WITH_COMMIT, "fix", OK, "test"),
        (WITH_COMMIT, "fix", WARNING, "test"),
        # The session has failed; whoever reopens it tries the step again.
        (WITH_COMMIT, "fix", ERROR, "fix"),
        (WITH_COMMIT, "again", OK, "last"),
        (WITH_COMMIT, "again", ERROR, "again"),
        (WITH_COMMIT, "last", OK, "finalize"),
        (WITH_COMMIT, "last", WARNING, "last"),
        (WITH_COMMIT, "finalize", OK, None),
        (WITHOUT, "test", OK, None),
        (WITHOUT, "last", OK, None),
        (WITHOUT, "again", OK, "last"),
    ],
)
def test_where_each_result_leads(text: str, step: str, status: ResultStatus, target: str | None) -> None:
    following = session_type(text).step_after(step, status)
    assert (None if following is None else following.name) == target


def test_the_straight_way_is_what_follows_when_all_goes_well() -> None:
    made = session_type(WITH_COMMIT)
    assert [step.name for step in made.line] == ["initialize", "test", "finalize"]
    assert [step.name for step in made.detours] == ["fix", "again", "last"]
    assert [step.name for step in session_type(WITHOUT).line] == ["test"]
    assert [step.name for step in session_type(EVERY_KIND).line[1:-1]] == ["say", "think", "ask", "read", "share"]


def test_a_step_has_the_cap_that_is_written_and_a_loop_with_another_cap_that_of_all_steps() -> None:
    loop = '  loop: {run: [make], on: {error: ask}}\n  ask: {ask: "Again?", on: {ok: loop}}\n'
    made = session_type(f"max_steps: 40\n{WITH_COMMIT}{loop}")
    assert {step.name: step.max_attempts for step in made.steps} == {
        "initialize": None,
        "test": 5,
        "finalize": None,
        "fix": 1,
        "again": 3,
        "last": 1,
        "loop": 40,
        "ask": 1,
    }
    assert made.caps.max_steps == 40


@pytest.mark.parametrize("text", [EVERY_KIND, WITH_COMMIT, WITHOUT])
def test_it_is_one_that_the_registry_would_take_and_comes_back_from_its_plain_data(text: str) -> None:
    made = session_type(text)
    Registry.of(made)
    kept = WorkflowDefinition.model_validate_json(json.dumps(made.definition))
    again = session_type_of(kept)
    assert kept == defined(text)
    assert again.definition == made.definition
    assert [step.max_attempts for step in again.steps] == [step.max_attempts for step in made.steps]
    assert again.routes == made.routes


def test_exit_codes_and_gates_come_back_from_plain_data() -> None:
    text = """\
name: a
gate: [c]
steps:
  b: {run: [c], exit_codes: {3: ok, 0: error}}
  d: {agent: e, gate: false}
  f: {agent: g, gate: {command: [h], max_runs: 2}}
"""
    kept = WorkflowDefinition.model_validate_json(json.dumps(session_type(text).definition))
    assert kept == defined(text)


PARAMETERS = """\
name: a
description: What it does.
parameters:
  text: {description: A text.}
  copy: {default: x}
  count: {type: integer, default: 3, minimum: 1, maximum: 9}
  share: {type: number, default: null, maximum: 1}
  really: {type: boolean, default: false}
  colour: {choices: [red, blue], default: red}
  words: {type: list, default: []}
  some: {type: list, choices: [p, q], default: [p]}
steps: {b: {run: [c]}}
"""


def test_parameters_are_the_options_beside_those_of_every_session() -> None:
    schema = options_schema(session_type(PARAMETERS).options)
    properties = schema["properties"]
    assert list(properties) == [
        *("model", "max_turns", "permission_mode", "budget_usd", "stall_timeout_s", "ask_timeout_s"),
        *("text", "copy", "count", "share", "really", "colour", "words", "some"),
    ]
    assert schema["required"] == ["text"]
    assert schema["additionalProperties"] is False
    assert (properties["text"]["description"], properties["text"]["title"]) == ("A text.", "Text")
    assert (properties["count"]["minimum"], properties["count"]["maximum"], properties["count"]["default"]) == (1, 9, 3)
    assert properties["colour"]["enum"] == ["red", "blue"]
    assert "max_parallel" in options_schema(session_type(EVERY_KIND).options)["properties"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "text"),
        ({"text": " "}, "text"),
        ({"text": 1}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"text": "a", "count": 0}, "count"),
        ({"text": "a", "count": "3"}, "count"),
        ({"text": "a", "count": True}, "count"),
        ({"text": "a", "share": 1.5}, "share"),
        ({"text": "a", "really": "yes"}, "really"),
        ({"text": "a", "colour": "green"}, "colour"),
        ({"text": "a", "words": "b"}, "words"),
        ({"text": "a", "words": [1]}, "words"),
        ({"text": "a", "some": ["r"]}, "some"),
        ({"text": "a", "other": 1}, "other"),
        ({"text": "a", "of_text": "b"}, "of_text"),
        ({"text": "a", "max_parallel": 2}, "max_parallel"),
    ],
)
def test_what_a_person_gives_is_checked(given: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError) as told:
        session_type(PARAMETERS).options.model_validate_json(json.dumps(given))
    assert {error["loc"][0] for error in told.value.errors()} == {problem}


@pytest.mark.parametrize(
    "given",
    [
        {"text": "a"},
        {"text": "a", "copy": "", "count": 9, "share": None, "really": True, "colour": "blue", "words": ["x"]},
        {"text": "a", "share": 1, "some": ["p", "q"], "model": "m", "max_turns": 3},
    ],
)
def test_what_a_person_may_give(given: dict[str, object]) -> None:
    session_type(PARAMETERS).options.model_validate_json(json.dumps(given))


def test_a_workflow_without_words_for_people_has_some() -> None:
    made = session_type(WITHOUT)
    assert (made.title, made.description, made.version) == ("Fix it", "A workflow of this project.", 1)
