"""Files that lie where Claude Code in a terminal keeps its own, as nobody wants them: old, half, odd, or another's."""

import json
import os
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from treadle.runner.terminal_sources import Outputs, Status, Transcript, config_folder

CONVERSATION = str(uuid.UUID(int=1))
OTHER = str(uuid.UUID(int=2))


def transcript(config: Path, conversation_id: str, *words: str, project: str = "-shop") -> Path:
    path = config / "projects" / project / f"{conversation_id}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({"type": "user", "said": each}) + "\n" for each in words)
    return path


def said(observed: Sequence[Mapping[str, object]]) -> list[object]:
    return [each.get("said") for each in observed]


def test_of_a_conversation_that_goes_on_only_what_is_new_is_told(tmp_path: Path) -> None:
    transcript(tmp_path, CONVERSATION, "old")
    read = Transcript(tmp_path, CONVERSATION)
    transcript(tmp_path, CONVERSATION, "new")
    assert said(read.observations()) == ["new"]
    assert read.observations() == []
    read.again()
    assert said(read.observations()) == ["new"]


def test_of_an_earlier_conversation_that_a_person_goes_on_with_only_what_is_new_is_told(tmp_path: Path) -> None:
    transcript(tmp_path, OTHER, "old", project="-elsewhere")
    read = Transcript(tmp_path, CONVERSATION)
    transcript(tmp_path, OTHER, "new", project="-elsewhere")
    read.follow(OTHER)
    assert said(read.observations()) == ["new"]


def test_a_conversation_that_begins_meanwhile_is_told_whole(tmp_path: Path) -> None:
    read = Transcript(tmp_path, CONVERSATION)
    transcript(tmp_path, OTHER, "first", "second")
    read.follow(OTHER)
    assert said(read.observations()) == ["first", "second"]


def test_what_is_known_of_a_subagent_is_told_once(tmp_path: Path) -> None:
    read = Transcript(tmp_path, CONVERSATION)
    agents = transcript(tmp_path, CONVERSATION).with_suffix("") / "subagents"
    agents.mkdir(parents=True)
    meta = agents / "agent-a1.meta.json"
    meta.write_text('{"agentType"')
    assert read.observations() == []
    meta.write_text('{"agentType": "Explore"}')
    observed = [read.observations() for _ in range(6)]
    assert observed == [[{"agentType": "Explore", "type": "subagent", "agentId": "a1"}], [], [], [], [], []]
    read.again()
    assert len(read.observations()) == 1


def test_a_pipe_in_the_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    read = Transcript(tmp_path, CONVERSATION)
    os.mkfifo(transcript(tmp_path, OTHER).with_name(f"{CONVERSATION}.jsonl"))
    (tmp_path / "sessions").mkdir()
    os.mkfifo(tmp_path / "sessions" / "7.json")
    assert read.observations() == []
    assert Status(tmp_path, 7, CONVERSATION).news() is None


@pytest.mark.parametrize("name", ["**x", "../../x", "/x", "a\0b", ""])
def test_a_status_that_names_no_conversation_names_the_one_that_is_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "sessions").mkdir()
    status = Status(tmp_path, 7, CONVERSATION)
    (tmp_path / "sessions" / "7.json").write_text(json.dumps({"pid": 7, "sessionId": name, "status": "idle"}))
    assert status.news() == {"pid": 7, "status": "idle", "conversationId": CONVERSATION}


def test_a_status_that_a_killed_program_with_the_same_number_has_left_is_nobodys(tmp_path: Path) -> None:
    file = tmp_path / "sessions" / "7.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"pid": 7, "sessionId": OTHER, "status": "busy", "startedAt": 1}))
    status = Status(tmp_path, 7, CONVERSATION)
    assert status.news() is None
    assert status.name is None
    file.write_text(json.dumps({"pid": 7, "sessionId": CONVERSATION, "status": "idle", "startedAt": 2}))
    assert status.news() == {"pid": 7, "status": "idle", "conversationId": CONVERSATION}


def test_the_folder_of_claude_codes_files_may_be_named_from_where_it_is_started(tmp_path: Path) -> None:
    assert config_folder({"CLAUDE_CONFIG_DIR": "my claude"}, tmp_path) == tmp_path / "my claude"
    assert config_folder({"CLAUDE_CONFIG_DIR": "/elsewhere"}, tmp_path) == Path("/elsewhere")
    assert config_folder({"HOME": "/home/me", "CLAUDE_CONFIG_DIR": ""}, tmp_path) == Path("/home/me/.claude")


class Commands:
    def __init__(self, temporary: Path) -> None:
        self.folder = temporary / f"claude-{os.getuid()}"
        self.tasks = self.folder / "-shop" / CONVERSATION / "tasks"
        self.tasks.mkdir(parents=True)
        self.outputs = Outputs({"CLAUDE_CODE_TMPDIR": str(temporary)})

    def begins(self, call: str) -> None:
        self._heard({"type": "tool_use", "name": "Bash", "id": call})

    def ends(self, call: str) -> None:
        self._heard({"type": "tool_result", "tool_use_id": call})

    def prints(self, task: str, words: str) -> None:
        with (self.tasks / f"{task}.output").open("a", encoding="utf-8") as file:
            file.write(words)

    def told(self) -> list[tuple[object, object]]:
        return [(each["toolUseId"], each["text"]) for each in self.outputs.observations(CONVERSATION)]

    def _heard(self, block: dict[str, object]) -> None:
        self.outputs.heard({"message": {"content": [block]}})


def test_a_command_after_one_in_the_background_has_a_file_of_its_own(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    commands.begins("server")
    commands.prints("b1", "listening\n")
    assert commands.told() == [("server", "listening\n")]
    commands.ends("server")
    commands.begins("test")
    assert commands.told() == []
    commands.prints("b2", "passed\n")
    assert commands.told() == [("test", "passed\n")]


def test_what_another_user_may_have_laid_there_is_not_read(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    commands.folder.rename(tmp_path / "theirs")
    commands.folder.symlink_to(tmp_path / "theirs")
    commands.begins("test")
    commands.prints("b1", "passed\n")
    assert commands.told() == []
    commands.folder.unlink()
    (tmp_path / "theirs").rename(commands.folder)
    os.mkfifo(commands.tasks / "b2.output")
    (commands.tasks / "b1.output").unlink()
    assert commands.told() == []
