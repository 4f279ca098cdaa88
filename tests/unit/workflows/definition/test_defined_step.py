"""What a step keeps, and where its result leads the session."""

from dataclasses import replace

import pytest

from tests.unit.workflows.definition.definitions import context_of, problem_of, session_type
from tests.unit.workflows.factories import make_interaction, make_project, make_result
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import SessionStatus
from treadle.workflows.contract import StepContext, StepOutcome
from treadle.workflows.definition.missing_values import NO_TESTS

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


def test_a_text_that_cannot_be_kept_is_an_error_of_the_step_which_keeps_what_it_did() -> None:
    made = outcome(
        '  it: {run: [v], save: {good: a, bad: "{{ result.stdout + 1 }}"}, on: {error: b}}\n  b: {run: [b]}', OK
    )
    result = made.result
    assert (result.status, result.code, result.stdout) == ("error", 0, OK.stdout)
    assert str(result.error_message).startswith("The value bad of the step it cannot be made: ")
    assert str(result.data["digest"]).startswith(str(result.error_message))
    assert (made.state, made.status) == ({}, None)
    failed = outcome(
        '  it: {agent: x, save: {bad: "{{ result.text[5] }}{{ [1] | first + 1 }}"}}', make_result(data={"text": "a"})
    )
    assert (failed.status, failed.failure_reason) == (
        SessionStatus.FAILED,
        f"The step it failed: {failed.result.error_message}",
    )


LONG = make_result(data={"content": "x" * 300_000, "path": "a"})


@pytest.mark.parametrize(
    ("step", "context", "problem"),
    [
        (
            'ask: "{{ results.read.content }}{{ results.read.content * 1 }} ok?"',
            context_of(results={"read": LONG}),
            "The question of the step it cannot be made: the operator * is not allowed here.",
        ),
        (
            'agent: "{% for each in [1, 2, 3, 4] %}{{ results.read.content }}{% endfor %}"',
            context_of(results={"read": LONG}),
            "The prompt of the step it cannot be made: the text has more than 200000 characters.",
        ),
        (
            'run: [ls, "{{ parameters.files[0] }}"]',
            context_of(),
            "The command of the step it cannot be made: parameters.files has no element 0: it has 0.",
        ),
        (
            'agent: "Mend {{ component.name }}."',
            replace(context_of(), component=None),
            "The prompt of the step it cannot be made: component is empty: this session has no component.",
        ),
        (
            'run: [ls], working_directory: "{{ parameters.s }}"',
            context_of({"s": "../x"}),
            "The working directory of the step it must be relative and inside the project: '../x'.",
        ),
        (
            'run: ["{{ suite_command }}", -x]',
            replace(context_of(), project=replace(make_project(), settings={})),
            f"The command of the step it cannot be made: {{{{ suite_command }}}} is empty: {NO_TESTS}.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_made_of_the_values_is_an_error_that_leads_where_errors_lead(
    step: str, context: StepContext, problem: str
) -> None:
    head = "name: a\nparameters: {files: {type: list, default: []}, s: {default: ''}}\nsteps:\n"
    steps = f"  read: {{read_file: a}}\n  it: {{{step}, on: {{error: read}}, max_attempts: 2}}"
    it = session_type(head + steps).step("it")
    assert it is not None
    assert problem_of(it, context) == problem
    pending = replace(make_interaction("it"), command=it.get_command(context))
    waiting = replace(context, session=replace(context.session, pending_interaction=pending))
    made = it.handle_result(waiting, make_result())
    assert (made.result.status, made.result.error_message, made.status) == ("error", problem, None)
    spent = it.handle_result(replace(waiting, attempt=2), make_result())
    assert spent.failure_reason == f"The step it did not succeed in 2 attempts: {problem}"
    # A person who gives it another command has mended it.
    mended = replace(pending, command=replace(pending.command, command="ls"))
    if "ask" not in step:
        waiting = replace(context, session=replace(context.session, pending_interaction=mended))
        assert it.handle_result(waiting, make_result()).result.status == "ok"


def test_of_a_long_file_a_question_has_both_ends() -> None:
    it = session_type("name: a\nsteps:\n  read: {read_file: a}\n  it: {ask: '{{ results.read.content }} ok?'}").step(
        "it"
    )
    assert it is not None
    question = str(it.get_command(context_of(results={"read": LONG})).metadata["question"])
    assert "bytes left out" in question
    assert len(question) < 66_000


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
