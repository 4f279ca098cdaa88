"""Loops and ways through a workflow."""

import pytest

from treadle.workflows.definition.analysis import analyse


def told(*steps: str) -> list[str]:
    text = "name: x\nsteps:\n" + "".join(f"  {step}\n" for step in steps)
    return [f"{each.code}: {each.message}" for each in analyse(text).diagnostics]


@pytest.mark.parametrize(
    "steps",
    [
        ('test: {run: "true", max_attempts: 3, on: {ok: finish, error: fix}}', "fix: {agent: Do it., on: {ok: test}}"),
        ('work: {run: "true"}', 'ask: {ask: "Good?", on: {error: work}}'),
        ('work: {run: "true"}', 'ask: {ask: "Good?", answers: {a: ok, b: warning}, on: {ok: work, warning: finish}}'),
        ('a: {run: "true", on: {ok: c}}', 'b: {run: "true"}', 'c: {run: "true", max_attempts: 2, on: {error: b}}'),
        ('a: {run: "true", max_attempts: 9}',),
        ('a: {run: "true", max_attempts: 9, on: {error: a}}',),
        ('a: {run: "true", on: {ok: finish, warning: fail, error: finish}}',),
    ],
)
def test_a_loop_with_a_cap_is_fine(steps: tuple[str, ...]) -> None:
    found = [each for each in told(*steps) if not each.startswith("loop_without_cap: The loop b → c → b")]
    assert found == []


def test_a_cap_that_counts_other_results_is_none() -> None:
    (message,) = told('test: {run: "true", max_attempts: 3}', "fix: {agent: Do it., on: {ok: test}}")
    assert message.startswith("loop_without_cap: The loop test → fix → test has no cap")


def test_each_loop_is_told_once() -> None:
    steps = (
        'a: {run: "true"}',
        'b: {run: "true", on: {ok: a, warning: a, error: c}}',
        'c: {run: "true", on: {ok: b}}',
    )
    assert [message.partition(" has no cap")[0] for message in told(*steps)] == [
        "loop_without_cap: The loop a → b → a",
        "loop_without_cap: The loop b → c → b",
    ]


def test_a_long_loop_is_shortened() -> None:
    steps = [f'step_{number}: {{run: "true"}}' for number in range(50)]
    (message,) = told(*steps, 'last: {run: "true", on: {ok: step_0}}')
    assert "The loop step_0 → step_1 → step_2 → step_3 → … → step_49 → last → step_0 has no cap" in message


def test_a_hundred_steps_that_all_lead_to_each_other_take_no_time() -> None:
    steps = [f'step_{number}: {{run: "true", on: {{ok: step_{99 - number}, error: step_0}}}}' for number in range(100)]
    assert told(*steps)


def test_a_step_behind_an_answer_that_nobody_can_give_is_never_reached() -> None:
    steps = (
        'first: {ask: "Good?", answers: {a: ok, b: warning}, on: {ok: finish, warning: finish, error: mend}}',
        "mend: {agent: Do it.}",
    )
    assert told(*steps) == ["unreachable_step: The step mend is never reached: no route leads to it."]


def test_a_typing_mistake_in_a_route_does_not_make_its_step_unreachable() -> None:
    steps = ('test: {run: "true", on: {ok: finish, error: fxi}}', "fix: {agent: Do it.}")
    assert told(*steps) == ["unknown_step: There is no step fxi; did you mean fix?"]
