"""A short exact account of what went wrong, for the agent's next prompt and for people."""

import re
from collections.abc import Sequence

from treadle.workflows.junit_report import Case, plain

MAX_DIGEST = 6_000
MAX_CASE = 1_500
MAX_MESSAGE = 300
MAX_FAILED_LISTED = 50
MAX_LINE = 500
NOISE = re.compile(r"\s*(?:(?:❯|at) .*(?:node_modules/|\bnode:internal/).*|Serialized Error: .*|⎯+)")
"""Where a JavaScript error went through others' code, what else it carried, and what vitest draws between errors."""
RULE = "⎯"


def digest_of_cases(headline: str, cases: Sequence[Case]) -> str:
    """The headline and, test by test, what it printed, as long as there is room."""
    digest = _first(headline, MAX_MESSAGE)
    for index, case in enumerate(cases):
        block = f"\n\n{case.ending.upper()} {_first(case.name, MAX_MESSAGE)}\n{_account(case)}"
        rest = f"\n\n… and {len(cases) - index} more."
        if len(digest) + len(block) + len(rest) > MAX_DIGEST:
            return digest + rest
        digest += block
    return digest


def digest_of_output(headline: str, stdout: str | None, stderr: str | None) -> str:
    """The headline and the ends of both streams."""
    digest = _first(headline, MAX_MESSAGE)
    for name, text in (("stdout", stdout), ("stderr", stderr)):
        if text and text.strip():
            digest += f"\n\n{name} ended with:\n{_last(_told(plain(text)), MAX_CASE)}"
    return digest


def failed_list(cases: Sequence[Case]) -> list[dict[str, str]]:
    return [
        {"name": _first(case.name, MAX_MESSAGE), "message": _first(case.message or case.text, MAX_MESSAGE)}
        for case in cases[:MAX_FAILED_LISTED]
    ]


def _account(case: Case) -> str:
    """What was wrong stands at the end of pytest's text, and at the beginning of vitest's."""
    text = _told(case.text) or case.message
    message = case.message.partition("\n")[0][:MAX_LINE]
    if len(text) <= MAX_CASE or not message or message not in text.partition("\n")[0]:
        return _last(text, MAX_CASE)
    begin = text[: MAX_CASE // 2].rpartition("\n")[0] or text[: MAX_CASE // 2]
    return f"{begin}\n{_last(text, MAX_CASE - len(begin) - 1)}"


def _told(text: str) -> str:
    """Without lines that tell nothing, and without the end of endless ones."""
    kept = (line.rstrip() for line in text.split("\n") if not NOISE.fullmatch(line))
    lines = (line.strip(f"{RULE} ") if line.startswith(RULE) else line for line in kept)
    return "\n".join(line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1]}…" for line in lines).strip("\n")


def _first(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _last(text: str, limit: int) -> str:
    """The end of a text, from the beginning of a line."""
    text = text.strip("\n")
    if len(text) <= limit:
        return text
    end = text[-(limit - 2) :]
    _, newline, whole_lines = end.partition("\n")
    return "…\n" + (whole_lines if newline else end)
