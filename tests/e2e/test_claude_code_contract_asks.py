"""What Treadle relies on in Claude Code where it asks: permissions, hooks, questions. The list: docs/claude-code.md."""

from typing import Any

import pytest

from tests.e2e.agent_worlds import ASKED, END, AgentWorld, bash, call, calls, hooks, idle, tool_results
from tests.live_agent import Json, LiveAgent, is_kind

READS = "ls src"
"""A command that Claude Code runs unasked."""
REASON = "A rule says so."
QUESTIONS: Json = {
    "questions": [
        {
            "question": "Which colour?",
            "header": "Colour",
            "multiSelect": False,
            "options": [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}],
        },
        {
            "question": "Which sizes?",
            "header": "Size",
            "multiSelect": True,
            "options": [{"label": "S", "description": "small"}, {"label": "L", "description": "large"}],
        },
    ]
}


class Answers:
    """Answers hooks and requests for permission as it was told, and keeps what was asked."""

    def __init__(self, *, hook: Json | None = None, permission: Json | None = None) -> None:
        self.hook = {} if hook is None else hook
        self.permission = {"behavior": "deny", "message": "No."} if permission is None else permission
        self.asked: list[Json] = []

    def __call__(self, request: Json) -> Json | None:
        self.asked.append(request)
        if request["subtype"] == "hook_callback":
            return self.hook
        answer = dict(self.permission)
        return {"updatedInput": request["input"], **answer} if answer["behavior"] == "allow" else answer

    def of(self, subtype: str, event: str = "") -> list[Json]:
        return [
            request
            for request in self.asked
            if request["subtype"] == subtype and (not event or request["callback_id"] == event)
        ]


def decision(decided: str, **more: Any) -> Json:
    told = {"permissionDecision": decided, "permissionDecisionReason": REASON, **more}
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **told}}


def run(agent: LiveAgent, hooked: dict[str, list[Json]] | None = None) -> Json:
    agent.ask("initialize", **({"hooks": hooked} if hooked else {}))
    agent.say("Go.")
    result = agent.result()
    agent.until(idle)
    return result


def test_a_request_for_permission_names_the_call_and_its_refusal_is_read(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), END)
    answers = Answers(permission={"behavior": "deny", "message": "Not today."})
    with agent_world.agent(answer=answers) as agent:
        result = run(agent)
    (request,) = answers.of("can_use_tool")
    assert request["tool_name"] == "Bash"
    assert request["input"] == {"command": ASKED, "description": "A command"}
    assert request["tool_use_id"] == result["permission_denials"][0]["tool_use_id"]
    assert request["decision_reason_type"] == "other"
    (answer,) = tool_results(agent)
    assert (answer["content"], answer["is_error"]) == ("Not today.", True)
    (line,) = [message for message in agent.of_kind("user") if "tool_use_result" in message]
    assert line["tool_result_meta"][0]["permission_decision"] == {"decision": "reject", "source": "user_reject"}
    states = [message["state"] for message in agent.of_kind("system", "session_state_changed")]
    assert states == ["running", "requires_action", "running", "idle"]


def test_a_permission_given_may_change_the_call(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), END)
    changed = {"behavior": "allow", "updatedInput": {"command": "echo changed", "description": "Changed"}}
    with agent_world.agent(answer=Answers(permission=changed)) as agent:
        run(agent)
    assert tool_results(agent)[0]["content"] == "changed"


def test_calls_of_one_answer_are_asked_about_one_after_the_other(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED + "a"), bash(ASKED + "b")), END)
    answers = Answers()
    with agent_world.agent(answer=answers) as agent:
        run(agent)
    kinds = [message["type"] for message in agent.messages if message["type"] in ("control_request", "user")]
    assert kinds == ["user", "control_request", "user", "control_request", "user"]
    assert [request["input"]["command"] for request in answers.of("can_use_tool")] == [ASKED + "a", ASKED + "b"]


def test_a_refusal_that_interrupts_ends_the_turn(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), END)
    with agent_world.agent(
        answer=Answers(permission={"behavior": "deny", "message": "No.", "interrupt": True})
    ) as agent:
        assert run(agent)["terminal_reason"] == "aborted_tools"
    assert "No." not in tool_results(agent)[0]["content"]


