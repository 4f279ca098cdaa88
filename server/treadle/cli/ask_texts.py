"""An ask as text: in a list of many, or whole."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from treadle.agents.lenient import JsonObject, count, moment, text
from treadle.cli.options import local_time
from treadle.client.tables import printable
from treadle.runner import figures
from treadle.runner.answers import outcome
from treadle.runner.question import Question

MOST_LINES = 12
"""Of the question and what it is about, in a list."""
MOST_TOLD = 10
INDENT = "  "


def asks_text(asks: Sequence[JsonObject], data_dir: str | None) -> str:
    parts = ["\n".join(_in_a_list(ask)) for ask in asks]
    still_open = [ask for ask in asks if ask.get("status") == "open"]
    if still_open:
        parts.append(f"Answer with: {Question.of(still_open[0]).how_to_answer(data_dir)}")
    return "\n\n".join(parts)


def whole_ask(ask: JsonObject) -> str:
    question = Question.of(ask)
    answers = [] if ask.get("status") == "open" else [f"It is {_end(ask)}."]
    return "\n".join([f"{_head(ask)}:", *_indented(question.lines), "", *question.numbered, *answers])


def told(asks: Sequence[JsonObject], data_dir: str | None) -> list[str]:
    """A line for each: what is asked, and how to answer."""
    lines = [Question.of(ask).told(data_dir) for ask in asks[:MOST_TOLD]]
    left = len(asks) - len(lines)
    return [*lines, f"{figures.counted(left, 'more ask')}: treadle asks lists them all."] if left else lines


def _in_a_list(ask: JsonObject) -> Iterator[str]:
    question = Question.of(ask)
    yield _head(ask)
    lines = question.lines
    yield from _indented(lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        hidden = figures.counted(len(lines) - MOST_LINES, "more line")
        yield f"{INDENT}… {hidden}: treadle answer {question.ask_id} shows the whole"
    if ask.get("status") == "open":
        yield printable(f"{INDENT}answers: {', '.join(question.names)}")
    else:
        yield f"{INDENT}{_end(ask)}"


def _head(ask: JsonObject) -> str:
    """Its number, where it stands, who asks, how long ago, until when."""
    about = f"Ask {count(ask.get('id'))}, {text(ask.get('kind'))}, of session {count(ask.get('sessionId'))}"
    parts = [f"{about}, by {text(ask.get('askedBy'))}", _ago(ask.get("askedAt"))]
    if ask.get("status") == "open" and ask.get("expiresAt"):
        default = text(ask.get("defaultAnswer")) or "it is closed"
        parts.append(f"until {local_time(ask['expiresAt'])}, then: {default}")
    return printable(", ".join(parts))


def _end(ask: JsonObject) -> str:
    return f"{outcome(ask)} ({_ago(ask.get('closedAt'))})"


def _ago(value: object) -> str:
    then = moment(value)
    passed = timedelta(0) if then is None else max(timedelta(0), datetime.now(UTC) - then)
    if passed.days:
        return f"{figures.counted(passed.days, 'day')} ago"
    return f"{figures.duration(round(passed.total_seconds() * 1_000))} ago"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"{INDENT}{line}" for line in lines]


def named(ask: JsonObject) -> str:
    """As a sentence begins."""
    by = printable(text(ask.get("askedBy")))
    return f"Ask {count(ask.get('id'))} of session {count(ask.get('sessionId'))} ({by})"
