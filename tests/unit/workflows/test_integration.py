import pytest

from tests.unit.workflows.factories import (
    COMPONENT,
    case,
    make_context,
    make_interaction,
    make_project,
    make_result,
    make_run,
    report,
)
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import StepContext
from treadle.workflows.integration import (
    FixIntegration,
    GenerateIntegrationTests,
    InitializeIntegration,
    RunIntegrationTests,
    RunSuite,
)

PATH = "tests/integration/test_shop.py"
SHOP = Component(id=9, project_id=3, name="Shop", kind="context", paths={"design": "docs/design/shop.md"})
PYTHON = make_project(language="python")
NEW = "tests.test_calculator::new"


def context(**changes: object) -> StepContext:
    return make_context(**{"component": SHOP, "components": (SHOP, COMPONENT), "project": PYTHON, **changes})


def test_the_new_tests_are_run_by_themselves_and_then_all() -> None:
    alone, all_of_them = RunIntegrationTests().get_command(context()), RunSuite().get_command(context())
    assert PATH in alone.metadata["argv"]  # type: ignore[operator]
    assert PATH in alone.metadata["fingerprints"]  # type: ignore[operator]
    assert PATH not in all_of_them.metadata["argv"]  # type: ignore[operator]


def test_a_component_may_say_where_they_are() -> None:
    declared = Component(id=9, project_id=3, name="Shop", kind="context", paths={"integration": "e2e/shop.py"})
    assert "e2e/shop.py" in RunIntegrationTests().get_command(context(component=declared)).metadata["argv"]  # type: ignore[operator]


def test_where_there_is_no_custom_the_path_must_be_declared() -> None:
    with pytest.raises(ProjectInvalidError, match=r"add paths\.integration"):
        InitializeIntegration().get_command(context(project=make_project(test_tool="cargo")))


@pytest.mark.requirement("integration.suite-contains-the-new-tests")
def test_the_whole_suite_must_pass_and_contain_them() -> None:
    outcome = RunIntegrationTests().handle_result(context(), make_run(report(case("new")), 0))
    assert outcome.result.data["names"] == [NEW]
    assert outcome.state == {}, "what is in a session's state goes out with every head of it"
    after = context(last_results={"run_integration_tests": outcome.result})

    def suite(*cases: str, code: int = 0) -> tuple[ResultStatus, str | None]:
        result = RunSuite().handle_result(after, make_run(report(*cases), code)).result
        return result.status, result.error_message

    assert suite(case("new"), case("old")) == (ResultStatus.OK, None)
    missing = f"The whole suite does not run 1 of the new tests: {NEW}."
    assert suite(case("old")) == (ResultStatus.ERROR, missing)
    assert suite(case("new"), case("old", "failure"), code=1) == (ResultStatus.ERROR, "1 of 2 tests did not pass.")


def test_many_and_long_names_are_not_all_kept() -> None:
    many = [case(f"new {number} {'n' * 1_000}") for number in range(501)]
    result = RunIntegrationTests().handle_result(context(), make_run(report(*many), 0)).result
    names = result.data["names"]
    assert isinstance(names, list)
    assert (len(names), {len(name) for name in names}) == (500, {200})
    after = context(last_results={"run_integration_tests": result})
    assert RunSuite().handle_result(after, make_run(report(*many), 0)).result.status is ResultStatus.OK
    assert RunSuite().handle_result(after, make_run(report(*many[:499]), 0)).result.status is ResultStatus.ERROR


@pytest.mark.parametrize("judge", ["run_integration_tests", "run_suite"])
def test_a_fix_is_told_what_the_last_run_showed(judge: str) -> None:
    results = {
        step: make_result(ResultStatus.ERROR, error_message=f"{step} failed.")
        for step in ("run_integration_tests", "run_suite")
    }
    command = FixIntegration().get_command(context(last_results=results, last_interaction=make_interaction(judge)))
    assert f"{judge} failed." in str(command.metadata["prompt"])
    assert f"`{PATH}`" in str(command.metadata["prompt"])


def test_a_fix_that_is_tried_again_is_told_of_the_judge_that_failed() -> None:
    """The last step was the fix itself, and the first judge had passed."""
    results = {
        "run_integration_tests": make_result(data={"digest": "3 tests passed."}),
        "run_suite": make_result(ResultStatus.ERROR, error_message="1 of 9 failed.", data={"digest": "E   assert 0"}),
    }
    text = str(
        FixIntegration()
        .get_command(context(last_results=results, last_interaction=make_interaction("fix")))
        .metadata["prompt"]
    )
    assert "1 of 9 failed." in text
    assert "3 tests passed." not in text


def test_the_agent_is_told_of_the_parts() -> None:
    part = Component(
        id=7, project_id=3, name="Cart", kind="module", parent_component_id=9, paths={"code": "src/shop/cart.py"}
    )
    text = str(GenerateIntegrationTests().get_command(context(components=(SHOP, part))).metadata["prompt"])
    assert "- `Cart` in `src/shop/cart.py`" in text
    assert f"`{PATH}`" in text
