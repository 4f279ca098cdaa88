"""JSON as people read it: what fits on a line stays on it. The same value always gives the same text."""

import json

WIDTH = 110
INDENT = "  "


def shown(value: object, *, depth: int = 0, taken: int = 0) -> str:
    """`taken`: what stands before the value on its line, and after it."""
    flat = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, dict | list) or len(flat) + len(INDENT) * depth + taken <= WIDTH:
        return flat
    if isinstance(value, dict):
        keys = [(f"{json.dumps(key, ensure_ascii=False)}: ", item) for key, item in value.items()]
    else:
        keys = [("", item) for item in value]
    inside = ",\n".join(
        INDENT * (depth + 1) + key + shown(item, depth=depth + 1, taken=len(key) + 1) for key, item in keys
    )
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inside}\n{INDENT * depth}{closing}"
