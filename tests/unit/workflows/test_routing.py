"""Laws of the session types: every step has a way on, whatever its result."""

import pytest

from tests.unit.workflows.factories import make_completed
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType
from treadle.workflows.registry import Registry

TYPES = Registry.installed().types
FINAL = (ResultStatus.OK, ResultStatus.WARNING, ResultStatus.ERROR)


def following(session_type: SessionType, step: str, status: ResultStatus) -> str | None:
    found = session_type.next_step(make_completed(session_type, step, status))
    return found.name if found is not None else None


@pytest.mark.requirement("routing.default", "defect.step-missing-from-a-list")
@pytest.mark.parametrize("session_type", TYPES, ids=lambda session_type: session_type.id)
def test_every_result_of_every_step_leads_to_a_step_of_the_type(session_type: SessionType) -> None:
    last = session_type.line[-1].name
    for step in session_type.steps:
        for status in FINAL:
            target = following(session_type, step.name, status)
            if step.name == last and status is not ResultStatus.ERROR:
                assert target is None
            else:
                assert target in {each.name for each in session_type.steps}


@pytest.mark.parametrize("session_type", TYPES, ids=lambda session_type: session_type.id)
def test_good_results_alone_lead_from_each_step_to_the_end(session_type: SessionType) -> None:
    for step in session_type.steps:
        name: str | None = step.name
        for _ in range(len(session_type.steps) + 1):
            if name is not None:
                name = following(session_type, name, ResultStatus.OK)
        assert name is None


def test_the_way_of_component_test() -> None:
    (session_type,) = [each for each in TYPES if each.id == "component_test"]
    assert [step.name for step in session_type.line] == ["initialize", "generate_tests", "run_tests", "finalize"]
    assert following(session_type, "run_tests", ResultStatus.ERROR) == "fix_tests"
    assert following(session_type, "fix_tests", ResultStatus.OK) == "run_tests"
    assert following(session_type, "fix_tests", ResultStatus.ERROR) == "fix_tests"
    assert following(session_type, "generate_tests", ResultStatus.ERROR) == "generate_tests"


def test_the_way_of_component_coding() -> None:
    (session_type,) = [each for each in TYPES if each.id == "component_coding"]
    assert [step.name for step in session_type.line] == [
        "initialize",
        "generate_implementation",
        "run_tests",
        "finalize",
    ]
    assert following(session_type, "run_tests", ResultStatus.ERROR) == "fix_failures"
    assert following(session_type, "run_tests", ResultStatus.OK) == "finalize"
    assert following(session_type, "fix_failures", ResultStatus.WARNING) == "run_tests"


@pytest.mark.parametrize("type_id", ["context_design", "component_design"])
def test_the_way_of_the_design_types(type_id: str) -> None:
    (session_type,) = [each for each in TYPES if each.id == type_id]
    assert [step.name for step in session_type.line] == [
        "initialize",
        "generate_design",
        "validate_design",
        "finalize",
    ]
    assert following(session_type, "validate_design", ResultStatus.OK) == "finalize"
    assert following(session_type, "validate_design", ResultStatus.ERROR) == "revise_design"
    assert following(session_type, "revise_design", ResultStatus.OK) == "validate_design"
    assert following(session_type, "revise_design", ResultStatus.WARNING) == "validate_design"
    assert following(session_type, "revise_design", ResultStatus.ERROR) == "revise_design"
