from treadle.workflows.definition.descriptions import OF_FILTERS, OF_TARGETS, OF_TESTS, of_status
from treadle.workflows.definition.model import STATUSES, TARGETS
from treadle.workflows.prompt_bounds import COUNTED, bounded_filters
from treadle.workflows.prompt_templates import PromptEnvironment


def test_every_filter_is_described_and_no_other() -> None:
    assert OF_FILTERS.keys() == PromptEnvironment().filters.keys() - {COUNTED}
    assert OF_FILTERS.keys() > bounded_filters().keys() - {COUNTED}


def test_targets_and_statuses_are_described() -> None:
    assert set(OF_TARGETS) == set(TARGETS)
    assert all(of_status(status) for status in STATUSES)


def test_the_tests_are_such_as_there_are() -> None:
    assert OF_TESTS.keys() < PromptEnvironment().tests.keys()
