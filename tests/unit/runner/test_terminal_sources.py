"""What is read of the files that Claude Code leaves, however they are."""

import json
import os
from pathlib import Path
from typing import Any

from treadle.runner import terminal_sources
from treadle.runner.terminal_sources import Outputs, Status, Transcript, config_folder

CONVERSATION = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
NOBODYS_PID = 2**22 + 1


def said(number: int, kind: str = "user") -> dict[str, Any]:
    return {"type": kind, "number": number}


def add(path: Path, *lines: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for line in lines:
            file.write(line if isinstance(line, str) else json.dumps(line) + "\n")


def transcript_file(config: Path, conversation: str = CONVERSATION) -> Path:
    return config / "projects" / "-some-project" / f"{conversation}.jsonl"


def numbers(transcript: Transcript) -> list[object]:
    return [line["number"] for line in transcript.observations()]


def test_only_what_comes_is_read_in_whole_lines_and_again_when_it_is_wanted(tmp_path: Path) -> None:
    file = transcript_file(tmp_path)
    add(file, said(1))
    transcript = Transcript(tmp_path, CONVERSATION)
    add(file, said(2), '{"type": "user", ')
    assert numbers(transcript) == [2]
    add(file, '"number": 3}\n', said(4))
    assert numbers(transcript) == [3, 4]
    assert numbers(transcript) == []
    transcript.again()
    assert numbers(transcript) == [2, 3, 4]


def test_a_conversation_that_begins_later_and_the_one_after_it(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path, CONVERSATION)
    assert numbers(transcript) == []
    add(transcript_file(tmp_path), said(1))
    assert numbers(transcript) == [1]
    add(transcript_file(tmp_path, OTHER), said(2))
    assert numbers(transcript) == []
    transcript.follow(OTHER)
    assert numbers(transcript) == [2]


def test_broken_lines_and_what_nobody_needs_are_left_out(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path, CONVERSATION)
    hook = {"type": "attachment", "attachment": {"type": "hook_success"}, "number": 1}
    other = {"type": "attachment", "attachment": {"type": "skill_listing"}, "number": 2}
    add(transcript_file(tmp_path), "{broken\n", "[1]\n", "\n", said(3, "snapshot"), other, hook, said(4, "assistant"))
    assert numbers(transcript) == [1, 4]


def test_a_long_line_is_read_and_a_huge_one_left_out(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(terminal_sources, "CHUNK_BYTES", 100)
    monkeypatch.setattr(terminal_sources, "MAX_LINE_BYTES", 1_000)
    transcript = Transcript(tmp_path, CONVERSATION)
    add(transcript_file(tmp_path), {**said(1), "x": "y" * 500}, {**said(2), "x": "y" * 5_000}, said(3))
    found: list[object] = []
    for _ in range(20):
        found += numbers(transcript)
    assert found == [1, 3]


def test_agents_below_are_read_with_who_they_are(tmp_path: Path) -> None:
    transcript = Transcript(tmp_path, CONVERSATION)
    add(transcript_file(tmp_path), said(1))
    below = transcript_file(tmp_path).with_suffix("") / "subagents"
    add(below / "agent-a1.jsonl", said(2))
    (below / "agent-a1.meta.json").write_text('{"agentType": "general')
    assert numbers(transcript) == [1, 2]
    (below / "agent-a1.meta.json").write_text('{"agentType": "general-purpose", "toolUseId": "t1"}')
    about = {"type": "subagent", "agentId": "a1", "agentType": "general-purpose", "toolUseId": "t1"}
    assert transcript.observations() == [about]
    assert transcript.observations() == []


def told(config: Path, name: int, **status: object) -> None:
    add(config / "sessions" / f"{name}.json", "")
    (config / "sessions" / f"{name}.json").write_text(json.dumps(status))


def test_the_status_is_told_when_it_changes(tmp_path: Path) -> None:
    status = Status(tmp_path, os.getpid(), CONVERSATION)
    assert (status.news(), status.name) == (None, None)
    told(tmp_path, os.getpid(), pid=os.getpid(), status="busy", sessionId=CONVERSATION, cwd="/x")
    news = {"status": "busy", "pid": os.getpid(), "conversationId": CONVERSATION}
    assert (status.news(), status.name) == (news, "busy")
    assert status.news() is None
    told(tmp_path, os.getpid(), pid=os.getpid(), status="waiting", waitingFor="permission prompt", sessionId=OTHER)
    again = status.news()
    assert again is not None
    assert (again["conversationId"], again["waitingFor"]) == (OTHER, "permission prompt")


def test_a_program_below_ours_is_known_by_its_conversation_and_a_killed_one_is_not_ours(tmp_path: Path) -> None:
    told(tmp_path, NOBODYS_PID, pid=NOBODYS_PID, status="busy", sessionId=CONVERSATION)
    status = Status(tmp_path, NOBODYS_PID - 1, CONVERSATION)
    assert (status.news(), status.name) == (None, None)
    told(tmp_path, os.getpid(), pid=os.getpid(), status="idle", sessionId=CONVERSATION)
    status.news()
    assert status.name == "idle"


def test_what_a_running_command_prints_is_told_as_it_grows(tmp_path: Path) -> None:
    outputs = Outputs({"CLAUDE_CODE_TMPDIR": str(tmp_path)})
    tasks = tmp_path / f"claude-{os.getuid()}" / "-some-project" / CONVERSATION / "tasks"
    add(tasks / "b1.output", "one é")
    assert outputs.observations(CONVERSATION) == []  # nobody knows whose it is
    outputs.heard({"message": {"content": [{"type": "tool_use", "name": "Bash", "id": "t1"}]}})
    whose = {"taskId": "b1", "toolUseId": "t1", "conversationId": CONVERSATION}
    assert outputs.observations(CONVERSATION) == [{**whose, "offset": 0, "text": "one é"}]
    with (tasks / "b1.output").open("ab") as file:
        file.write("é".encode()[:1])
    assert outputs.observations(CONVERSATION) == []
    with (tasks / "b1.output").open("ab") as file:
        file.write("é".encode()[1:])
    assert outputs.observations(CONVERSATION) == [{**whose, "offset": 6, "text": "é"}]
    outputs.heard({"message": {"content": [{"type": "tool_result", "tool_use_id": "t1"}]}})
    add(tasks / "b1.output", "more")
    assert outputs.observations(CONVERSATION) == []


def test_where_claude_code_keeps_its_things() -> None:
    assert config_folder({"HOME": "/home/me"}, Path("/work")) == Path("/home/me/.claude")
    assert config_folder({"HOME": "/home/me", "CLAUDE_CONFIG_DIR": "/elsewhere"}, Path("/work")) == Path("/elsewhere")
