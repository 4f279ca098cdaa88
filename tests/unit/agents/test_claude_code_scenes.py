"""Recorded scenes: sub-agents, live output, persons who speak in between, breaks and kills, as session events."""

import pytest

from tests.unit.agents.player import PROJECT, messages_of, of_type, played, told
from treadle.agents.agent_outcome import AgentFailure
from treadle.agents.claude_code_events import Normaliser
from treadle.domain.event import EventType


def test_each_event_of_a_subagent_names_it_and_its_files_are_exact() -> None:
    events, outcome = played("subagent_with_hooks")
    starter = next(data for data in of_type(events, EventType.TOOL_CALLED) if data["tool"] == "Agent")
    theirs = [event for event in events if event.data.get("parent_tool_use_id") == starter["tool_use_id"]]
    assert [told(event) for event in theirs] == [
        "tool_called Write sub.txt",
        "tool_called Bash",
        "command_started Bash curl http://127.0.0.1:9/",
        "file_created Write sub.txt",
        "tool_result Write",
        "command_completed Bash",
        "tool_result Bash",
        "error_occurred Bash permission_denied",
        "tool_called Edit sub.txt",
        "file_modified Edit sub.txt",
        "tool_result Edit",
        "tool_called Bash",
        "command_started Bash rm sub.txt README.md",
        "command_completed Bash 0",
        "file_deleted Bash README.md",
        "file_deleted Bash sub.txt",
        "tool_result Bash",
        "message_received Written.",
    ]
    assert {event.data["agent_type"] for event in theirs} == {"general-purpose"}
    assert {event.data["agent_description"] for event in theirs} == {"Writeer"}
    edited = of_type(events, EventType.FILE_MODIFIED)[0]
    assert (edited["lines_added"], edited["lines_removed"]) == (2, 1)
    assert outcome.permission_denials[0].summary == "curl http://127.0.0.1:9/"


def test_two_subagents_at_once_are_kept_apart_and_each_one_ends() -> None:
    events, _ = played("two_subagents")
    calls = {
        data["summary"]: data["tool_use_id"]
        for data in of_type(events, EventType.TOOL_CALLED)
        if data["tool"] == "Agent"
    }
    for name, words in (("Reader", "Read."), ("Writeer", "Written.")):
        theirs = [event.data for event in events if event.data.get("parent_tool_use_id") == calls[name]]
        assert {data["agent_description"] for data in theirs} == {name}
        assert theirs[-1]["text"] == words
    statuses = of_type(events, EventType.SESSION_STATUS_CHANGED)
    ended = {data["tool_use_id"]: data["subagent_status"] for data in statuses if "subagent_status" in data}
    assert ended == dict.fromkeys(calls.values(), "completed")
    launched = [data for data in of_type(events, EventType.TOOL_RESULT) if data["tool"] == "Agent"]
    assert [data["background"] for data in launched] == [True, True]


def test_a_request_of_a_subagent_leads_to_the_call_that_started_it() -> None:
    messages, _ = messages_of("subagent_with_hooks")
    normaliser = Normaliser(project_root=PROJECT)
    asked = [message["request"] for message in messages if message["type"] == "control_request"]
    for message in messages:
        normaliser.feed(message)
    (request,) = [request for request in asked if request["subtype"] == "can_use_tool"]
    starter = next(message for message in messages if message.get("subtype") == "task_started")["tool_use_id"]
    assert normaliser.parent_of(request["agent_id"]) == starter
    assert normaliser.parent_of("unknown") is normaliser.parent_of(None) is None


def test_lines_of_a_running_command_are_told_as_they_come_and_once() -> None:
    events, _ = played("live_output")
    outputs = [(data["text"], data.get("live")) for data in of_type(events, EventType.COMMAND_OUTPUT)]
    assert outputs == [("line 1\nline 2\n", True), ("line 3", None)]
    assert of_type(events, EventType.COMMAND_COMPLETED)[0]["exit_code"] == 3


def test_a_command_in_the_background_is_watched_until_it_ends() -> None:
    messages, _ = messages_of("live_background")
    events, _ = played("live_background")
    assert [told(event) for event in events if event.event_type.startswith("command_")][1:] == [
        "command_output Bash line 1\nline 2",
        "command_completed Bash 3",
    ]
    normaliser = Normaliser(project_root=PROJECT)
    running = []
    for message in messages:
        normaliser.feed(message)
        running.append((len(normaliser.tasks_to_poll), len(normaliser.background_commands)))
    assert (1, 1) in running
    assert running[-1] == (0, 0)


