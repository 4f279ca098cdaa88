"""What a step keeps, and where its result leads the session."""

from dataclasses import replace

import pytest

from tests.unit.workflows.definition.definitions import context_of, session_type
from tests.unit.workflows.factories import make_result
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import SessionStatus
from treadle.workflows.contract import StepOutcome

FAILED = make_result(ResultStatus.ERROR, code=1, error_message="It broke.")
OK = make_result(code=0, stdout=" 1.2.3\n")


def outcome(steps: str, result: Result, *, attempt: int = 1, name: str = "it", head: str = "") -> StepOutcome:
    step = session_type(f"name: a\n{head}\nsteps:\n{steps}").step(name)
    assert step is not None
    return step.handle_result(replace(context_of(), attempt=attempt), result)


def test_texts_are_kept_when_the_step_has_ended_well() -> None:
    steps = '  it: {run: [v], save: {version: "v{{ result.stdout | trim }}", old: "{{ results.it.status }}"}}'
    assert outcome(steps, OK).state == {"version": "v1.2.3", "old": "ok"}
    assert outcome(steps, FAILED).state == {}
    asked = '  it: {ask: Well, answers: {yes: warning, no: error}, save: {said: "{{ result.comment }}"}}'
    assert outcome(asked, make_result(data={"answer": "yes", "comment": "gladly"})).state == {"said": "gladly"}


def test_of_a_long_text_both_ends_are_kept() -> None:
    long = make_result(code=0, stdout=f"begin{'x' * 60_000}end")
    said = outcome('  it: {run: [v], save: {said: "{{ result.stdout }}"}}', long).state["said"]
    assert isinstance(said, str)
    assert len(said) < 9_000
    assert (said[:5], said[-3:], "bytes left out" in said) == ("begin", "end", True)


def test_a_text_that_cannot_be_kept_leaves_the_step_as_it_was() -> None:
    with pytest.raises(ProjectInvalidError, match="The value version of the step it cannot be made"):
        outcome('  it: {run: [v], save: {version: "{{ result.stdout + 1 }}"}}', OK)


@pytest.mark.parametrize(
    ("steps", "result", "attempt", "reason"),
    [
        ("  it: {run: [v]}", FAILED, 1, "The step it failed: It broke."),
        ("  it: {run: [v], on: {error: fail}, max_attempts: 3}", FAILED, 1, "The step it failed: It broke."),
        ("  it: {run: [v], max_attempts: 3}", FAILED, 2, None),
        ("  it: {run: [v], max_attempts: 3}", FAILED, 3, "The step it did not succeed in 3 attempts: It broke."),
        ("  it: {run: [v], on: {error: fix}, max_attempts: 1}\n  fix: {agent: x, on: {ok: it}}", FAILED, 1,
         "The step it did not succeed in 1 attempt: It broke."),
        # Whoever is on the way on is not on the way back.
        ("  it: {run: [v], on: {error: tidy}, max_attempts: 1}\n  tidy: {run: [t]}", FAILED, 1, None),
        ("  it: {run: [v], on: {error: fix}, max_attempts: 2}\n  fix: {agent: x, on: {ok: it}}", FAILED, 1, None),
        ("  it: {run: [v], on: {error: who}, max_attempts: 1}\n  who: {ask: x, on: {ok: it}}", FAILED, 1, None),
        ("  it: {run: [v], on: {error: a}, max_attempts: 1}\n  a: {run: [a]}\n  b: {run: [b], on: {ok: a}}",
         FAILED, 1, None),
        # Without a cap of its own the loop has another one.
        ("  it: {run: [v], on: {error: fix}}\n  fix: {agent: x, on: {ok: it}}", FAILED, 7, None),
        ("  it: {run: [v], on: {ok: fail}}", OK, 1, "The workflow fails after the result ok of the step it."),
        ("  it: {ask: x, answers: {yes: ok, no: warning}, on: {warning: fail}}",
         make_result(data={"answer": "no", "comment": "ugly"}), 1,
         "The workflow fails after the result warning of the step it: The answer was no: ugly"),
        ("  it: {agent: x}", FAILED, 1, "The step it failed: It broke."),
        ("  it: {read_file: x}", FAILED, 1, "The step it failed: It broke."),
        ("  it: {run: [v], on: {error: finish}}", FAILED, 1, None),
    ],
)  # fmt: skip
def test_when_the_session_fails_and_why(steps: str, result: Result, attempt: int, reason: str | None) -> None:
    made = outcome(steps, result, attempt=attempt)
    assert made.failure_reason == reason
    assert made.status is (None if reason is None else SessionStatus.FAILED)


@pytest.mark.parametrize(
    ("head", "steps", "result", "status"),
    [
        ("commit: false", "  it: {run: [v]}", OK, SessionStatus.COMPLETE),
        ("commit: false", "  it: {run: [v], exit_codes: {0: warning}}", OK, SessionStatus.COMPLETE),
        ("commit: false", "  it: {run: [v], on: {error: finish}}", FAILED, SessionStatus.COMPLETE),
        ("commit: false", "  it: {run: [v]}\n  more: {run: [v]}", OK, None),
        ("commit: true", "  it: {run: [v]}", OK, None),
    ],
)
def test_the_last_step_completes_a_session_that_commits_nothing(
    head: str, steps: str, result: Result, status: SessionStatus | None
) -> None:
    assert outcome(steps, result, head=head).status is status
