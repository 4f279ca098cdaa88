import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.agents.test_claude_code_laws import JSON
from treadle.agents.telemetry import Usage, usages

ATTRIBUTES = {
    "session.id": {"stringValue": "c"},
    "event.name": {"stringValue": "api_request"},
    "event.timestamp": {"stringValue": "2026-11-27T01:22:45.527Z"},
    "event.sequence": {"intValue": 27},
    "prompt.id": {"stringValue": "p"},
    "model": {"stringValue": "claude-opus-5-5"},
    "input_tokens": {"intValue": "1000"},
    "output_tokens": {"stringValue": "49"},
    "cache_read_tokens": {"intValue": 7},
    "cache_creation_tokens": {"intValue": 20},
    "cost_usd": {"doubleValue": 0.00498},
    "duration_ms": {"intValue": 85},
}
USAGE = Usage(
    conversation_id="c",
    prompt_id="p",
    sequence=27,
    told_at=datetime(2026, 11, 27, 1, 22, 45, 527000, UTC),
    model="claude-opus-5-5",
    cost_usd=0.00498,
    input_tokens=1020,
    cached_tokens=7,
    output_tokens=49,
    duration_ms=85,
)


def body(name: str = "claude_code.api_request", /, **attributes: Any) -> dict[str, Any]:
    """As Claude Code sends it; whole numbers may be texts."""
    told = [{"key": key, "value": value} for key, value in {**ATTRIBUTES, **attributes}.items()]
    records = [{"body": {"stringValue": name}, "attributes": told}]
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": records}]}]}


def test_a_request_says_what_it_has_used() -> None:
    assert usages(body()) == [USAGE]


def test_everything_else_is_left_unread() -> None:
    assert usages(body("claude_code.user_prompt")) == []
    assert usages({"resourceLogs": "none"}) == []


def test_the_same_request_has_the_same_key_and_another_one_has_another() -> None:
    (again,) = usages(body())
    (later,) = usages(body(**{"event.sequence": {"intValue": 28}}))
    (resumed,) = usages(body(**{"event.timestamp": {"stringValue": "2026-11-27T02:00:00Z"}}))
    assert again.key == USAGE.key
    assert len({USAGE.key, later.key, resumed.key}) == 3


def test_a_cost_in_millionths_is_as_good() -> None:
    (usage,) = usages(body(cost_usd={"stringValue": "-"}, cost_usd_micros={"intValue": "4980"}))
    assert usage.cost_usd == USAGE.cost_usd


@given(values=st.dictionaries(st.sampled_from(sorted(ATTRIBUTES)), JSON | st.fixed_dictionaries({"intValue": JSON})))
def test_whatever_it_holds_no_number_is_wrong_in_kind(values: dict[str, Any]) -> None:
    for usage in usages(body(**values)):
        tokens = (usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.sequence)
        assert all(isinstance(number, int) and number >= 0 for number in tokens)
        assert usage.cost_usd >= 0
        json.dumps([usage.conversation_id, usage.prompt_id, usage.model, usage.cost_usd], allow_nan=False)
