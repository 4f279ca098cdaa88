from tests.unit.workflows.definition.marked import WORKFLOW
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.lenses import Lens, lens
from treadle.workflows.definition.source import Span


def test_a_valid_workflow_can_be_run_from_its_name() -> None:
    assert lens(analyse(WORKFLOW)) == Lens(Span(0, 4), "fix_it", errors=0)


def test_a_broken_one_cannot_but_has_its_name() -> None:
    assert lens(analyse(WORKFLOW.replace("error: fix", "error: fxi"))) == Lens(Span(0, 4), "fix_it", errors=1)


def test_without_a_name_there_is_none() -> None:
    for text in ("", "- a", "name:\n", "name: [a]\n", WORKFLOW.replace("name: fix_it\n", "")):
        assert lens(analyse(text)) is None
