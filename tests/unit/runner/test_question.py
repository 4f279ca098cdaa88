"""What a session asks, and which answer a person means."""

import pytest

from treadle.client.errors import ClientError, ExitCode
from treadle.runner.question import Question

NAMES = ("approve", "revise", "reject")


def question(text: str = "Good?", *names: str, **details: object) -> Question:
    options = [{"name": name, "title": name, "description": None} for name in names or NAMES]
    return Question.of({"id": 7, "sessionId": 3, "question": text, "options": options, "details": details})


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("approve", "approve"),
        ("APPROVE", "approve"),
        ("a", "approve"),
        ("rej", "reject"),
        ("1", "approve"),
        ("3", "reject"),
    ],
)
def test_a_number_a_name_and_its_beginning_are_understood(word: str, name: str) -> None:
    assert question().meant(word) == name


def test_a_whole_name_is_no_beginning_of_another() -> None:
    asked = question("?", "no", "not_now")
    assert asked.meant("no") == "no"
    assert asked.meant("not") == "not_now"


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("re", "re may be revise or reject."),
        ("", "Nothing is no answer; there are: approve, revise, reject."),
        ("0", "0 is no answer; there are: approve, revise, reject."),
        ("4", "4 is no answer; there are: approve, revise, reject."),
        ("²", "² is no answer; there are: approve, revise, reject."),
        ("\x1bno", " no is no answer; there are: approve, revise, reject."),
    ],
)
def test_anything_else_is_refused_in_a_sentence(word: str, sentence: str) -> None:
    with pytest.raises(ClientError) as refused:
        question().meant(word)
    assert (refused.value.message, refused.value.exit_code) == (sentence, ExitCode.USAGE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Good?", "Good?"),
        ("Look\n\tat  it", "Look at it."),
        ("a\x1b[31mb", "a [31mb."),
        ("x" * 500, "x" * 299 + "…"),
    ],
)
def test_in_a_line_it_is_a_sentence_that_steers_no_terminal(text: str, sentence: str) -> None:
    assert question(text).asked == sentence


def test_a_number_is_a_place_unless_an_answer_is_named_so() -> None:
    asked = question("How many?", "3", "2", "Many")
    assert [asked.meant(word) for word in ("3", "2", "1", "many")] == ["3", "2", "3", "Many"]


def test_how_to_answer_names_the_number_of_the_ask_and_the_answers() -> None:
    told = question().told("/data")
    assert told.startswith("Session 3 asks: Good? Answer with: ")
    assert told.endswith("answer 7 approve --data-dir /data (or revise, reject)")


def test_in_a_line_the_exact_command_or_path_is_said_unless_the_question_says_it() -> None:
    assert question("Run it?", command="rm -rf build\n  && make").asked == "Run it? rm -rf build && make."
    assert question("Write it?", path="src/a.py").asked == "Write it? src/a.py."
    assert question("Run rm -rf build?", command="rm -rf build").asked == "Run rm -rf build?"


def test_its_answers_are_numbered_and_say_what_they_mean() -> None:
    options = [
        {"name": "allow", "title": "Allow it once", "description": None},
        {"name": "deny", "title": "deny", "description": "The agent\x1b[2J reads your comment"},
    ]
    asked = Question.of({"id": 7, "sessionId": 3, "question": "May I?", "options": options})
    assert asked.numbered == ["  1 allow: Allow it once", "  2 deny (The agent [2J reads your comment)"]


def test_what_is_no_ask_asks_nothing() -> None:
    asked = Question.of({"id": "seven", "question": 7, "options": {}, "details": []})
    assert (asked.ask_id, asked.text, asked.names, asked.lines) == (0, "", (), [])
    with pytest.raises(ClientError, match="is no answer"):
        asked.meant("yes")
