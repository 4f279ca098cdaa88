"""An ask for a terminal: in a list, whole, and in a line of a session's."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from treadle.cli.ask_texts import MOST_LINES, MOST_TOLD, asks_text, named, told, whole_ask

OPTIONS = [{"name": "allow", "title": "Allow it once"}, {"name": "deny", "title": "deny"}]


def ago(**passed: float) -> str:
    return (datetime.now(UTC) - timedelta(**passed)).isoformat()


def an_ask(**fields: Any) -> dict[str, Any]:
    usual = {
        "id": 7,
        "sessionId": 3,
        "kind": "permission",
        "question": "May I run this?",
        "details": {"command": "git push"},
        "options": OPTIONS,
        "askedBy": "Claude Code",
        "askedAt": ago(minutes=3),
        "expiresAt": None,
        "defaultAnswer": None,
        "status": "open",
    }
    return {**usual, **fields}


def test_one_that_waits_says_who_asks_what_and_how_to_answer() -> None:
    lines = asks_text([an_ask()], "/data").splitlines()
    assert lines[:4] == [
        "Ask 7, permission, of session 3, by Claude Code, 3:00 min ago",
        "  May I run this?",
        "  $ git push",
        "  answers: allow, deny",
    ]
    assert lines[-1].startswith("Answer with: ")
    assert lines[-1].endswith("treadle answer 7 allow --data-dir /data (or deny)")


@pytest.mark.parametrize(("default", "then"), [("deny", "deny"), (None, "it is closed")])
def test_one_with_a_deadline_says_what_counts_then(default: str | None, then: str) -> None:
    ask = an_ask(expiresAt="2026-11-26T12:00:00Z", defaultAnswer=default)
    assert asks_text([ask], None).splitlines()[0].endswith(f", then: {then}")
    assert "until 2026-11-2" in asks_text([ask], None)


@pytest.mark.parametrize(
    ("closed", "words"),
    [
        (
            {"status": "answered", "answer": "deny", "answeredBy": "ada@box", "comment": "Not\non main"},
            "answered: deny, by ada@box: Not on main",
        ),
        ({"status": "answered", "answer": "allow", "answeredBy": "ada@box"}, "answered: allow, by ada@box"),
        ({"status": "withdrawn", "reason": "The step has ended."}, "withdrawn: The step has ended"),
        ({"status": "expired", "answer": "deny"}, "not answered in time: deny"),
        ({"status": "expired", "answer": None}, "not answered in time"),
    ],
    ids=["with a comment", "without", "withdrawn", "default", "nothing"],
)
def test_one_that_is_closed_says_what_has_become_of_it(closed: dict[str, Any], words: str) -> None:
    ask = an_ask(**closed, closedAt=ago(days=2, hours=3))
    lines = asks_text([ask], None).splitlines()
    assert lines[-1] == f"  {words} (2 days ago)"
    assert whole_ask(ask).splitlines()[-1] == f"It is {words} (2 days ago)."
    assert not any("Answer with" in line for line in lines)


def test_a_long_one_is_cut_in_a_list_and_whole_by_itself() -> None:
    ask = an_ask(details={"diff": "\n".join(f"+line {number}" for number in range(50))})
    listed, whole = asks_text([ask], None), whole_ask(ask)
    assert f"  … {51 - MOST_LINES} more lines: treadle answer 7 shows the whole" in listed
    assert "+line 49" not in listed
    assert whole.splitlines()[1:3] == ["  May I run this?", "  +line 0"]
    assert whole.splitlines()[-4:] == ["  +line 49", "", "  1 allow: Allow it once", "  2 deny"]


def test_nothing_of_it_steers_the_terminal() -> None:
    fields = dict.fromkeys(("question", "askedBy", "kind", "defaultAnswer"), "\x1b[2J\r\x08")
    options = [{"name": "\x1b[1m", "title": "\x1b[2m", "description": "\x9b3m"}]
    ask = an_ask(
        **fields, options=options, details={"command": "\x1b]0;x\x07", "other": "\x1b"}, expiresAt=ago(hours=1)
    )
    for text in (asks_text([ask], None), whole_ask(ask), named(ask), *told([ask], None)):
        assert all(line.isprintable() for line in text.splitlines())


def test_of_very_many_the_first_are_told_in_a_line_each() -> None:
    lines = told([an_ask(id=number) for number in range(1, MOST_TOLD + 4)], None)
    assert len(lines) == MOST_TOLD + 1
    assert lines[0].startswith("Session 3 asks: May I run this? git push. Answer with: ")
    assert lines[-1] == "3 more asks: treadle asks lists them all."


def test_what_has_another_shape_is_shown_as_far_as_it_goes() -> None:
    assert asks_text([{"status": "open"}], None).startswith("Ask 0, , of session 0, by ")
    assert whole_ask({}).endswith("ago).")
