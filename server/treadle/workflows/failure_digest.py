"""A short exact account of what went wrong, for the agent's next prompt and for people."""

from collections.abc import Sequence

from treadle.workflows.junit_report import Case, plain

MAX_DIGEST = 6_000
MAX_CASE = 1_500
MAX_MESSAGE = 300
MAX_FAILED_LISTED = 50


def digest_of_cases(headline: str, cases: Sequence[Case]) -> str:
    """The headline and, test by test, the end of what it printed, as long as there is room."""
    digest = _first(headline, MAX_MESSAGE)
    for index, case in enumerate(cases):
        block = (
            f"\n\n{case.ending.upper()} {_first(case.name, MAX_MESSAGE)}\n{_last(case.text or case.message, MAX_CASE)}"
        )
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
            digest += f"\n\n{name} ended with:\n{_last(plain(text), MAX_CASE)}"
    return digest


def failed_list(cases: Sequence[Case]) -> list[dict[str, str]]:
    return [
        {"name": _first(case.name, MAX_MESSAGE), "message": _first(case.message or case.text, MAX_MESSAGE)}
        for case in cases[:MAX_FAILED_LISTED]
    ]


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
