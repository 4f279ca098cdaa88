"""Which turn of a script answers a conversation."""

from pathlib import Path

import pytest

from tools.scripted_model.script import (
    RESUMED_AFTER_KILL,
    SCRIPT_IS_OVER,
    Json,
    Script,
    ScriptError,
    assistant_runs,
    filled,
    load_scripts,
)

SCRIPT = Script.parse("x", {"turns": [{"say": "zero"}, {"say": "one"}], "subagents": {"Dig.": [{"say": "sub zero"}]}})


def said(*roles: str) -> list[Json]:
    return [{"role": role, "content": "words"} for role in roles]


@pytest.mark.parametrize(
    ("roles", "runs"),
    [
        ((), 0),
        (("user",), 0),
        (("user", "system"), 0),
        (("user", "assistant", "user"), 1),
        (("user", "assistant", "assistant", "user"), 1),
        (("user", "assistant", "system", "assistant", "user"), 1),
        (("user", "assistant", "user", "user", "system", "assistant"), 2),
    ],
)
def test_the_turn_is_the_number_of_assistant_runs(roles: tuple[str, ...], runs: int) -> None:
    assert assistant_runs(said(*roles)) == runs


def test_what_the_agent_writes_itself_after_a_kill_is_no_turn() -> None:
    own = {"role": "assistant", "content": [{"type": "text", "text": RESUMED_AFTER_KILL}]}
    assert assistant_runs([*said("user", "assistant", "user"), own, *said("user")]) == 1


def test_a_conversation_is_answered_by_its_turn_then_the_script_is_over() -> None:
    assert SCRIPT.turn(said("user")) == (0, {"say": "zero"})
    assert SCRIPT.turn(said("user", "assistant", "user")) == (1, {"say": "one"})
    assert SCRIPT.turn(said("user", "assistant", "user", "assistant", "user")) == (2, SCRIPT_IS_OVER)


def test_a_subagent_is_known_by_the_prompt_that_the_script_gave_it() -> None:
    assert SCRIPT.turn([{"role": "user", "content": [{"type": "text", "text": "Dig. Now."}]}]) == (
        0,
        {"say": "sub zero"},
    )


def test_placeholders_are_filled_from_the_request() -> None:
    result = {"type": "tool_result", "content": [{"type": "text", "text": "4 passed"}]}
    environment = {"role": "system", "content": "# Environment\n - Primary working directory: /home/dev/x\n - More"}
    body = {"messages": [environment, {"role": "user", "content": [result]}]}
    turn = {"calls": [{"input": {"file_path": "{{cwd}}/a.py", "n": 1}}], "say": "{{last_tool_result}}!"}
    assert filled(turn, body) == {"calls": [{"input": {"file_path": "/home/dev/x/a.py", "n": 1}}], "say": "4 passed!"}


def test_a_request_without_working_directory_is_refused_when_it_is_needed() -> None:
    assert filled({"say": "Hello."}, {"messages": []}) == {"say": "Hello."}
    with pytest.raises(ScriptError, match="working directory"):
        filled({"say": "{{cwd}}"}, {"messages": []})


def test_a_value_can_be_the_text_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py.txt").write_text("print()\n", "utf-8")
    (tmp_path / "x.json").write_text('{"turns": [{"calls": [{"input": {"content": {"file": "a.py.txt"}}}]}]}', "utf-8")
    assert load_scripts(tmp_path)["x"].turns == [{"calls": [{"input": {"content": "print()\n"}}]}]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "no list of turns"),
        ('{"turns": [{"sya": "x"}]}', "unknown key 'sya'"),
        ('{"turns": [{"say": {"file": "absent"}}]}', "cannot be read"),
    ],
)
def test_a_broken_script_is_named_at_the_start(tmp_path: Path, document: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(document, "utf-8")
    with pytest.raises(ScriptError, match=reason):
        load_scripts(tmp_path)


def test_the_scripts_that_ship_can_be_read() -> None:
    assert {"component_test", "component_coding", "hello", "hang"} <= load_scripts().keys()
