import pytest

from treadle.domain.event import (
    DEFAULT_PAGE_EVENTS,
    FILE_EVENTS,
    MAX_BATCH_BYTES,
    MAX_DATA_BYTES,
    MAX_PAGE_BYTES,
    MAX_PAGE_EVENTS,
    EventType,
)


@pytest.mark.requirement("event.types")
def test_the_eighteen_types() -> None:
    assert len(EventType) == 18
    assert {each.value for each in FILE_EVENTS} == {"file_created", "file_modified", "file_deleted"}


def test_limits_fit_together() -> None:
    """The largest event fits into a batch and into a page."""
    assert MAX_DATA_BYTES < MAX_PAGE_BYTES <= MAX_BATCH_BYTES
    assert DEFAULT_PAGE_EVENTS <= MAX_PAGE_EVENTS
