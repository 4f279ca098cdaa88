"""The summary as a table at the end of a run, and in `treadle show`."""

import shlex

from treadle.agents.lenient import an_object, optional_text
from treadle.client.tables import printable, table
from treadle.runner import figures
from treadle.runner.summary import StepSummary, Summary

HEADINGS = ("#", "STEP", "ATTEMPT", "RESULT", "TIME", "FILES", "TOKENS", "COST")
MAX_FILES = 20


def summary_text(summary: Summary, *, width: int | None) -> str:
    rows = [_row(step) for step in summary.steps]
    files, tokens = len(summary.files) or None, figures.tokens(summary.tokens)
    totals = (None, "all", None, summary.status, figures.duration(summary.duration_ms), files, tokens)
    lines = [table(HEADINGS, [*rows, (*totals, figures.cost(summary.cost_usd))], width=width)]
    if summary.files:
        more = [f"… and {len(summary.files) - MAX_FILES} more"] if len(summary.files) > MAX_FILES else []
        lines += ["", "Files: " + ", ".join([printable(file) for file in summary.files[:MAX_FILES]] + more)]
    state = an_object(summary.session.get("state"))
    lines += [f"{key.capitalize()}: {printable(said)}" for key in ("branch", "commit") if (said := _said(state, key))]
    return "\n".join(lines)


def look_further(session_id: int, status: str, data_dir: str | None) -> str:
    option = f" --data-dir {shlex.quote(data_dir)}" if data_dir else ""
    commands = [f"treadle show {session_id}{option}", f"treadle events {session_id}{option}"]
    if status == "active":
        commands.insert(0, f"treadle run --session {session_id}{option}")
    return "Look further:\n" + "\n".join(f"  {command}" for command in commands)


def _row(step: StepSummary) -> tuple[object, ...]:
    time = figures.duration(step.duration_ms) if step.duration_ms is not None else ""
    tokens = figures.tokens(step.input_tokens + step.output_tokens)
    files = len(step.files) or None
    cost = figures.cost(step.cost_usd)
    return (step.position, step.step, step.attempt, step.status, time, files, tokens, cost)


def _said(state: object, key: str) -> str | None:
    return optional_text(an_object(state).get(key))