@pytest.mark.parametrize(
    ("decided", "command", "asked", "ran"),
    [
        ("allow", "curl --version", 0, True),
        ("deny", READS, 0, False),
        ("ask", READS, 1, False),
        (None, "curl --version", 1, False),
        (None, READS, 0, True),
    ],
)
def test_a_hook_before_a_tool_decides(
    agent_world: AgentWorld, decided: str | None, command: str, asked: int, *, ran: bool
) -> None:
    agent_world.plays(calls(bash(command)), END)
    (agent_world.project / "src").mkdir(exist_ok=True)
    answers = Answers(hook=decision(decided) if decided else {})
    with agent_world.agent(answer=answers) as agent:
        run(agent, hooks("PreToolUse"))
    (hooked,) = answers.of("hook_callback")
    assert hooked["input"]["tool_input"]["command"] == command
    assert hooked["input"]["tool_use_id"] == hooked["tool_use_id"]
    requests = answers.of("can_use_tool")
    assert len(requests) == asked
    assert tool_results(agent)[0]["is_error"] is not ran
    if decided == "deny":
        assert tool_results(agent)[0]["content"] == f"PreToolUse:Bash hook error: {REASON}"
    if decided == "ask":
        assert (requests[0]["decision_reason"], requests[0]["decision_reason_type"]) == (REASON, "hook")


def test_a_call_is_told_before_its_hook_is_asked(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(READS)), END)
    with agent_world.agent(answer=Answers()) as agent:
        run(agent, hooks("PreToolUse"))
    kinds = [message["type"] for message in agent.messages]
    assert kinds.index("assistant") < kinds.index("control_request")


def test_a_hook_that_allows_does_not_lift_a_deny_of_its_own(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(READS)), END)
    with agent_world.agent("--disallowedTools=Bash(ls:*)", answer=Answers(hook=decision("allow"))) as agent:
        run(agent, hooks("PreToolUse"))
    assert tool_results(agent)[0]["content"] == f"Permission to use Bash with command {READS} has been denied."


def test_a_hook_that_allows_may_change_the_call(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(READS)), END)
    changed = {"command": "echo changed", "description": "Changed"}
    with agent_world.agent(answer=Answers(hook=decision("allow", updatedInput=changed))) as agent:
        run(agent, hooks("PreToolUse"))
    assert tool_results(agent)[0]["content"] == "changed"


def test_a_hook_before_a_tool_that_is_not_answered_keeps_it_from_running(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("touch made.txt")), END)
    with agent_world.agent(answer=lambda _: None) as agent:
        run(agent, hooks("PreToolUse", timeout=1))
    (asked,) = agent.of_kind("control_request")
    (withdrawn,) = agent.of_kind("control_cancel_request")
    assert withdrawn["request_id"] == asked["request_id"]
    assert tool_results(agent)[0]["content"].startswith("PreToolUse hook did not respond before its timeout")
    assert not (agent_world.project / "made.txt").exists()


@pytest.mark.parametrize(
    ("event", "reason", "requests"), [("PreToolUse", "hook_stopped", 1), ("Stop", "stop_hook_prevented", 2)]
)
def test_a_hook_may_end_the_turn(agent_world: AgentWorld, event: str, reason: str, requests: int) -> None:
    agent_world.plays(calls(bash("touch made.txt")), END)
    with agent_world.agent(answer=Answers(hook={"continue": False, "stopReason": "Enough."})) as agent:
        assert run(agent, hooks(event))["terminal_reason"] == reason
    assert agent_world.requests == requests
    assert (agent_world.project / "made.txt").exists()


def test_hooks_after_tools_tell_what_they_did(agent_world: AgentWorld) -> None:
    edits = call("Edit", file_path="{{cwd}}/absent.txt", old_string="a", new_string="b")
    writes = call("Write", file_path="{{cwd}}/made.txt", content="x")
    agent_world.plays(calls(writes, bash("ls nowhere"), edits), END)
    answers = Answers()
    with agent_world.agent(answer=answers) as agent:
        run(agent, hooks("PostToolUse", "PostToolUseFailure", "PostToolBatch"))
    (done,) = answers.of("hook_callback", "PostToolUse")
    assert done["input"]["tool_response"]["type"] == "create"
    assert isinstance(done["input"]["duration_ms"], int)
    (failed,) = answers.of("hook_callback", "PostToolUseFailure")
    assert failed["input"]["error"].startswith("Exit code 2\n")
    (batch,) = answers.of("hook_callback", "PostToolBatch")
    assert [tool["tool_name"] for tool in batch["input"]["tool_calls"]] == ["Write", "Bash", "Edit"]
    order = [message.get("request", {}).get("callback_id") or message["type"] for message in agent.messages]
    assert order.index("PostToolUse") < len(order) - 1 - order[::-1].index("user")


