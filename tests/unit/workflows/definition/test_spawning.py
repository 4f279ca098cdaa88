"""Which sessions a step of a workflow file wants below its own."""

from dataclasses import replace

from tests.unit.workflows.definition.definitions import context_of, problem_of, session_type
from tests.unit.workflows.factories import COMPONENT, make_interaction, make_result
from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.domain.session import ChildSession, SessionStatus
from treadle.workflows.contract import StepContext, WantedChild
from treadle.workflows.definition.spawning import DefinedSpawn

OTHER = replace(COMPONENT, id=8, name="Parser", parent_component_id=7)
HEAD = "name: a\nparameters: {who: {default: you}}\nsteps:\n"


def step_of(text: str) -> DefinedSpawn:
    step = session_type(HEAD + text).step("share")
    assert isinstance(step, DefinedSpawn)
    return step


def context(*components: Component, **fields: object) -> StepContext:
    base = context_of({"model": "m", "max_parallel": 2})
    return replace(base, components=components or (COMPONENT, OTHER), **fields)  # type: ignore[arg-type]


def child(number: int, status: SessionStatus = SessionStatus.COMPLETE, component_id: int | None = None) -> ChildSession:
    return ChildSession(
        id=number,
        type="task",
        component_id=component_id,
        title=None,
        status=status,
        failure_reason=None,
        is_paused=False,
        state={},
        cost_usd=None,
    )


def test_without_components_it_is_one_session_with_filled_in_options() -> None:
    options = '{description: "Greet {{ parameters.who }}.", list: ["{{ parameters.who }}"], n: 3}'
    step = step_of(f"  share: {{spawn: task, options: {options}}}")
    assert step.wanted_children(context()) == (
        WantedChild(
            type="task",
            title="Share",
            options={"model": "m", "description": "Greet you.", "list": ["you"], "n": 3},
        ),
    )


def test_one_session_for_each_component_that_is_named() -> None:
    wanted = step_of("  share: {spawn: component_test, components: [Parser, Calculator]}").wanted_children(context())
    assert [(each.component_id, each.title) for each in wanted] == [(8, "Parser"), (7, "Calculator")]


def test_one_session_for_each_part_of_the_sessions_own_component() -> None:
    step = step_of("  share: {spawn: component_test, components: parts}")
    assert [each.component_id for each in step.wanted_children(context())] == [8]
    assert step.wanted_children(context(COMPONENT)) == ()
    assert problem_of(step, context(COMPONENT)).startswith("Calculator has no components")


def test_a_component_that_has_gone_since_the_session_began_is_named() -> None:
    step = step_of("  share: {spawn: component_test, components: [Parser]}")
    assert step.wanted_children(context(COMPONENT)) == ()
    assert problem_of(step, context(COMPONENT)) == "The project has no component Parser."


def test_an_option_that_cannot_be_made_is_told() -> None:
    step = step_of("  share: {spawn: task, options: {description: '{{ parameters.who + 1 }}'}}")
    assert step.wanted_children(context()) == ()
    assert problem_of(step, context()).startswith("The option description of the step share cannot be made: ")


def test_sessions_that_cannot_be_made_are_told() -> None:
    step = step_of("  share: {spawn: task}")
    assert problem_of(step, context(children_problem="The option who is not valid.")) == "The option who is not valid."


def test_how_many_at_once_the_step_says_and_else_the_person() -> None:
    children = (child(3),)
    own = step_of("  share: {spawn: task, max_parallel: 5}").get_command(context(children=children))
    assert (own.metadata["max_parallel"], own.metadata["child_session_ids"]) == (5, [3])
    assert step_of("  share: {spawn: task}").get_command(context(children=children)).metadata["max_parallel"] == 2


SUMMARY = {"children": [{"session_id": 3}]}
FAILED = make_result(ResultStatus.ERROR, data=SUMMARY)


def test_a_step_that_is_tried_again_goes_on_with_its_sessions() -> None:
    step = step_of("  share: {spawn: task, max_attempts: 2}\n  more: {spawn: task}")
    tried = context(children=(child(3, SessionStatus.ACTIVE),), last_results={"share": FAILED})
    assert step.get_command(tried).metadata["child_session_ids"] == [3]


def test_what_another_step_or_an_earlier_time_has_made_is_not_its_own() -> None:
    step = step_of("  share: {spawn: task}\n  more: {spawn: task}")
    for results in ({"more": make_result(data=SUMMARY)}, {"more": FAILED}, {"share": make_result(data=SUMMARY)}):
        later = context(children=(child(3), child(4)), last_results=results)
        (wanted,) = step.wanted_children(later)
        assert wanted.besides == {3}
        assert step.get_command(later).metadata["child_session_ids"] == [4]


def test_the_stored_statuses_decide_and_the_session_fails_with_them() -> None:
    step = step_of("  share: {spawn: task}")
    pending = make_interaction("share", child_session_ids=[3])
    session = replace(context_of().session, pending_interaction=pending)
    for status, read, failed in (
        (SessionStatus.COMPLETE, "ok", None),
        (SessionStatus.ACTIVE, "pending", None),
        (SessionStatus.FAILED, "error", SessionStatus.FAILED),
    ):
        outcome = step.handle_result(context(children=(child(3, status),), session=session), make_result())
        assert (outcome.result.status, outcome.status) == (read, failed)
