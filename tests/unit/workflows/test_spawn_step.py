from dataclasses import replace

import pytest

from tests.unit.workflows.factories import COMPONENT, make_context, make_interaction, make_result, make_session
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import ChildSession, SessionStatus
from treadle.workflows.context_sessions import CONTEXT_CODING, SpawnCoding
from treadle.workflows.contract import StepContext

SHOP = Component(id=9, project_id=3, name="Shop", kind="context")
CART = replace(COMPONENT, id=1, name="Cart", parent_component_id=9)
PRICES = replace(COMPONENT, id=2, name="Prices", parent_component_id=9)
STEP = SpawnCoding()
DONE = SessionStatus.COMPLETE


def child(
    number: int, component: int, status: SessionStatus = SessionStatus.COMPLETE, **fields: object
) -> ChildSession:
    made = ChildSession(
        id=number,
        type="component_coding",
        component_id=component,
        title="Cart" if component == 1 else "Prices",
        status=status,
        failure_reason=None,
        is_paused=False,
        state={},
        cost_usd=0.5,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def context(*children: ChildSession, **options: object) -> StepContext:
    session = make_session(type="context_coding", component_id=9, options=options)
    return make_context(session=session, component=SHOP, components=(CART, PRICES, SHOP), children=children)


def judged(*children: ChildSession, result: Result | None = None, named: list[int] | None = None) -> Result:
    given = context(*children)
    pending = make_interaction(STEP.name, child_session_ids=named or [each.id for each in children])
    given = replace(given, session=replace(given.session, pending_interaction=pending))
    return STEP.handle_result(given, result or make_result()).result


@pytest.mark.requirement("spawn.one-child-per-item")
def test_each_part_of_the_context_gets_a_session_that_inherits_the_agents_options() -> None:
    wanted = STEP.wanted_children(context(model="opus", max_turns=7, max_parallel=2))
    assert [(each.type, each.component_id, each.title) for each in wanted] == [
        ("component_coding", 1, "Cart"),
        ("component_coding", 2, "Prices"),
    ]
    assert {str(each.options) for each in wanted} == {"{'model': 'opus', 'max_turns': 7}"}


def test_the_command_names_the_newest_child_of_each_part_in_their_order() -> None:
    old, other, new = child(4, 1, SessionStatus.CANCELLED), child(5, 2), child(6, 1)
    command = STEP.get_command(context(old, other, new, max_parallel=2))
    assert command.metadata == {"child_session_ids": [6, 5], "session_type": "component_coding", "max_parallel": 2}


def test_a_context_without_parts_is_said_before_anything_runs() -> None:
    bare = make_context(session=make_session(component_id=9), component=SHOP, components=(SHOP,))
    with pytest.raises(ProjectInvalidError, match=r"Shop has no components: design it first \(context_design\)"):
        CONTEXT_CODING.line[0].get_command(bare)


def test_a_part_without_the_paths_that_its_session_needs_is_named_before_anything_runs() -> None:
    part = replace(CART, paths={"code": "src/cart.py"})
    bare = make_context(session=make_session(component_id=9), component=SHOP, components=(SHOP, part))
    with pytest.raises(ProjectInvalidError, match="The component Cart has no path for its tests"):
        CONTEXT_CODING.line[0].get_command(bare)


@pytest.mark.requirement("spawn.stored-statuses-decide")
@pytest.mark.parametrize(
    ("first", "second", "status", "said"),
    [
        (SessionStatus.COMPLETE, SessionStatus.COMPLETE, ResultStatus.OK, None),
        (SessionStatus.ACTIVE, SessionStatus.FAILED, ResultStatus.PENDING, None),
        (SessionStatus.COMPLETE, SessionStatus.FAILED, ResultStatus.ERROR, "Session 5 (Prices) is not done"),
        (SessionStatus.CANCELLED, SessionStatus.FAILED, ResultStatus.ERROR, "Sessions 4 (Cart) and 5 (Prices) are not"),
    ],
)
@pytest.mark.parametrize("reported", [ResultStatus.OK, ResultStatus.ERROR])
def test_the_stored_statuses_decide(
    first: SessionStatus, second: SessionStatus, status: ResultStatus, said: str | None, reported: ResultStatus
) -> None:
    result = judged(
        child(4, 1, first), child(5, 2, second, failure_reason="Five attempts."), result=make_result(reported)
    )
    if status is ResultStatus.OK and reported is ResultStatus.ERROR:
        assert (result.status, result.error_message) == (ResultStatus.ERROR, "It did not work.")
        return
    assert result.status is status
    assert (said or "") in (result.error_message or "")


def test_the_children_are_told_by_what_is_stored_and_what_the_client_did_with_them() -> None:
    told = {"children": [{"session_id": 4, "status": "failed", "merged": True, "cost_usd": 99}]}
    result = judged(child(4, 1, state={"branch": "treadle/4-x", "commit": "abc"}), result=make_result(data=told))
    assert result.data["children"] == [
        {
            "session_id": 4,
            "title": "Cart",
            "status": "complete",
            "merged": True,
            "cost_usd": 0.5,
            "reason": None,
            "branch": "treadle/4-x",
            "commit": "abc",
        }
    ]


def test_a_child_that_was_deleted_is_no_work_done() -> None:
    result = judged(child(4, 1), named=[4, 5])
    assert (result.status, result.error_message) == (
        ResultStatus.ERROR,
        "Deleted before its work could be used: session 5.",
    )
