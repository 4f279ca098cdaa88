"""A workflow as a Mermaid flowchart, for a README or a pull request."""

from treadle.workflows.definition.graph import PLAIN_ERROR, Box, Way, graph
from treadle.workflows.definition.model import WorkflowDefinition

SHAPES = {
    "run": ("[", "]"),
    "agent": ("(", ")"),
    "spawn": ("[[", "]]"),
    "ask": ("{{", "}}"),
    "read_file": ("[/", "/]"),
}
END_SHAPE = ("([", "])")
PLAIN = frozenset(" ,_")
PLAIN_AFTER_A_LETTER = frozenset("-.")
"""At the beginning of a text or after a number they may make a list of it."""
PLACEHOLDERS = frozenset("°¶")
"""Mermaid itself puts them in the place of what is encoded."""
READ_WHEN_DECODED = frozenset("\\$:")
"""Even then it takes `\\n`, `$$` and `fa:fa-car` for a line end, a formula and an icon."""
WORD_JOINER = "#8288;"
"""Nothing to be seen, but something between two characters."""


def mermaid(definition: WorkflowDefinition) -> str:
    drawn = graph(definition)
    lines = ["flowchart TD", f"  accTitle: {_encoded(drawn.title)}"]
    if drawn.has_plain_errors:
        lines.append(f"  accDescr: {_encoded(PLAIN_ERROR)}")
    lines += [f"  {_node(box)}" for box in drawn.boxes]
    lines += [f"  {_link(way, drawn.boxes)}" for way in drawn.ways]
    return "\n".join(lines) + "\n"


def _node(box: Box) -> str:
    opening, closing = SHAPES.get(box.kind, END_SHAPE)
    text = _encoded(box.title) + (f"<br/>{_encoded(box.subtitle)}" if box.subtitle else "")
    return f'{_id(box)}{opening}"{text}"{closing}'


def _link(way: Way, boxes: tuple[Box, ...]) -> str:
    ids = {box.name: _id(box) for box in boxes}
    arrow = "-.->" if way.is_error else "-->"
    label = f'|"{_encoded(way.label)}"|' if way.label else ""
    return f"{ids[way.origin]} {arrow}{label} {ids[way.target]}"


def _id(box: Box) -> str:
    """A step may have the name of a word of Mermaid, such as `end`."""
    return f"step_{box.name}" if box.is_step else box.name


def _encoded(text: str) -> str:
    """Letters stand as they are, and little else: it could be a mark of Mermaid, of Markdown or of HTML."""
    return "".join(
        character if _is_plain(character, before) else _code(character)
        for before, character in zip(f" {text}", text, strict=False)
    )


def _code(character: str) -> str:
    return f"#{ord(character)};" + (WORD_JOINER if character in READ_WHEN_DECODED else "")


def _is_plain(character: str, before: str) -> bool:
    if character.isalnum() or character in PLAIN:
        return True
    if character.isascii():
        return character in PLAIN_AFTER_A_LETTER and before.isalpha()
    return character not in PLACEHOLDERS
