"""What Treadle relies on in Claude Code's own terminal. The list: docs/claude-code.md."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.agent_worlds import ASKED, END, AgentWorld, bash, call, calls
from tests.e2e.claude_terminal import ClaudeTerminal
from tests.e2e.hook_posts import TOKEN, HookPosts, Json, decision, leave, posts, told_terminal
from treadle.agents.claude_code_command import PermissionMode
from treadle.agents.telemetry import Usage, usages
from treadle.agents.terminal_events import TerminalNormaliser, Told
from treadle.domain.event import EventType

QUESTION = {
    "question": "Which colour?",
    "header": "Colour",
    "multiSelect": False,
    "options": [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}],
}
AGENT = call("Agent", prompt="Look at it.", description="Looks", subagent_type="general-purpose")


def lines_of(path: Path) -> list[Json]:
    """Those that are written wholly, while others may be added."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines(keepends=True) if line.endswith("\n")]


def transcript(world: AgentWorld) -> list[Json]:
    (path,) = world.config.glob(f"projects/*/{world.conversation_id}.jsonl")
    return lines_of(path)


def told_by(world: AgentWorld, hooks: list[Json], lines: list[Json]) -> list[Told]:
    now = datetime.now(UTC)
    normaliser = TerminalNormaliser(
        project_root=str(world.project), conversation_id=world.conversation_id, resumed=False, terminal_id=1
    )
    told = [each for hook in hooks for each in normaliser.hook(hook, now)]
    told += [each for line in lines for each in normaliser.transcript(line, now)]
    return told + normaliser.finish(exit_code=0, interrupted=False, now=now)


def work_of(told: list[Told]) -> set[tuple[str, str]]:
    kept = [
        each
        for each in told
        if each.draft.event_type.value.startswith(("tool_", "file_", "command_", "conversation_m"))
    ]
    return {(each.draft.event_type.value, each.uid) for each in kept}


def statuses(world: AgentWorld) -> list[object]:
    return [each.get("status") for each in world.status_files]


def answers(payload: Json, **decided: Any) -> Json | None:
    return decision(payload, **decided) if payload["hook_event_name"] == "PermissionRequest" else {}


def on_permission(told: HookPosts) -> Json:
    told.wait(lambda: "PermissionRequest" in told.names)
    return next(said for said in told.hooks if said["hook_event_name"] == "PermissionRequest")


def used(server: HookPosts) -> list[Usage]:
    return [usage for each in server.told if each["path"] == "v1/logs" for usage in usages(each["said"])]


def test_hooks_the_transcript_and_telemetry_tell_of_a_terminal(agent_world: AgentWorld) -> None:
    """Each of the first two the same work; the person's own hooks are called as ever."""
    project = agent_world.project
    (project / ".claude").mkdir()
    own = {"PostToolUse": [{"hooks": [{"type": "command", "command": "echo looked >> own.txt"}]}]}
    (project / ".claude" / "settings.json").write_text(json.dumps({"hooks": own}))
    write = call("Write", file_path="{{cwd}}/new.txt", content="a\n")
    fails = bash("rm README.md; exit 3")
    agent_world.plays(calls(write, bash("rm README.md"), say="I begin.\n\n* one"), calls(fails), END)
    with posts() as server:
        mode = PermissionMode.ACCEPT_EDITS
        with told_terminal(agent_world, server, mode=mode, allowed=("Bash(exit:*)",)) as terminal:
            terminal.wait_for("Done.")
            server.wait(lambda: len(used(server)) == 3)
            leave(terminal)
        by_hooks, by_lines = told_by(agent_world, server.hooks, []), told_by(agent_world, [], transcript(agent_world))
        assert work_of(by_hooks) == work_of(by_lines)
        kinds = [each.draft.event_type for each in by_hooks]
        assert {EventType.FILE_CREATED, EventType.FILE_DELETED, EventType.COMMAND_COMPLETED} <= set(kinds)
        assert server.names[0] == "SessionStart"
        assert {each["authorization"] for each in server.told[1:]} == {f"Bearer {TOKEN}"}
        assert [usage.conversation_id for usage in used(server)] == [agent_world.conversation_id] * 3
        assert all(usage.cost_usd > 0 and usage.input_tokens > 0 for usage in used(server))
        logs = json.dumps([each["said"] for each in server.told if each["path"] == "v1/logs"])
        assert "Do it." not in logs
        assert "README.md" not in logs
    assert (project / "own.txt").exists()


