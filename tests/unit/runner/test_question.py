"""What a session asks, and which answer a person means."""

import pytest

from treadle.client.errors import ClientError, ExitCode
from treadle.runner.question import Question

ANSWERS = [{"name": name, "status": "ok"} for name in ("approve", "revise", "reject")]


def question(text: str = "Good?") -> Question:
    return Question.read(3, {"question": text, "answers": ANSWERS})


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
    asked = Question(session_id=3, text="?", names=("no", "not_now"))
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


def test_how_to_answer_names_the_first_answer_and_the_others() -> None:
    told = question().told("/data")
    assert told.startswith("Session 3 asks: Good? Answer with: ")
    assert told.endswith("answer 3 approve --data-dir /data (or revise, reject)")


def test_what_is_no_question_is_none() -> None:
    assert Question.of({"command": {"command": "noop", "metadata": {}}}) is None
    asked = Question.of({"sessionId": 3, "command": {"command": "ask", "metadata": {"question": "?", "answers": 7}}})
    assert asked == Question(session_id=3, text="?", names=())
