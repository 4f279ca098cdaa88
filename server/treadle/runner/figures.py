"""Numbers as people read them."""

from collections.abc import Mapping

from treadle.agents.lenient import amount, an_object, count


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


def told(result: Mapping[str, object]) -> str:
    """What an agent's step used, or what a test run came to, in a few words; empty for other steps."""
    data = an_object(result.get("data"))
    if "num_turns" in data:
        both = count(data.get("input_tokens")) + count(data.get("output_tokens"))
        parts = [f"{count(data.get('num_turns'))} turns", f"{both:,} tokens", cost(data.get("cost_usd"))]
    elif "tests" in data:
        numbers = {name: count(data.get(name)) for name in ("tests", "failures", "errors", "skipped")}
        parts = [f"{number} {name}" for name, number in numbers.items() if number or name == "tests"]
    else:
        return ""
    return ", ".join(part for part in parts if part)