def test_what_a_person_says_is_marked_when_it_is_taken() -> None:
    events, _ = played("said_in_between")
    first, said = [event for event in events if event.event_type is EventType.CONVERSATION_MESSAGE_SENT]
    assert "said" not in first.data
    assert said.data == {"text": "Person: also that.", "said": True}
    assert said.metadata
    order = [event.event_type for event in events]
    assert (
        order.index(EventType.TOOL_RESULT) < events.index(said) < order.index(EventType.CONVERSATION_MESSAGE_RECEIVED)
    )


def test_an_agent_is_not_idle_while_something_said_waits() -> None:
    messages, _ = messages_of("said_in_between")
    normaliser = Normaliser(project_root=PROJECT)
    (uuid,) = [message["uuid"] for message in messages if "also that" in str(message) and message["type"] == "user"]
    normaliser.person_says(uuid)
    without = [message for message in messages if message.get("uuid") != uuid]
    for message in without:
        normaliser.feed(message)
    assert (normaliser.is_idle, normaliser.undelivered) == (False, frozenset({uuid}))
    for message in messages:
        normaliser.feed(message)
    assert (normaliser.is_idle, normaliser.undelivered) == (True, frozenset())
    assert uuid in normaliser.delivered


def test_a_message_that_was_known_already_leaves_the_agent_idle() -> None:
    normaliser = Normaliser(project_root=PROJECT, resumed=True)
    normaliser.feed({"type": "user", "isReplay": True, "uuid": "u", "message": {"content": "First."}})
    assert not normaliser.is_idle
    normaliser.feed({"type": "system", "subtype": "session_state_changed", "state": "idle"})
    assert normaliser.is_idle


def test_a_turn_that_was_broken_off_is_no_error_when_another_follows() -> None:
    events, outcome = played("interrupted_and_on")
    assert [told(event) for event in events][5:] == [
        'command_started Bash .venv/bin/python -uc "import time; time.sleep(600)"',
        "command_completed Bash",
        "tool_result Bash",
        "session_status_changed interrupted",
        "session_status_changed idle",
        "session_status_changed running",
        "message_sent Person: something else.",
        "message_received Something else.",
        "session_status_changed idle",
        "ended 0",
    ]
    assert of_type(events, EventType.COMMAND_COMPLETED)[0]["interrupted"] is True
    assert of_type(events, EventType.TOOL_RESULT)[0]["interrupted"] is True
    assert (outcome.is_error, outcome.permission_denials) == (False, ())


def test_a_compacted_conversation_says_so() -> None:
    events, _ = played("compacted")
    (compacted,) = [data for data in of_type(events, EventType.SESSION_STATUS_CHANGED) if "compacted" in data]
    assert compacted == {"compacted": True, "trigger": "manual", "tokens_before": 1008}
    assert of_type(events, EventType.CONVERSATION_MESSAGE_SENT)[-1]["text"] == "/compact"
    assert {"text": "Compacted", "local": True} in of_type(events, EventType.CONVERSATION_MESSAGE_RECEIVED)


def test_a_picture_and_thoughts_are_left_out_with_their_size_and_number() -> None:
    events, outcome = played("picture")
    (result,) = of_type(events, EventType.TOOL_RESULT)
    assert result["content"] == [{"type": "image", "media_type": "image/png", "left_out_bytes": 69}]
    assert outcome.thinking_blocks == 2
    assert of_type(events, EventType.CONVERSATION_ENDED)[0]["thinking_blocks"] == 2
    assert not any("A picture?" in str(event.data) for event in events)


def test_a_question_of_the_agent_is_summed_up_by_its_words() -> None:
    events, _ = played("question")
    assert of_type(events, EventType.TOOL_CALLED)[0]["summary"] == "Which colour?"
    assert "Blue" in str(of_type(events, EventType.TOOL_RESULT)[0]["content"])


def test_a_run_that_was_killed_still_counts_its_tokens() -> None:
    """The first turn has a result; of the second one only its messages tell."""
    events, outcome = played("partial_and_killed")
    assert outcome.failure is AgentFailure.ENDED_EARLY
    assert (outcome.input_tokens, outcome.cost_usd, outcome.cost_is_partial) == (1000 + 1250, 0.00416, True)
    assert of_type(events, EventType.CONVERSATION_ENDED)[0]["cost_is_partial"] is True


