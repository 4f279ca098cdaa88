"""The summary as a table at the end of a run, and in `treadle show`."""

from collections import Counter
from collections.abc import Sequence

from treadle.agents.lenient import JsonObject, an_object, optional_text, text
from treadle.client.own_command import to_type
from treadle.client.tables import printable, table
from treadle.runner import figures
from treadle.runner.summary import StepSummary, Summary

HEADINGS = ("#", "STEP", "ATTEMPT", "RESULT", "TIME", "FILES", "TOKENS", "COST")
MAX_FILES = 20
ENDED = {"failed": "failed", "cancelled": "was cancelled"}


def summary_text(summary: Summary, *, width: int | None) -> str:
    rows = [_row(step, attempt) for step, attempt in zip(summary.steps, _attempts(summary.steps), strict=True)]
    files, tokens = len(summary.files) or None, figures.tokens(summary.tokens)
    totals = (None, "all", None, summary.standing, figures.duration(summary.duration_ms), files, tokens)
    lines = [table(HEADINGS, [*rows, (*totals, figures.cost(summary.cost_usd))], width=width)]
    if summary.files:
        more = [f"… and {len(summary.files) - MAX_FILES} more"] if len(summary.files) > MAX_FILES else []
        lines += ["", "Files: " + ", ".join([printable(file) for file in summary.files[:MAX_FILES]] + more)]
    state = an_object(summary.session.get("state"))
    places = [f"{key.capitalize()}: {printable(said)}" for key in ("branch", "commit") if (said := _said(state, key))]
    lines += [""] * (bool(places) and not summary.files) + places
    return "\n".join(lines)


def _attempts(steps: Sequence[StepSummary]) -> list[int]:
    """How often each step was begun until then: the wire's number begins anew whenever the step has ended well."""
    begun: Counter[str] = Counter()
    numbers = []
    for step in steps:
        numbers.append(begun[step.step] + 1)
        begun[step.step] += step.status != "superseded"
    return numbers


def said_by_steps(steps: Sequence[StepSummary]) -> list[str]:
    """Each step's sentence; what several attempts said alike, once."""
    alike: dict[tuple[str, str], list[int]] = {}
    for step in steps:
        if step.message:
            alike.setdefault((step.step, step.message), []).append(step.position)
    lines = []
    for (step_name, message), positions in alike.items():
        again = f" ({len(positions)} times)" if len(positions) > 1 else ""
        lines.append(f"{positions[0]}. {step_name}: {printable(message)}{again}")
    return lines


def ended_sentence(session: JsonObject, steps: Sequence[StepSummary] = ()) -> str:
    """For a failed session the last step's reason, then why the session did not go on."""
    status, reason = text(session.get("status")), text(session.get("failureReason"))
    last = next((step.message for step in reversed(steps) if step.message), "") if status == "failed" else ""
    last = "" if last in reason else last  # a step may have said so itself
    why = printable(" ".join(said for said in (last, reason) if said))
    words = f"Session {session.get('id')} {ENDED.get(status, f'is {status}')}"
    return f"{words}: {why}" if why else f"{words}."


def look_further(session_id: int, standing: str, data_dir: str | None, *, shown: bool = False) -> str:
    """`shown`: the session itself is what the person has just looked at."""
    number = str(session_id)
    commands = [] if shown else [to_type("show", number, data_dir=data_dir)]
    commands.append(to_type("events", number, data_dir=data_dir))
    if standing == "paused":
        commands.insert(0, to_type("resume", number, data_dir=data_dir))
    elif standing == "active":
        commands.insert(0, to_type("run", "--session", number, data_dir=data_dir))
    return "Look further:\n" + "\n".join(f"  {command}" for command in commands)


def _row(step: StepSummary, attempt: int) -> tuple[object, ...]:
    time = figures.duration(step.duration_ms) if step.duration_ms is not None else ""
    tokens = figures.tokens(step.input_tokens + step.output_tokens)
    files = len(step.files) or None
    cost = figures.cost(step.cost_usd)
    return (step.position, step.step, attempt, step.status, time, files, tokens, cost)


def _said(state: object, key: str) -> str | None:
    return optional_text(an_object(state).get(key))
