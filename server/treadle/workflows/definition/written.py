"""How a text is written in a YAML file so that it stays this text."""

import json
import re

from treadle.workflows.definition.yaml_nodes import plain_value

_HARMLESS = re.compile(r"[\w./]([\w ./+-]*[\w./+-])?")
"""Without quotes, also in brackets and braces."""

_ONLY_ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
"""What can stand between double quotes alone."""


def written(text: str, quote: str = "") -> str:
    """`quote`: those between which it will stand; where there are none it gets some if it needs them."""
    if quote == "'" and not _ONLY_ESCAPED.search(text):
        return text.replace("'", "''")
    if quote:
        return json.dumps(text, ensure_ascii=False)[1:-1]
    if _HARMLESS.fullmatch(text) and plain_value(text) == text:
        return text
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else json.dumps(text, ensure_ascii=False)