def test_a_permission_is_given_elsewhere_and_the_dialog_goes(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("touch asked.txt")), END)
    with posts(lambda said: answers(said, behavior="allow")) as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        terminal.wait_gone("Do you want")
        asked = on_permission(server)
        assert asked["tool_input"]["command"] == "touch asked.txt"
        assert "tool_use_id" not in asked
    assert (agent_world.project / "asked.txt").exists()


def test_a_permission_is_refused_elsewhere_with_a_reason(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), END)
    denies = {"behavior": "deny", "message": "Not on a Friday."}
    with posts(lambda said: answers(said, **denies)) as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        leave(terminal)
    (error,) = [
        each.draft.data
        for each in told_by(agent_world, server.hooks, transcript(agent_world))
        if each.draft.event_type is EventType.ERROR_OCCURRED
    ]
    assert (error["kind"], error["message"]) == ("permission_denied", "Not on a Friday.")


def leaves_permission(said: Json) -> Json | None:
    return None if said["hook_event_name"] == "PermissionRequest" else {}


def test_escape_in_a_dialog_closes_the_hooks_connection(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("touch asked.txt")), END)
    with posts(leaves_permission) as server, told_terminal(agent_world, server) as terminal:
        on_permission(server)
        terminal.wait_for("Do you want")
        server.wait(lambda: statuses(agent_world) == ["waiting"])
        terminal.press("escape")
        server.wait(lambda: server.is_gone("PermissionRequest"))
        terminal.wait_for("Interrupted")
        server.wait(lambda: statuses(agent_world) == ["idle"])
        assert "Stop" not in server.names


def test_a_permission_given_in_the_terminal_leaves_the_connection_open(agent_world: AgentWorld) -> None:
    """So that only the status, and what the call then does, say that it was answered."""
    agent_world.plays(calls(bash("touch asked.txt; while ! test -e go; do sleep 0.1; done")), END)
    with posts(leaves_permission) as server, told_terminal(agent_world, server) as terminal:
        on_permission(server)
        terminal.wait_for("Do you want")
        server.wait(lambda: statuses(agent_world) == ["waiting"])
        terminal.press("enter")
        server.wait(lambda: statuses(agent_world) == ["busy"])
        (agent_world.project / "go").touch()
        server.wait(lambda: "Stop" in server.names)
        assert not server.is_gone("PermissionRequest")


def test_a_question_of_the_agent_is_answered_elsewhere(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(call("AskUserQuestion", questions=[QUESTION])), END)

    def blue(said: Json) -> Json | None:
        answered = {**said.get("tool_input", {}), "answers": {"Which colour?": "Blue"}}
        return answers(said, behavior="allow", updatedInput=answered)

    with posts(blue) as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        terminal.wait_for("→ Blue")
        assert on_permission(server)["tool_name"] == "AskUserQuestion"


@pytest.mark.parametrize(("status", "shown"), [(401, "HTTP 401"), (500, "HTTP 500")])
def test_a_hook_that_is_answered_with_an_error_is_shown_and_stops_nothing(
    agent_world: AgentWorld, status: int, shown: str
) -> None:
    agent_world.plays(END)
    with posts(status=status) as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        terminal.wait_for(shown)


def test_a_daemon_that_is_gone_is_shown_and_stops_nothing(agent_world: AgentWorld) -> None:
    agent_world.plays(END)
    with posts() as server, told_terminal(agent_world, server, url="http://127.0.0.1:9/hook") as terminal:
        terminal.wait_for("Done.")
        terminal.wait_for("ECONNREFUSED")


def test_a_daemon_that_hangs_holds_a_terminal_up_for_no_longer_than_its_hooks_wait(agent_world: AgentWorld) -> None:
    agent_world.plays(END)

    def hangs(said: Json) -> Json | None:
        return None if said["hook_event_name"] == "UserPromptSubmit" else {}

    with posts(hangs) as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("timed out after 2s")
        terminal.wait_for("Done.")


