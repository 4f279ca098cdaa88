"""Recordings of the real Claude Code as session events."""

import pytest

from tests.unit.agents.player import PROJECT, of_type, played, told
from treadle.agents.agent_outcome import AgentFailure
from treadle.agents.claude_code_events import Normaliser
from treadle.domain.event import EventType


def test_files_commands_and_denials_in_order() -> None:
    events, _ = played("files_and_commands")
    assert [told(event) for event in events if event.event_type is not EventType.COMMAND_OUTPUT] == [
        "session_status_changed running",
        "started",
        "message_sent Do it.",
        "message_received I begin.",
        "tool_called Write notes.txt",
        "file_created Write notes.txt",
        "tool_result Write",
        "tool_called Edit notes.txt",
        "file_modified Edit notes.txt",
        "tool_result Edit",
        "tool_called Bash",
        "command_started Bash .venv/bin/python -m pytest -q missing.py",
        "tool_called Read README.md",
        "command_completed Bash 4",
        "tool_result Bash",
        "tool_result Read",
        "tool_called Bash",
        "command_started Bash rm notes.txt; echo x > made.txt; sed -i s/Calculator/Sums/ README.md",
        "command_completed Bash 0",
        "file_deleted Bash notes.txt",
        "file_created Bash made.txt",
        "file_modified Bash README.md",
        "tool_result Bash",
        "tool_called Bash",
        "command_started Bash curl http://127.0.0.1:9/",
        "session_status_changed waiting",
        "tool_called Write /elsewhere/x.txt",
        "session_status_changed running",
        "command_completed Bash",
        "tool_result Bash",
        "error_occurred Bash permission_denied",
        "session_status_changed waiting",
        "session_status_changed running",
        "tool_result Write",
        "error_occurred Write permission_denied",
        "tool_called Edit absent.py",
        "tool_result Edit",
        "message_received That is all.",
        "session_status_changed idle",
        "ended 0",
    ]


def test_a_run_is_summed_up() -> None:
    events, outcome = played("files_and_commands")
    assert not outcome.is_error
    assert outcome.error is None
    assert outcome.result_text == "That is all."
    assert outcome.conversation_id == of_type(events, EventType.CONVERSATION_STARTED)[0]["conversation_id"]
    assert outcome.agent_version == "2.1.329"
    assert (outcome.input_tokens, outcome.output_tokens) == (12250, 371)
    assert outcome.cost_usd == pytest.approx(0.05642)
    assert outcome.conversation_cost_usd == pytest.approx(0.05642)
    assert [(denial.tool, denial.summary) for denial in outcome.permission_denials] == [
        ("Bash", "curl http://127.0.0.1:9/"),
        ("Write", "/elsewhere/x.txt"),
    ]
    assert outcome.unknown_messages == {}


def test_a_command_has_output_exit_code_and_duration() -> None:
    events, _ = played("files_and_commands")
    output = of_type(events, EventType.COMMAND_OUTPUT)[0]
    assert output["stream"] == "stdout"
    assert "ERROR: file or directory not found: missing.py" in str(output["text"])
    failed, changed, refused = of_type(events, EventType.COMMAND_COMPLETED)
    assert failed["exit_code"] == 4
    assert isinstance(failed["duration_ms"], int)
    assert changed["exit_code"] == 0
    assert "exit_code" not in refused
    assert refused["ran"] is False


def test_a_changed_file_has_its_numbers_of_lines() -> None:
    events, _ = played("files_and_commands")
    edit = of_type(events, EventType.FILE_MODIFIED)[0]
    assert (edit["path"], edit["lines_added"], edit["lines_removed"]) == ("notes.txt", 2, 1)


def test_what_a_subagent_does_names_the_call_that_started_it() -> None:
    events, outcome = played("subagent")
    starter = next(data for data in of_type(events, EventType.TOOL_CALLED) if data["tool"] == "Agent")
    theirs = [event for event in events if event.data.get("parent_tool_use_id") == starter["tool_use_id"]]
    kinds = {event.event_type for event in theirs}
    assert {EventType.FILE_CREATED, EventType.COMMAND_COMPLETED, EventType.CONVERSATION_MESSAGE_RECEIVED} <= kinds
    assert [data["path"] for data in of_type(events, EventType.FILE_CREATED)] == ["sub.txt"]
    assert outcome.result_text == "It is done."
    assert len(of_type(events, EventType.CONVERSATION_STARTED)) == 1


def test_a_command_in_the_background_ends_when_it_ends() -> None:
    events, _ = played("background_command")
    order = [event.event_type for event in events]
    assert order.index(EventType.TOOL_RESULT) < order.index(EventType.COMMAND_COMPLETED)
    assert of_type(events, EventType.COMMAND_COMPLETED)[0]["exit_code"] == 3


def test_hooks_of_the_person_are_shown() -> None:
    events, _ = played("hooks")
    triggered, completed = of_type(events, EventType.HOOK_TRIGGERED)[0], of_type(events, EventType.HOOK_COMPLETED)[0]
    assert triggered["hook_id"] == completed["hook_id"]
    assert (completed["hook_event"], completed["outcome"], completed["exit_code"]) == ("UserPromptSubmit", "success", 0)


def test_a_second_prompt_is_the_same_conversation() -> None:
    events, outcome = played("two_prompts")
    assert [data["text"] for data in of_type(events, EventType.CONVERSATION_MESSAGE_SENT)] == ["Hello.", "Hello again."]
    assert len(of_type(events, EventType.CONVERSATION_STARTED)) == 1
    assert outcome.num_turns == 2


