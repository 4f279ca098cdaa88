"""What a YAML library says of a broken text, in words for people. Its parsers, in C and in Python, differ in theirs."""

import re
from collections.abc import Mapping

TAB = "\t"
FOREIGN: Mapping[str, str] = {
    "*": "A text that begins with * must stand in quotes; an alias is not allowed here.",
    "&": "A text that begins with & must stand in quotes; an anchor is not allowed here.",
    "!": "A text that begins with ! must stand in quotes; a tag is not allowed here.",
}
"""What begins so has a meaning in YAML that no workflow needs."""


def in_words(context: str, problem: str, text: str, context_index: int | None, index: int | None) -> tuple[int, str]:
    """Where the mistake is best shown, and a sentence about it."""
    place = index if index is not None else context_index or 0
    begin = context_index if context_index is not None else place
    at = text[place : place + 1]
    line = text.rfind("\n", 0, place) + 1
    if at == TAB or (TAB in text[line:place] and not text[line:place].strip()) or "tab character" in problem:
        found = text.rfind(TAB, line, place + 1)
        return (found if found >= 0 else place), "A tab is not allowed as indentation; use spaces."
    for words, answer in (*_SCALARS, *_COLLECTIONS):
        if re.search(words, f"{context} {problem}"):
            where, message = answer
            return (begin if where == "begin" else place), message.replace("CHARACTER", at or "the end")
    return place, f"This is not YAML: {(problem or context or 'it cannot be read').rstrip('.'):.200}."


_SCALARS = (
    ("quoted scalar.*unexpected end of stream", ("begin", "A text in quotes begins here and is not closed.")),
    ("quoted scalar.*unexpected document separator", ("begin", "A text in quotes begins here and is not closed.")),
    (
        "unknown escape character|expected escape sequence|did not find expected hexdecimal",
        ("place", "There is no such escape in a text in double quotes; a backslash itself is written \\\\."),
    ),
    (
        "cannot start any token",
        ("place", "A text cannot begin with CHARACTER; put it in quotes."),
    ),
    ("scanning an? alias", ("begin", FOREIGN["*"])),
    ("scanning an? anchor", ("begin", FOREIGN["&"])),
    (
        "block scalar",
        ("place", "After | or > the line must end; the text begins on the next line, indented."),
    ),
    (
        "scanning a simple key",
        ("begin", "A key needs a colon behind it, and a text over several lines needs | or quotes."),
    ),
    ("directive|incompatible YAML", ("place", "A directive (%) is not allowed here.")),
    ("tag", ("begin", FOREIGN["!"])),
)
_COLLECTIONS = (
    ("flow sequence", ("begin", "A list begins here with [ and is not closed, or a comma is missing in it.")),
    ("flow mapping", ("begin", "A mapping begins here with { and is not closed, or a comma is missing in it.")),
    ("node content", ("place", "A value is missing here, before CHARACTER.")),
    (
        "mapping values are not allowed",
        ("place", "A colon is not allowed here: put a text that holds one in quotes, or look at the indentation."),
    ),
    (
        "(block )?sequence entries are not allowed|sequence entries",
        ("place", "A list with - begins on a line of its own."),
    ),
    ("mapping keys are not allowed", ("place", "A text cannot begin with ? here; put it in quotes.")),
    ("parsing a block mapping", ("place", "A key is expected here: look at the quotes before and at the indentation.")),
    (
        "parsing a block collection",
        ("place", "An item of the list, with -, is expected here: look at the indentation."),
    ),
    ("document start", ("place", "Nothing may follow after the end of the document.")),
)
