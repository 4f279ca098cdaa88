"""What is told of changed files, when, and what is left to the tool that did it; the time is the test's."""

import pytest

from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventType
from treadle.runner.file_news import HOLD_SECONDS, MAX_HOLD_SECONDS, MAX_SINGLE, REPEAT_SECONDS, FileNews
from treadle.runner.project_files import Stamp

LATER = HOLD_SECONDS + 0.1


def stamp(number: int) -> Stamp:
    return (number, 1, 1, 0o100644)


def told(events: list[EventDraft]) -> list[tuple[str, object]]:
    return [(event.event_type.value.removeprefix("file_"), event.data["path"]) for event in events]


@pytest.fixture
def news() -> FileNews:
    return FileNews({"old": stamp(1), "other": stamp(1)})


def test_a_file_is_created_modified_or_deleted_against_how_it_was(news: FileNews) -> None:
    news.seen({"new": stamp(1), "old": stamp(2), "other": None}, 0.0, 0.5)
    assert news.due(0.5) == []
    assert told(news.due(0.5 + LATER)) == [("created", "new"), ("modified", "old"), ("deleted", "other")]
    assert news.due(9.0, is_over=True) == []


def test_what_was_there_for_a_moment_or_came_back_as_it_was_is_nothing(news: FileNews) -> None:
    news.seen({"new": stamp(1), "old": None}, 0.0, 0.2)
    news.seen({"new": None, "old": stamp(1)}, 0.2, 0.4)
    assert news.due(9.0, is_over=True) == []


def test_a_file_that_is_made_again_is_modified(news: FileNews) -> None:
    news.seen({"old": None}, 0.0, 0.2)
    news.seen({"old": stamp(7)}, 0.2, 0.4)
    assert told(news.due(9.0)) == [("modified", "old")]


def test_what_a_tool_tells_is_not_told_again(news: FileNews) -> None:
    """Whether it is heard before the file is seen, or after."""
    news.seen({"old": stamp(2)}, 0.0, 0.2)
    news.told_by_tool("old", stamp(2))
    news.told_by_tool("new", stamp(5))
    news.seen({"new": stamp(5), "old": stamp(2)}, 0.2, 0.4)
    assert news.due(9.0) == []
    news.seen({"new": stamp(6)}, 9.0, 9.2)
    assert told(news.due(20.0)) == [("modified", "new")]


def test_a_deletion_that_a_tool_tells_is_not_told_again(news: FileNews) -> None:
    news.told_by_tool("old", None)
    news.seen({"old": None}, 0.0, 0.2)
    assert news.due(9.0, is_over=True) == []


def test_news_wait_for_the_tool_that_is_open(news: FileNews) -> None:
    news.call_opened("call", "Bash", 0.0)
    news.seen({"old": stamp(2)}, 0.0, 0.5)
    assert news.due(30.0) == []
    news.call_closed("call", 30.0)
    (event,) = news.due(30.1)
    assert (event.data["path"], event.data["during"]) == ("old", "call")


def test_but_not_for_ever_and_not_for_one_that_only_starts_an_agent(news: FileNews) -> None:
    news.call_opened("agent", "Task", 0.0)
    news.seen({"other": stamp(2)}, 0.0, 0.5)
    assert told(news.due(0.5 + LATER)) == [("modified", "other")]
    news.call_opened("call", "Bash", 2.0)
    news.seen({"old": stamp(2)}, 2.0, 2.5)
    assert told(news.due(2.5 + MAX_HOLD_SECONDS)) == [("modified", "old")]


@pytest.mark.parametrize(
    ("opened", "closed", "during"),
    [
        ((1.0,), (None,), "0"),
        ((1.0,), (2.5,), "0"),
        ((1.0,), (1.9,), None),
        ((1.0, 1.0), (None, 2.5), None),
        ((), (), None),
    ],
    ids=["open", "just ended", "ended before", "two at once", "none"],
)
def test_a_call_is_named_when_it_was_the_only_one(
    news: FileNews, opened: tuple[float, ...], closed: tuple[float | None, ...], during: str | None
) -> None:
    for number, (begin, end) in enumerate(zip(opened, closed, strict=True)):
        news.call_opened(str(number), "Bash", begin)
        if end is not None:
            news.call_closed(str(number), end)
    news.seen({"old": stamp(2)}, 2.0, 3.0)
    (event,) = news.due(4.0, is_over=True)
    assert event.data.get("during") == during


def test_a_file_that_goes_on_changing_is_told_now_and_then_and_at_the_end(news: FileNews) -> None:
    times = []
    for tenth in range(250):
        now = tenth / 10
        news.seen({"old": stamp(tenth + 2)}, now - 0.1, now)
        times += [now for _ in news.due(now)]
    assert len(times) == 3
    assert times[1] - times[0] >= REPEAT_SECONDS
    news.seen({"old": stamp(999)}, 25.0, 25.1)
    assert told(news.due(25.2, is_over=True)) == [("modified", "old")]


def test_what_a_tool_made_is_not_made_again_when_it_changes_before_it_was_seen(news: FileNews) -> None:
    news.told_by_tool("new", stamp(1))
    news.seen({"new": stamp(2)}, 0.0, 0.1)
    assert told(news.due(0.1 + LATER)) == [("modified", "new")]


def test_its_end_is_told_at_once(news: FileNews) -> None:
    news.seen({"old": stamp(2)}, 0.0, 0.1)
    news.due(2.0)
    news.seen({"old": None}, 2.0, 2.1)
    assert told(news.due(2.1 + LATER)) == [("deleted", "old")]


def test_of_very_many_the_rest_is_counted(news: FileNews) -> None:
    many: dict[str, Stamp | None] = {f"a/b/{number:05}": stamp(1) for number in range(50_000)}
    news.seen({**many, "a/old": stamp(1)}, 0.0, 1.0)
    *singles, rest = news.due(3.0)
    assert len(singles) == MAX_SINGLE
    assert rest.event_type is EventType.FILE_CREATED
    assert rest.data == {"more_files": 50_001 - MAX_SINGLE, "folder": "a", "created": 50_001 - MAX_SINGLE}
    assert news.due(3.5) == []


def test_counts_come_now_and_then_and_single_files_again_when_it_is_quiet(news: FileNews) -> None:
    counts = singles = 0
    for second in range(60):
        news.seen({f"{second}/{number}": stamp(1) for number in range(1_000)}, second - 0.5, float(second))
        for event in news.due(second + LATER - 1.0):
            counts += "more_files" in event.data
            singles += "path" in event.data
    assert counts <= 7
    assert MAX_SINGLE <= singles <= MAX_SINGLE + 60
    rest = news.due(61.0, is_over=True)
    assert sum("more_files" in event.data for event in rest) == 1
    news.seen({"old": stamp(5)}, 99.0, 100.0)
    assert told(news.due(102.0)) == [("modified", "old")]


def test_a_count_says_what_of_each(news: FileNews) -> None:
    news.seen({str(number): stamp(1) for number in range(MAX_SINGLE)}, 0.0, 0.1)
    news.seen({"old": None, "other": stamp(2), "x/y": stamp(1), "x/z": stamp(1)}, 0.1, 0.2)
    rest = news.due(3.0)[-1]
    assert rest.event_type is EventType.FILE_CREATED
    assert rest.data == {"more_files": 4, "folder": ".", "created": 2, "deleted": 1, "modified": 1}
