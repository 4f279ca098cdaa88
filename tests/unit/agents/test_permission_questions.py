"""How a person is asked about what Claude Code wants to do."""

from typing import Any

import pytest

from treadle.agents.agent_questions import answered_input, questions_of
from treadle.agents.claude_code_protocol import AgentRequest
from treadle.agents.permission_questions import ToolUse, details_of, question_of

ROOTS = ("/home/ada/project",)


def use(tool: str, agent_type: str | None = None, **tool_input: object) -> ToolUse:
    return ToolUse(tool=tool, tool_input=tool_input, tool_use_id="t-1", agent_type=agent_type)


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        (use("Bash", command="git push"), "Claude Code wants to run: git push"),
        (use("Bash", command="a\nb"), "Claude Code wants to run: a …"),
        (use("Write", file_path="/home/ada/project/a.txt"), "Claude Code wants to write a.txt"),
        (use("Edit", file_path="/etc/hosts"), "Claude Code wants to change /etc/hosts"),
        (use("WebFetch", url="https://x.org"), "Claude Code wants to use WebFetch: https://x.org"),
        (use("Strange"), "Claude Code wants to use Strange"),
        (use("Bash", "tester", command="ls"), "A helper of Claude Code (tester) wants to run: ls"),
    ],
)
def test_the_question_is_one_line(asked: ToolUse, question: str) -> None:
    assert question_of(asked, ROOTS) == question


def test_a_question_is_never_too_long_and_a_command_is_never_shortened() -> None:
    command = "echo " + "x" * 20_000
    assert len(question_of(use("Bash", command=command), ROOTS)) == 500
    details = details_of(use("Bash", command=command, description="y" * 9_000))
    assert details["command"] == command
    shown: Any = details["input"]
    assert (len(shown["description"]), shown["description"][-1]) == (8_000, "…")


def test_a_change_is_shown_as_a_diff() -> None:
    edit = details_of(use("Edit", file_path="a.txt", old_string="one\ntwo", new_string="one\nthree"))
    assert str(edit["diff"]).splitlines()[-3:] == [" one", "-two", "+three"]
    written = details_of(use("Write", file_path="a.txt", content="new\n"), current="old\n")
    assert str(written["diff"]).splitlines()[-2:] == ["-old", "+new"]
    assert "diff" not in details_of(use("Bash", command="ls"))


def test_a_huge_change_is_bounded() -> None:
    diff = str(details_of(use("Write", file_path="a", content="line\n" * 10_000))["diff"])
    assert (len(diff.splitlines()), diff[-1]) == (401, "…")


def test_the_same_call_has_the_same_fingerprint_whoever_makes_it() -> None:
    one = use("Bash", command="ls", description="d")
    other = ToolUse(tool="Bash", tool_input={"description": "d", "command": "ls"}, tool_use_id="t-2")
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != use("Bash", command="ls -l").fingerprint


def test_a_request_without_a_tool_call_is_named_by_its_own_id() -> None:
    request = AgentRequest(
        request_id="r-1", subtype="can_use_tool", tool="X", tool_use_id=None, tool_input={}, callback=None, reason=None
    )
    assert ToolUse.of(request).tool_use_id == "r-1"


QUESTION = {"question": "Which?", "options": [{"label": "Red", "description": "r"}, {"label": "Red"}, {"label": ""}]}


def test_the_agents_own_questions_have_answers_with_names_of_their_own() -> None:
    (question,) = questions_of({"questions": [QUESTION, {"question": " "}, "stray"]})
    assert [option["name"] for option in question.options()] == ["Red", "2", "3", "other"]
    assert all(option["title"] for option in question.options())
    assert (question.answer("2", None), question.answer("other", "Blue")) == ("Red", "Blue")
    assert (question.notes("Red", "Dark."), question.notes("other", "Blue")) == ("Dark.", None)


def test_of_a_question_that_takes_several_answers_the_comment_names_the_others() -> None:
    (question,) = questions_of({"questions": [{**QUESTION, "multiSelect": True}]})
    assert question.shown == "Which? (Name further ones in the comment.)"
    assert (question.answer("Red", "Blue"), question.notes("Red", "Blue")) == ("Red, Blue", None)


def test_answers_go_into_the_input_of_the_call() -> None:
    assert answered_input({"questions": []}, {"Which?": "Red"}, {"Which?": "Dark."}) == {
        "questions": [],
        "answers": {"Which?": "Red"},
        "annotations": {"Which?": {"notes": "Dark."}},
    }
