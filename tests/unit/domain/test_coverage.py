"""Which sources of a terminal tell something, by what was heard from each of them and when."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import START
from treadle.domain.coverage import Activity, Source, SourceState, SourceTimes, activity_of, expecting
from treadle.domain.event import EventType

HOOKS, TRANSCRIPT, STATUS, OUTPUT, TELEMETRY = Source


def at(seconds: float) -> Any:
    return START + timedelta(seconds=seconds)


HEARD = SourceTimes().heard(at(0))
EXPECTED = SourceTimes().expected(at(0))


@pytest.mark.requirement("terminal.coverage")
@pytest.mark.parametrize(
    ("times", "seconds", "state"),
    [
        pytest.param(SourceTimes(), 99, SourceState.WAITING, id="nothing-happened"),
        pytest.param(EXPECTED, 10, SourceState.WAITING, id="it-may-come-yet"),
        pytest.param(EXPECTED, 10.1, SourceState.SILENT, id="it-never-came"),
        pytest.param(EXPECTED.heard(at(99)), 999, SourceState.LIVE, id="it-came-late"),
        pytest.param(HEARD, 999, SourceState.LIVE, id="nothing-happened-since"),
        pytest.param(HEARD.expected(at(10)), 99, SourceState.LIVE, id="it-had-just-told-of-it"),
        pytest.param(HEARD.expected(at(-60)), 99, SourceState.LIVE, id="it-happened-before"),
        pytest.param(HEARD.expected(at(11)), 21, SourceState.LIVE, id="it-may-come-again"),
        pytest.param(HEARD.expected(at(11)), 22, SourceState.SILENT, id="it-has-stopped"),
        pytest.param(HEARD.expected(at(11)).expected(at(21)), 22, SourceState.SILENT, id="the-first-one-counts"),
        pytest.param(HEARD.expected(at(11)).heard(at(23)), 99, SourceState.LIVE, id="it-is-back"),
        pytest.param(SourceTimes(off_reason="so").expected(at(0)), 99, SourceState.OFF, id="it-was-never-to-come"),
    ],
)
def test_the_state_of_a_source(times: SourceTimes, seconds: float, state: SourceState) -> None:
    assert times.state(at(seconds)) is state


def test_what_is_heard_is_counted() -> None:
    times = SourceTimes().heard(at(1)).heard(at(2), count=3)
    assert times == SourceTimes(count=4, first_at=at(1), last_at=at(2))


@pytest.mark.parametrize(
    ("activity", "silent"),
    [
        (Activity.PROMPT, {HOOKS, STATUS}),
        (Activity.WORK, {HOOKS}),
        (Activity.TURN_END, {HOOKS, STATUS, TELEMETRY}),
    ],
)
def test_what_one_source_tells_others_must_tell_too(activity: Activity, silent: set[Source]) -> None:
    sources = expecting({TRANSCRIPT: SourceTimes().heard(at(1))}, activity, at(0))
    assert {each for each, times in sources.items() if times.state(at(99)) is SourceState.SILENT} == silent
    assert sources[TRANSCRIPT].state(at(99)) is SourceState.LIVE


@pytest.mark.parametrize(
    ("event_type", "data", "activity"),
    [
        (EventType.CONVERSATION_MESSAGE_SENT, {"text": "Do it."}, Activity.PROMPT),
        (EventType.TOOL_CALLED, {}, Activity.WORK),
        (EventType.SESSION_STATUS_CHANGED, {"action": "turn_ended"}, Activity.TURN_END),
        (EventType.SESSION_STATUS_CHANGED, {"agent_status": "idle"}, None),
        (EventType.COMMAND_OUTPUT, {"live": True}, None),
    ],
)
def test_which_events_are_told_by_several(
    event_type: EventType, data: dict[str, object], activity: Activity | None
) -> None:
    assert activity_of(event_type, data) is activity
