"""Numbers as people read them."""

from collections.abc import Mapping

from treadle.agents.lenient import amount, an_object, count, text
from treadle.client.tables import printable


def duration(milliseconds: object) -> str:
    seconds = count(milliseconds) / 1_000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"


def cost(value: object) -> str:
    dollars = amount(value)
    if dollars is None:
        return ""
    return f"${dollars:.4f}" if dollars < 0.1 else f"${dollars:.2f}"


def tokens(value: object) -> str:
    number = count(value)
    return f"{number:,}" if number else ""


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def told(result: Mapping[str, object]) -> str:
    """What an agent's step used, or what a test run came to, in a few words; empty for other steps.

    A step's own verdict comes first: numbers alone would call tests that are red on purpose a failure.
    """
    data = an_object(result.get("data"))
    if verdict := text(data.get("verdict")):
        return printable(verdict)
    if "num_turns" in data:
        both = count(data.get("input_tokens")) + count(data.get("output_tokens"))
        parts = [counted(count(data.get("num_turns")), "turn"), f"{both:,} tokens", cost(data.get("cost_usd"))]
    elif "tests" in data:
        tests, failures, errors, skipped = (count(data.get(key)) for key in ("tests", "failures", "errors", "skipped"))
        parts = [counted(tests, "test")]
        parts += [counted(failures, "failure")] * bool(failures) + [counted(errors, "error")] * bool(errors)
        parts += [f"{skipped} skipped"] * bool(skipped)
    else:
        return ""
    return ", ".join(part for part in parts if part)
