import pytest

from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.session_type import session_type_of
from treadle.workflows.definition.starter import is_workflow_name, starter


@pytest.mark.parametrize("name", ["a", "check_it", "check-it", "x" * 64, "a-", "a_"])
def test_it_is_a_workflow_without_any_complaint(name: str) -> None:
    analysis = analyse(starter(name))
    assert analysis.diagnostics == ()
    assert analysis.definition is not None
    made = session_type_of(analysis.definition)
    assert (made.id, [step.name for step in made.line]) == (name, ["initialize", "check", "finalize"])
    # Every parameter has a default, so it runs as it is.
    made.options.model_validate_json("{}")


@pytest.mark.parametrize("name", ["", "A", "1a", "-a", "a b", "a.b", "x" * 65, "a\n", "../a", "ä"])
def test_a_name_is_short_plain_and_small(name: str) -> None:
    assert not is_workflow_name(name)