def test_a_gate_keeps_it_working_and_is_started_without_a_shell(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "Done at first."}, {"say": "Done at last."})
    block = json.dumps({"decision": "block", "reason": "Not yet."})
    script = 'cat > /dev/null; test "$1" = \'$HOME; "x\' || exit 1; test -e asked && exit 0; touch asked; echo "$2"'
    gate = ["/bin/sh", "-c", script, "gate", '$HOME; "x', block]
    with posts() as server, told_terminal(agent_world, server, gate=gate) as terminal:
        terminal.wait_for("Not yet.")
        terminal.wait_for("Done at last.")
        server.wait(lambda: server.names.count("Stop") == 2)
        told = told_by(agent_world, server.hooks, transcript(agent_world))
    stops = [each.draft.data["text"] for each in told if each.draft.data.get("action") == "turn_ended"]
    assert stops == ["Done at first.", "Done at last."]


def test_hooks_reach_the_daemon_where_there_is_a_proxy(agent_world: AgentWorld) -> None:
    agent_world.plays(END)
    agent_world.environment |= {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    with posts() as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        server.wait(lambda: "Stop" in server.names)


def test_what_a_running_command_prints_grows_in_a_file_until_its_end(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("echo first; while ! test -e go; do sleep 0.1; done")), END)
    with posts() as server, told_terminal(agent_world, server, allowed=("Bash",)) as terminal:
        terminal.wait_for("ctrl+b")
        (output,) = Path(agent_world.environment["CLAUDE_CODE_TMPDIR"]).glob(
            f"claude-*/*/{agent_world.conversation_id}/tasks/*.output"
        )
        server.wait(lambda: output.read_text() == "first\n")
        (agent_world.project / "go").touch()
        terminal.wait_for("Done.")
        server.wait(lambda: not output.exists())


def test_a_subagents_transcript_lies_beside_what_names_its_call(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(AGENT), END, END, subagents={"Look at it.": [calls(bash("ls")), {"say": "Looked."}]})
    with posts() as server, told_terminal(agent_world, server, allowed=("Bash",)) as terminal:
        server.wait(
            lambda: "SubagentStop" in server.names and "Stop" in server.names[server.names.index("SubagentStop") :]
        )
        leave(terminal)
    (meta,) = agent_world.config.glob(f"projects/*/{agent_world.conversation_id}/subagents/agent-*.meta.json")
    started = next(said for said in server.hooks if said["hook_event_name"] == "SubagentStart")
    assert meta.name == f"agent-{started['agent_id']}.meta.json"
    agent_call = next(said for said in server.hooks if said.get("tool_name") == "Agent")
    assert json.loads(meta.read_text())["toolUseId"] == agent_call["tool_use_id"]
    lines = lines_of(meta.with_name(f"agent-{started['agent_id']}.jsonl"))
    assert {line["agentId"] for line in lines if line["type"] == "assistant"} == {started["agent_id"]}
    of_hooks = told_by(agent_world, server.hooks, [])
    inner = [each.draft.data for each in of_hooks if each.draft.data.get("parent_tool_use_id")]
    assert {data["parent_tool_use_id"] for data in inner} == {agent_call["tool_use_id"]}


def clear(terminal: ClaudeTerminal) -> None:
    terminal.say("/clear")
    terminal.wait_gone("Done.")


def test_clearing_begins_another_conversation(agent_world: AgentWorld) -> None:
    agent_world.plays(END)
    with posts() as server, told_terminal(agent_world, server) as terminal:
        terminal.wait_for("Done.")
        clear(terminal)
        server.wait(lambda: server.names.count("SessionStart") == 2)
        ended = next(said for said in server.hooks if said["hook_event_name"] == "SessionEnd")
        begun = [said for said in server.hooks if said["hook_event_name"] == "SessionStart"][-1]
    assert (ended["reason"], ended["session_id"]) == ("clear", agent_world.conversation_id)
    assert (begun["source"], begun["session_id"] != agent_world.conversation_id) == ("clear", True)
