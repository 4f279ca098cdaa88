"""What the template engine says of a broken template, in words for people."""

import re
from collections.abc import Mapping

from treadle.workflows.definition.nearest import told

TAGS = ("if", "elif", "else", "endif", "for", "endfor", "set", "with", "endwith")
TOKENS: Mapping[str, str] = {
    "end of print statement": "}}",
    "end of statement block": "%}",
    "end of template": "the end",
    "name": "a name",
    "integer": "a number",
    "string": "a text",
}


def template_sentence(message: str, character: str) -> str:
    """`character`: what stands at the place."""
    if message.startswith("unexpected char"):
        unclosed = character in ("'", '"')
        return "A text in quotes is not closed." if unclosed else f"{character} means nothing here."
    tag = re.match(r"Encountered unknown tag '(\w+)'", message)
    if tag is not None:
        if tag[1] in TAGS:
            return f"{{% {tag[1]} %}} fits nothing that is open here."
        return told(f"There is no tag {tag[1]}", tag[1], TAGS)
    if "got 'end of " in message or "Expected an expression" in message:
        return "A value is expected here."
    if message == "expected name or number":
        return "A name is expected after the dot."
    expected = re.search(r"expected token '(.+?)', got '(.*)'$", message, re.DOTALL)
    if expected is not None:
        wanted, got = (TOKENS.get(each, f"{each:.40}") for each in expected.groups())
        return f"{wanted[:1].upper()}{wanted[1:]} is expected here, not {got}."
    plain = " ".join(message.removesuffix(" in a prompt").split())
    return f"The template is wrong: {plain:.300}."