def test_a_matcher_leaves_other_tools_out(agent_world: AgentWorld) -> None:
    agent_world.plays(
        calls(call("Glob", pattern="*.md"), call("Write", file_path="{{cwd}}/made.txt", content="x")), END
    )
    answers = Answers()
    with agent_world.agent(answer=answers) as agent:
        run(agent, hooks("PostToolUse", matcher="Write|Edit|MultiEdit|NotebookEdit|Bash"))
    assert [request["input"]["tool_name"] for request in answers.of("hook_callback")] == ["Write"]


@pytest.mark.parametrize(
    ("answer", "read"),
    [
        (
            {"answers": {"Which colour?": "Blue", "Which sizes?": "S, L"}},
            'Your questions have been answered: "Which colour?"="Blue", "Which sizes?"="S, L".',
        ),
        ({"answers": {"Which colour?": "Rather green"}}, '"Which colour?"="Rather green"'),
        ({}, "The user did not answer the questions."),
    ],
)
def test_a_question_of_the_agent_is_answered_in_its_input(agent_world: AgentWorld, answer: Json, read: str) -> None:
    agent_world.plays(calls(call("AskUserQuestion", **QUESTIONS)), END)
    answers = Answers(permission={"behavior": "allow", "updatedInput": {**QUESTIONS, **answer}})
    with agent_world.agent(answer=answers) as agent:
        run(agent)
    (request,) = answers.of("can_use_tool")
    assert (request["tool_name"], request["requires_user_interaction"]) == ("AskUserQuestion", True)
    assert request["input"] == QUESTIONS
    assert read in tool_results(agent)[0]["content"]


def test_modes_are_set_while_it_runs(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(call("Write", file_path="{{cwd}}/made.txt", content="x")), END)
    answers = Answers()
    with agent_world.agent(answer=answers) as agent:
        agent.ask("initialize")
        assert agent.ask("set_permission_mode", mode="default")["response"] == {"mode": "default"}
        assert agent.ask("set_permission_mode", mode="bypassPermissions")["error_code"] == "bypass_not_launched"
        assert agent.ask("set_permission_mode", mode="manual")["response"] == {"mode": "default"}
        assert agent.ask("set_permission_mode", mode="nonsense")["error_code"] == "invalid_mode"
        assert agent.ask("set_model", model="claude-haiku-4-5")["response"] == {"model": "claude-haiku-4-5"}
        agent.say("Go.")
        agent.result()
        (init,) = agent.of_kind("system", "init")
    assert (init["permissionMode"], init["model"]) == ("default", "claude-haiku-4-5")
    assert [request["tool_name"] for request in answers.of("can_use_tool")] == ["Write"]


@pytest.mark.parametrize(("mode", "shown"), [("manual", "default"), ("plan", "plan")])
def test_a_mode_that_asks_asks_for_edits(agent_world: AgentWorld, mode: str, shown: str) -> None:
    agent_world.plays(calls(call("Write", file_path="{{cwd}}/made.txt", content="x")), END)
    answers = Answers()
    with agent_world.agent(mode=mode, answer=answers) as agent:
        run(agent)
    assert agent.of_kind("system", "init")[0]["permissionMode"] == shown
    assert [request["tool_name"] for request in answers.of("can_use_tool")] == ["Write"]
    assert not (agent_world.project / "made.txt").exists()


def test_the_end_of_the_input_refuses_what_is_asked(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), END)
    with agent_world.agent(answer=lambda request: None if request["subtype"] == "can_use_tool" else {}) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        agent.until(lambda message: is_kind(message, "control_request", "can_use_tool"))
        assert agent.end() == 0
    assert "stream closed" in tool_results(agent)[0]["content"]


def test_what_was_asked_when_it_was_ended_is_not_asked_again_after_a_resume(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), {"say": "Next."})
    with agent_world.agent(answer=lambda request: None if request["subtype"] == "can_use_tool" else {}) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        agent.until(lambda message: is_kind(message, "control_request", "can_use_tool"))
        agent.process.terminate()
        assert agent.wait() == 143
    answers = Answers()
    with agent_world.agent(resume=True, answer=answers) as agent:
        assert run(agent)["result"] == "Next."
    assert answers.asked == []