def test_the_cost_of_a_resumed_run_leaves_out_what_was_before() -> None:
    normaliser = Normaliser(project_root=PROJECT, resumed=True)
    cost = {"response": {"text": "Estimated cost:        $0.0098\nTotal duration (API):  0s"}}
    normaliser.feed({"type": "control_response", "response": cost})
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 7, "output_tokens": 3}
    models = {"a-model": {"inputTokens": 1000}}
    result = {"type": "result", "is_error": False, "result": "x", "total_cost_usd": 0.016, "modelUsage": models}
    normaliser.feed({**result, "usage": usage})
    outcome = normaliser.outcome
    assert outcome.cost_usd == pytest.approx(0.0062)
    assert outcome.conversation_cost_usd == 0.016
    assert (outcome.input_tokens, outcome.cached_tokens, outcome.output_tokens) == (15, 7, 3)


@pytest.mark.parametrize(
    ("name", "failure", "sentence"),
    [
        ("api_error_401", AgentFailure.NOT_LOGGED_IN, "Claude Code is not logged in (Invalid API key"),
        ("not_logged_in", AgentFailure.NOT_LOGGED_IN, "Claude Code is not logged in (Not logged in"),
        ("api_error_500", AgentFailure.API_ERROR, "The agent's API failed: API Error: 500"),
        ("unknown_conversation", AgentFailure.CONVERSATION_NOT_FOUND, "Claude Code does not know the conversation"),
        ("max_turns", AgentFailure.MAX_TURNS, "Claude Code stopped: Reached maximum number of turns (2)"),
        ("interrupted", AgentFailure.INTERRUPTED, "Claude Code was interrupted."),
        ("killed", AgentFailure.ENDED_EARLY, "Claude Code ended with exit code 143 before it had finished."),
    ],
)
def test_a_failing_run_says_why_once(name: str, failure: AgentFailure, sentence: str) -> None:
    events, outcome = played(name)
    assert outcome.is_error
    assert outcome.failure is failure
    assert str(outcome.error).startswith(sentence)
    final = [data for data in of_type(events, EventType.ERROR_OCCURRED) if data["kind"] != "api_retry"]
    assert len(final) == 1


def test_retries_of_the_api_are_shown_as_they_happen() -> None:
    events, _ = played("api_error_500")
    retry = of_type(events, EventType.ERROR_OCCURRED)[0]
    assert (retry["kind"], retry["error_status"], retry["attempt"], retry["max_retries"]) == ("api_retry", 500, 1, 1)


def retry(**fields: object) -> dict[str, object]:
    return {"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 10, **fields}


REFUSED = retry(error="authentication_failed", error_status=401)


def test_a_login_that_is_refused_twice_in_a_row_is_none() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    overloaded, unknown = retry(error="overloaded", error_status=529), retry(error="unknown", error_status=401)
    refused = []
    for message in (REFUSED, overloaded, REFUSED, unknown):
        normaliser.feed(message)
        refused.append(normaliser.login_is_refused)
    assert refused == [False, False, False, True]
    assert [told(event) for event in normaliser.finish(143)] == ["error_occurred not_logged_in 143"]
    assert normaliser.outcome.failure is AgentFailure.NOT_LOGGED_IN


def test_a_login_that_was_renewed_is_none_that_is_refused() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    for message in (REFUSED, {"type": "assistant", "message": {"content": []}}, REFUSED):
        normaliser.feed(message)
    assert not normaliser.login_is_refused


def test_a_run_that_was_stopped_is_interrupted_and_no_error() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    normaliser.feed({"type": "system", "subtype": "init", "session_id": "c"})
    (ended,) = normaliser.finish(143, interrupted=True)
    assert ended.event_type is EventType.CONVERSATION_ENDED
    assert (ended.data["interrupted"], ended.data["is_error"], ended.data["exit_code"]) == (True, False, 143)


def test_a_killed_agent_leaves_nothing_open() -> None:
    events, outcome = played("killed")
    assert [told(event) for event in events][-5:] == [
        "command_started Bash .venv/bin/python -c 'import time; time.sleep(600)'",
        "command_completed Bash",
        "tool_result Bash",
        "error_occurred ended_early 143",
        "ended 143",
    ]
    assert outcome.conversation_id is not None


def test_a_conversation_that_is_taken_is_recognised_by_stderr() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    stderr = "Error: Session ID 0 is already in use.\n"
    assert [told(event) for event in normaliser.finish(1, stderr=stderr)] == ["error_occurred conversation_in_use 1"]


def test_the_turn_is_over_only_when_the_agent_is_idle() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    assert not normaliser.is_idle
    normaliser.feed({"type": "system", "subtype": "session_state_changed", "state": "running"})
    normaliser.feed({"type": "result", "is_error": False})
    assert not normaliser.is_idle
    normaliser.feed({"type": "system", "subtype": "session_state_changed", "state": "idle"})
    assert normaliser.is_idle


def test_unknown_kinds_are_counted_and_give_no_event() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    assert normaliser.feed({"type": "from_the_future"}) == []
    assert normaliser.feed({"type": "system", "subtype": "new_thing"}) == []
    assert normaliser.outcome.unknown_messages == {"from_the_future/": 1, "system/new_thing": 1}
