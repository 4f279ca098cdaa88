import pytest

from tests.unit.workflows.factories import make_context, make_project
from treadle.service.project_settings import parse
from treadle.workflows.component_coding import GenerateImplementation
from treadle.workflows.component_test import GenerateTests
from treadle.workflows.contract import StepContext
from treadle.workflows.gates import gate_of
from treadle.workflows.stages import Stage

MAKE_LINT = {"argv": ["make", "lint"], "timeout_s": 300, "max_runs": 3}


def declared(content: bytes) -> StepContext:
    return make_context(project=make_project(**parse(content).settings))


@pytest.mark.parametrize(
    ("stage", "gate"),
    [("design", None), ("tests", None), ("code", MAKE_LINT), ("integration", MAKE_LINT), ("task", MAKE_LINT)],
)
def test_a_gate_is_for_what_leaves_the_project_in_order(stage: Stage, gate: dict[str, object] | None) -> None:
    assert gate_of(declared(b"gate: make lint\n"), stage) == gate


def test_a_gate_as_its_project_says() -> None:
    context = declared(b"gate: {command: [check, a b], stages: [tests], max_runs: 5, timeout_s: 1.5}\n")
    assert gate_of(context, "tests") == {"argv": ["check", "a b"], "timeout_s": 1.5, "max_runs": 5}
    assert gate_of(context, "code") is None


def test_no_project_and_no_setting_mean_no_gate() -> None:
    assert gate_of(make_context(project=None), "code") is None
    assert gate_of(make_context(), "code") is None


def test_the_runs_of_a_gate_take_nothing_of_the_agents_own_time() -> None:
    context = declared(b"gate: {command: make, max_runs: 5, timeout_s: 600}\n")
    assert GenerateImplementation().get_command(context).metadata["timeout_s"] == 1_800 + 5 * 600
    assert GenerateTests().get_command(context).metadata["timeout_s"] == 1_800