def test_a_run_without_any_result_has_tokens_and_no_cost() -> None:
    messages, _ = messages_of("partial_and_killed")
    until_result = next(index for index, message in enumerate(messages) if message["type"] == "result")
    normaliser = Normaliser(project_root=PROJECT)
    for message in messages[:until_result]:
        normaliser.feed(message)
    (ended,) = of_type(normaliser.finish(-9), EventType.CONVERSATION_ENDED)
    assert (ended["input_tokens"], ended["output_tokens"]) == (1000, 8)
    assert "cost_usd" not in ended


def test_the_text_so_far_grows_until_the_message_is_whole() -> None:
    messages, _ = messages_of("partial_and_killed")
    normaliser = Normaliser(project_root=PROJECT)
    texts = []
    for message in messages:
        normaliser.feed(message)
        texts.append(normaliser.text_so_far)
    assert ("One." in texts, "Two." in texts, texts[-1]) == (True, True, "")


@pytest.mark.parametrize(
    ("name", "failure", "kinds"),
    [
        ("budget", AgentFailure.BUDGET_USED_UP, ["budget_used_up"]),
        ("api_error_529", AgentFailure.API_ERROR, ["api_retry", "api_error"]),
    ],
)
def test_other_ends_say_why_once(name: str, failure: AgentFailure, kinds: list[str]) -> None:
    events, outcome = played(name)
    assert outcome.failure is failure
    assert [data["kind"] for data in of_type(events, EventType.ERROR_OCCURRED)] == kinds


def test_costs_of_several_turns_and_runs_are_summed_once() -> None:
    normaliser = Normaliser(project_root=PROJECT, resumed=True)
    for number, cost in enumerate((0.01, 0.02)):
        used = {"inputTokens": 10, "cacheReadInputTokens": 7, "outputTokens": 3, "costUSD": cost}
        since = {"model_usage_since_last_result": {"a": used, "b": {"inputTokens": 1, "costUSD": 0.001}}}
        normaliser.feed({"type": "result", "uuid": str(number), "total_cost_usd": 5.0, "usage": {}, **since})
    outcome = normaliser.outcome
    assert outcome.cost_usd == pytest.approx(0.032)
    assert (outcome.input_tokens, outcome.cached_tokens, outcome.output_tokens) == (22, 14, 6)
    assert outcome.conversation_cost_usd == 5.0


def test_a_hook_that_said_no_is_named_without_the_words_around_its_reason() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    tool = {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "git push"}}
    normaliser.feed({"type": "assistant", "message": {"content": [tool]}})
    answer = {"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": "PreToolUse:Bash hook error: No."}
    meta = [{"id": "t", "permission_decision": {"decision": "reject", "source": "hook"}}]
    events = normaliser.feed({"type": "user", "message": {"content": [answer]}, "tool_result_meta": meta})
    assert of_type(events, EventType.ERROR_OCCURRED)[0]["message"] == "No."


def test_a_command_whose_end_only_a_hook_has_told_is_done() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    tool = {"type": "tool_use", "id": "t", "name": "Write", "input": {"file_path": f"{PROJECT}/a.txt", "content": "x"}}
    normaliser.feed({"type": "assistant", "message": {"content": [tool]}})
    response = {"type": "create", "filePath": f"{PROJECT}/a.txt"}
    normaliser.hook_called(
        {"hook_event_name": "PostToolUse", "tool_use_id": "t", "tool_response": response, "duration_ms": 7}
    )
    created, result = normaliser.finish(-9)[:2]
    assert (created.event_type, created.data["path"]) == (EventType.FILE_CREATED, "a.txt")
    assert (result.data["is_error"], result.data["duration_ms"]) == (False, 7)


def test_messages_of_unknown_kinds_are_kept_as_they_came() -> None:
    normaliser = Normaliser(project_root=PROJECT)
    normaliser.feed({"type": "from_the_future", "x": [1]})
    normaliser.feed({"type": "assistant", "message": {"content": [{"type": "hologram"}]}})
    normaliser.unreadable(b"Segmentation fault\n")
    normaliser.unreadable(b"\n")
    outcome = normaliser.outcome
    assert outcome.unknown_messages == {"from_the_future/": 1, "assistant/hologram": 1, "no JSON object": 1}
    assert outcome.unknown_texts[0] == '{"type": "from_the_future", "x": [1]}'
    assert outcome.unknown_texts[2] == "Segmentation fault\n"
