"""What a terminal tells is what the background tells, from whichever source it comes."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.agents.player import PROJECT
from tests.unit.agents.player import played as played_in_the_background
from tests.unit.agents.terminal_player import SOME_TIME, TERMINALS, Heard, heard_in, normaliser_of, of_source, played
from treadle.agents.event_draft import EventDraft
from treadle.agents.telemetry import Usage
from treadle.agents.terminal_events import OpenCall, TerminalNormaliser, Told
from treadle.domain.event import EventSource, EventType

SOURCES = ("both", "hook", "transcript")
CONVERSATION = "c0000000-0000-4000-8000-000000000000"
OTHER_CONVERSATION = "d0000000-0000-4000-8000-000000000000"
SENT, RECEIVED = EventType.CONVERSATION_MESSAGE_SENT, EventType.CONVERSATION_MESSAGE_RECEIVED
COMPARED = ("tool_", "file_", "command_", "conversation_message_", "error_")
CHANCE = ("duration_ms", "message_id", "tool_use_id", "parent_tool_use_id", "content", "text", "cost_usd")


def terminal(conversation: str = CONVERSATION) -> TerminalNormaliser:
    return TerminalNormaliser(project_root=PROJECT, conversation_id=conversation, resumed=False, terminal_id=7)


def hook(name: str, **said: Any) -> Heard:
    return {"hook_event_name": name, "session_id": CONVERSATION, "prompt_id": "p", **said}


def line(kind: str, **said: Any) -> Heard:
    return {"type": kind, "sessionId": CONVERSATION, "timestamp": "2026-11-21T06:00:01Z", **said}


def called(tool_use_id: str, tool: str = "Bash", **tool_input: Any) -> Heard:
    return hook("PreToolUse", tool_name=tool, tool_input=tool_input, tool_use_id=tool_use_id)


def shapes(told: list[Told]) -> list[str]:
    """Type and what is told of the status, of an agent or of an error."""
    keys = ("action", "agent_status", "subagent_status", "kind")
    found = [
        [each.draft.event_type.value, *(str(each.draft.data[k]) for k in keys if k in each.draft.data)] for each in told
    ]
    return [" ".join(words) for words in found]


def data_of(told: list[Told], event_type: EventType) -> list[dict[str, object]]:
    return [each.draft.data for each in told if each.draft.event_type is event_type]


def compared(drafts: list[EventDraft], *, outputs: bool) -> Counter[str]:
    """All but times, ids, and what a tool of this machine happened to print."""
    left_out = CHANCE if not outputs else tuple(key for key in CHANCE if key not in ("content", "text"))
    return Counter(
        json.dumps([each.event_type, {k: v for k, v in each.data.items() if k not in left_out}], sort_keys=True)
        for each in drafts
        if each.event_type.value.startswith(COMPARED)
    )


@pytest.mark.parametrize(
    ("name", "source"),
    [
        *((name, source) for name in ("files_and_commands", "background_command") for source in SOURCES),
        ("subagent", "both"),
        ("subagent", "transcript"),
    ],
)
def test_a_terminal_tells_of_the_same_work_as_the_background(name: str, source: str) -> None:
    """The same script, by the real program in both ways; each source alone says it all."""
    heard = heard_in(name)
    told = played(heard if source == "both" else of_source(heard, source), normaliser=normaliser_of(heard))
    background, _ = played_in_the_background(name)
    assert compared([each.draft for each in told], outputs=False) == compared(background, outputs=False)


def test_two_subagents_at_once_are_told_apart_by_each_source() -> None:
    heard = heard_in("two_subagents")
    whose = []
    for source in ("hook", "transcript"):
        told = data_of(played(of_source(heard, source), normaliser=normaliser_of(heard)), EventType.TOOL_CALLED)
        whose.append({data["tool"]: data["agent_description"] for data in told if "agent_description" in data})
    assert whose == [{"Bash": "Reader", "Write": "Writeer"}] * 2


def test_the_last_words_of_a_subagent_are_told_once_whoever_tells_them() -> None:
    heard = heard_in("subagent")
    for kept in (heard, of_source(heard, "hook"), of_source(heard, "transcript")):
        told = data_of(played(kept, normaliser=normaliser_of(heard)), EventType.CONVERSATION_MESSAGE_RECEIVED)
        assert [data["text"] for data in told].count("Written.") == 1


@pytest.mark.parametrize("name", TERMINALS)
def test_each_source_gives_a_thing_the_same_uid(name: str) -> None:
    heard = heard_in(name)
    told = played(heard)
    assert len({each.uid for each in told}) == len(told)
    known = {each.uid: each.draft for each in told}
    for source in ("hook", "transcript"):
        for each in played(of_source(heard, source), normaliser=normaliser_of(heard)):
            if not each.draft.event_type.value.startswith(("conversation_started", "session_", "conversation_ended")):
                assert known[each.uid].event_type == each.draft.event_type


def test_a_person_at_the_terminal_is_heard_in_every_way() -> None:
    told = played(heard_in("speaks"))
    sent = data_of(told, EventType.CONVERSATION_MESSAGE_SENT)
    said = ["Do it.", "And that too.", "! echo from the shell", "/compact", "/clear", "Once more."]
    assert [data["text"] for data in sent] == said
    local = [data["text"] for data in data_of(told, EventType.CONVERSATION_MESSAGE_RECEIVED) if data.get("local")]
    assert local == ["from the shell", "Compacted (ctrl+o to see full summary)"]
    outcomes = [data["outcome"] for data in data_of(told, EventType.HOOK_COMPLETED)]
    assert outcomes == ["success"] * 3  # the person's own; ours are not told
    assert [data["compacted"] for data in data_of(told, EventType.SESSION_STATUS_CHANGED) if "compacted" in data]


def test_a_terminal_that_is_cleared_goes_on_in_another_conversation() -> None:
    told = played(heard_in("speaks"))
    started = data_of(told, EventType.CONVERSATION_STARTED)
    ended = data_of(told, EventType.CONVERSATION_ENDED)
    assert [data["conversation_id"] for data in started] == [data["conversation_id"] for data in ended]
    assert [data["reason"] for data in ended] == ["clear", "prompt_input_exit"]
    results = data_of(told, EventType.TOOL_RESULT)
    assert len(results) == 2  # the scripted model gives calls of both conversations the same id
    assert results[0]["tool_use_id"] == results[1]["tool_use_id"]


def test_what_is_broken_off_is_told_and_so_is_an_api_that_fails() -> None:
    told = played(heard_in("breaks_off"))
    (completed,) = data_of(told, EventType.COMMAND_COMPLETED)
    assert completed["interrupted"] is True
    (error,) = data_of(told, EventType.ERROR_OCCURRED)
    assert error["kind"] == "api_error"
    assert error["message"] == "API Error: 400 Too much."
    statuses = [data.get("agent_status") for data in data_of(told, EventType.SESSION_STATUS_CHANGED)]
    assert statuses == ["running", "interrupted", "running"]  # and no turn that has ended


def test_a_turn_ends_once_for_each_time_that_the_agent_wanted_to_stop() -> None:
    normaliser = terminal()
    stop = hook("Stop", last_assistant_message="Done.", background_tasks=[{"type": "subagent", "status": "running"}])
    (first,) = normaliser.hook(stop, SOME_TIME)[1:]
    assert first.draft.data == {
        "action": "turn_ended",
        "agent_status": "idle",
        "terminal_id": 7,
        "prompt_id": "p",
        "text": "Done.",
        "background": 1,
    }
    user = line("user", promptId="p", message={"content": "Do it."})
    summary, ending = line("system", subtype="stop_hook_summary"), line("system", subtype="turn_duration")
    for each in (user, summary):
        normaliser.transcript(each, SOME_TIME)
    (second,) = normaliser.hook({**stop, "background_tasks": []}, SOME_TIME)
    assert second.uid != first.uid
    assert [told for each in (summary, ending) for told in normaliser.transcript(each, SOME_TIME)] == []


def test_the_transcript_says_that_a_turn_has_ended_when_no_hook_did() -> None:
    normaliser, other = terminal(), terminal()
    answer = line("assistant", message={"content": [{"type": "text", "text": "Done."}]})
    lines = [line("user", promptId="p", message={"content": "Do it."}), answer]
    lines += [line("system", subtype="stop_hook_summary"), line("system", subtype="turn_duration")]
    told = [each for said in lines for each in normaliser.transcript(said, SOME_TIME)]
    assert told[-1].draft.data["text"] == "Done."
    assert told[-1].source is EventSource.STREAM
    by_hook = other.hook(hook("Stop", last_assistant_message="Done."), SOME_TIME)
    assert by_hook[-1].uid == told[-1].uid


def test_a_text_that_only_the_terminal_has_shown_is_told_after_a_while() -> None:
    normaliser = terminal()
    shown = hook("MessageDisplay", message_id="m", index=0, final=False, delta="One\n")
    normaliser.hook(shown, SOME_TIME)
    normaliser.hook({**shown, "index": 1, "final": True, "delta": "two"}, SOME_TIME)
    due = normaliser.next_due
    assert due is not None
    assert normaliser.due(due - timedelta(milliseconds=1)) == []
    (told,) = normaliser.due(due)
    assert told.draft.data["text"] == "One\ntwo"
    assert (told.sent_at, told.source, normaliser.next_due) == (SOME_TIME, EventSource.HOOK, None)
    normaliser.transcript(line("user", promptId="p", message={"content": "Do it."}), SOME_TIME)
    late = line("assistant", message={"content": [{"type": "text", "text": "One\ntwo\n"}]})
    assert "conversation_message_received" not in shapes(normaliser.transcript(late, SOME_TIME))


def test_the_same_words_twice_are_two_messages() -> None:
    normaliser = terminal()
    normaliser.transcript(line("user", promptId="p", message={"content": "Do it."}), SOME_TIME)
    said = line("assistant", message={"content": [{"type": "text", "text": "Again."}]})
    shown = hook("MessageDisplay", final=True, delta="Again.")
    told = [*normaliser.transcript(said, SOME_TIME), *normaliser.hook(shown, SOME_TIME)]
    told += [*normaliser.transcript(said, SOME_TIME), *normaliser.hook(shown, SOME_TIME)]
    told += normaliser.due(SOME_TIME + timedelta(minutes=1))
    assert shapes(told) == ["conversation_message_received"] * 2


def test_a_refused_call_is_closed_even_if_only_a_batch_names_it() -> None:
    normaliser = terminal()
    call = {"tool_use_id": "t", "tool_name": "Bash", "tool_input": {"command": "curl x"}, "tool_response": "No."}
    assert "tool_result" not in shapes(normaliser.hook(hook("PostToolBatch", tool_calls=[call]), SOME_TIME))
    told = normaliser.due(SOME_TIME + timedelta(minutes=1))
    assert shapes(told) == ["command_completed", "tool_result", "error_occurred permission_denied"]


def test_what_a_command_prints_is_told_once_live_or_at_its_end() -> None:
    normaliser = terminal()
    normaliser.hook(called("t", command="make"), SOME_TIME)
    printed = [("one\ntw", 0), ("o\nthree\n", 6), ("four", 14)]
    live = [
        told.draft.data["text"]
        for words, offset in printed
        for told in normaliser.output({"text": words, "taskId": "b1", "offset": offset}, SOME_TIME)
    ]
    assert live == ["one\n", "two\nthree\n"]
    response = {"stdout": "one\ntwo\nthree\nfour", "stderr": ""}
    normaliser.hook(hook("PostToolUse", tool_name="Bash", tool_use_id="t", tool_response=response), SOME_TIME)
    batch = hook("PostToolBatch", tool_calls=[{"tool_use_id": "t", "tool_response": response["stdout"]}])
    (rest,) = data_of(normaliser.hook(batch, SOME_TIME), EventType.COMMAND_OUTPUT)
    assert rest["text"] == "four"


def test_the_output_of_one_of_two_commands_is_nobodys_until_their_end() -> None:
    normaliser = terminal()
    for call in ("a", "b"):
        normaliser.hook(called(call, command="make"), SOME_TIME)
    assert normaliser.output({"text": "one\n", "taskId": "b1", "offset": 0}, SOME_TIME) == []
    whose = {"text": "one\n", "taskId": "b1", "offset": 0}
    assert normaliser.output({**whose, "toolUseId": "c"}, SOME_TIME) == []
    (told,) = normaliser.output({**whose, "toolUseId": "b"}, SOME_TIME)
    assert told.draft.data["tool_use_id"] == "b"


def test_a_subagent_whose_call_is_not_sure_is_waited_for() -> None:
    normaliser = terminal()
    for call in ("a", "b"):
        normaliser.hook(called(call, "Agent", subagent_type="general-purpose", description=call), SOME_TIME)
    agent = {"agent_id": "x", "agent_type": "general-purpose"}
    normaliser.hook(hook("SubagentStart", **agent), SOME_TIME)
    assert normaliser.hook({**called("w", "Write", file_path="/x"), **agent}, SOME_TIME) == []
    (told,) = normaliser.transcript({"type": "subagent", "agentId": "x", "toolUseId": "b"}, SOME_TIME)
    assert told.draft.data["parent_tool_use_id"] == "b"
    assert told.draft.data["agent_description"] == "b"


def test_a_subagent_that_nobody_names_is_told_all_the_same() -> None:
    normaliser = terminal()
    normaliser.hook({**called("w", "Write", file_path="/x"), "agent_id": "x"}, SOME_TIME)
    (told,) = data_of(normaliser.due(SOME_TIME + timedelta(minutes=1)), EventType.TOOL_CALLED)
    assert told["parent_tool_use_id"] == "x"


def test_a_permission_request_means_an_open_call_with_the_same_input() -> None:
    normaliser = terminal()
    normaliser.hook(called("a", command="make"), SOME_TIME)
    normaliser.hook(called("b", command="make test"), SOME_TIME)
    asked = hook("PermissionRequest", tool_name="Bash", tool_input={"command": "make test"})
    assert normaliser.open_call(asked) == OpenCall(tool_use_id="b")
    failed = hook("PostToolUseFailure", tool_name="Bash", tool_use_id="b", error="Exit code 1")
    normaliser.hook(failed, SOME_TIME)
    assert normaliser.open_call({**asked, "tool_input": {"command": "else"}}) == OpenCall(tool_use_id="a")
    assert normaliser.open_call({**asked, "tool_name": "Write"}) is None


def test_the_status_is_told_when_it_changes() -> None:
    normaliser = terminal()
    seen = ["idle", "idle", "busy", "waiting", "busy", "strange"]
    told = [each for status in seen for each in normaliser.status({"status": status}, SOME_TIME)]
    assert [each.draft.data["agent_status"] for each in told] == ["idle", "running", "waiting", "running", "strange"]


def test_the_status_names_a_new_conversation_when_no_hook_does() -> None:
    normaliser = terminal()
    normaliser.hook(called("a", command="make"), SOME_TIME)
    told = normaliser.status({"status": "idle", "conversationId": OTHER_CONVERSATION}, SOME_TIME)
    assert "conversation_ended" in shapes(told)
    assert normaliser.conversation_id == OTHER_CONVERSATION
    late = normaliser.hook(hook("SessionEnd", reason="clear"), SOME_TIME)
    assert late == []
    assert normaliser.conversation_id == OTHER_CONVERSATION


def test_what_a_request_has_used_is_told_once() -> None:
    normaliser = terminal()
    usage = Usage(
        conversation_id=CONVERSATION,
        prompt_id="p",
        sequence=3,
        told_at=SOME_TIME,
        model="m",
        cost_usd=0.5,
        input_tokens=10,
        cached_tokens=20,
        output_tokens=30,
        duration_ms=40,
    )
    (told,) = normaliser.used(usage, SOME_TIME + timedelta(seconds=9))
    assert told.sent_at == SOME_TIME
    assert told.draft.data == {
        "action": "used",
        "model": "m",
        "cost_usd": 0.5,
        "duration_ms": 40,
        "input_tokens": 10,
        "cached_tokens": 20,
        "output_tokens": 30,
    }
    assert normaliser.used(usage, SOME_TIME) == []


def test_a_terminal_that_is_killed_leaves_nothing_open() -> None:
    normaliser = terminal()
    normaliser.hook(called("a", command="make"), SOME_TIME)
    told = normaliser.finish(exit_code=-9, interrupted=False, now=SOME_TIME)
    assert shapes(told) == ["command_completed", "tool_result", "conversation_ended"]
    assert told[-1].draft.data == {"conversation_id": CONVERSATION, "is_error": True, "exit_code": -9}
    assert normaliser.finish(exit_code=0, interrupted=False, now=SOME_TIME) == []
    assert normaliser.hook(called("b", command="make"), SOME_TIME) == []


def test_another_terminal_of_the_same_conversation_starts_it_again() -> None:
    ends = [
        TerminalNormaliser(project_root=PROJECT, conversation_id=CONVERSATION, resumed=True, terminal_id=number).hook(
            hook("SessionStart", source="resume", model="m"), SOME_TIME
        )
        for number in (1, 2)
    ]
    assert [each.draft.data["resumed"] for (each,) in ends] == [True, True]
    assert len({each.uid for (each,) in ends}) == 2


def test_what_comes_late_of_a_conversation_that_was_left_is_told_as_its_own() -> None:
    normaliser = terminal()
    normaliser.hook(hook("SessionStart", source="startup"), SOME_TIME)
    clear = {**hook("SessionStart", source="clear"), "session_id": OTHER_CONVERSATION}
    late = line("assistant", message={"content": [{"type": "tool_use", "id": "t", "name": "Read", "input": {}}]})
    begun = normaliser.status({"status": "idle", "conversationId": OTHER_CONVERSATION}, SOME_TIME)
    assert shapes(normaliser.transcript(late, SOME_TIME)) == ["tool_called"]
    told = begun + normaliser.hook(clear, SOME_TIME)
    (started,) = data_of(told, EventType.CONVERSATION_STARTED)
    assert started["conversation_id"] == OTHER_CONVERSATION
    assert "tool_result" in shapes(normaliser.finish(exit_code=0, interrupted=False, now=SOME_TIME))


def test_who_leaves_says_nothing_to_anybody() -> None:
    normaliser = terminal()

    def told(kind: str, content: str, uuid: str) -> list[Told]:
        said = {"content": content} if kind == "system" else {"message": {"role": "user", "content": content}}
        subtype = {"subtype": "local_command"} if kind == "system" else {}
        return normaliser.transcript(line(kind, uuid=uuid, promptId=uuid, **subtype, **said), SOME_TIME)

    farewell = "<local-command-stdout>See ya!</local-command-stdout>"
    for number, kind in enumerate(("user", "system")):
        assert data_of(told(kind, "<command-name>/exit</command-name>", f"a{number}"), SENT) == []
        assert data_of(told(kind, farewell, f"b{number}"), RECEIVED) == []
    told("user", "<command-name>/cost</command-name>", "c")  # they have stayed after all
    answer = told("user", "<local-command-stdout>$0.02</local-command-stdout>", "d")
    assert data_of(answer, RECEIVED) == [{"text": "$0.02", "local": True}]
