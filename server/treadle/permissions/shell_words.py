"""Words of a shell command from its syntax tree: without quotes and escapes, with gaps where it is not known."""

import re
from typing import TYPE_CHECKING

from treadle.permissions.words import Gap, Piece, Word, word

if TYPE_CHECKING:
    from tree_sitter import Node

ESCAPE = re.compile(r"\\(\r?\n|.)", re.DOTALL)
PLAIN = re.compile(r"\\(?P<escaped>\n|.)|(?P<glob>[*?\[])|(?P<text>[^\\*?\[]+)|(?P<rest>\\)", re.DOTALL)
IN_DOUBLE_QUOTES = re.compile(r"\\([$`\"\\]|\n)")
IN_ANSI_C = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{1,2})|u(?P<u>[0-9a-fA-F]{1,4})|U(?P<U>[0-9a-fA-F]{1,8})"
    r"|(?P<o>[0-7]{1,3})|c(?P<c>.)|(?P<e>.))",
    re.DOTALL,
)
ANSI_C = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
LARGEST = 0x80
ITSELF = frozenset("\\'\"?")
BRACES = re.compile(r"\{.*(,|\.\.).*\}", re.DOTALL)
BRACKETS = frozenset({"[", "]", "[[", "]]"})
EXPANSIONS = frozenset({"simple_expansion", "expansion", "command_substitution"})
ONE_WORD = frozenset({"arithmetic_expansion", "process_substitution"})


def read_word(*nodes: "Node") -> Word:
    """Of nodes that follow each other without a blank between them."""
    if _has_braces(nodes):
        return Word((Gap.WORDS,))
    pieces: list[Piece] = []
    for node in nodes:
        pieces += _pieces(node)
    return word(pieces)


def source(node: "Node") -> str:
    return (node.text or b"").decode(errors="replace")


def _has_braces(nodes: tuple["Node", ...]) -> bool:
    """Whether the shell would make several words of it."""
    unquoted = "".join(ESCAPE.sub("", source(leaf)) for node in nodes for leaf in _unquoted(node))
    return BRACES.search(unquoted) is not None


def _unquoted(node: "Node") -> list["Node"]:
    if node.type in ("concatenation", "command_name"):
        return [leaf for child in node.children for leaf in _unquoted(child)]
    return [node] if node.type in ("word", "number", "brace_expression", "{", "}") or not node.is_named else []


def _pieces(node: "Node") -> list[Piece]:
    text = source(node)
    if node.type in BRACKETS:
        return [text]
    if node.type in ("concatenation", "command_name"):
        return [piece for child in node.children for piece in _pieces(child)]
    if node.type in EXPANSIONS:
        return [Gap.WORDS]
    if node.type in ONE_WORD:
        return [Gap.TEXT]
    if node.type == "string":
        return _in_double_quotes(node)
    if node.type == "translated_string":
        return [piece for child in node.children if child.is_named for piece in _pieces(child)]
    if node.type == "raw_string":
        return [text[1:-1]]
    if node.type == "ansi_c_string":
        return _ansi_c(text[2:-1])
    if node.type in ("word", "number", "variable_name", "test_operator", "special_variable_name") or not node.is_named:
        return _plain(text)
    return [Gap.WORDS]


def _plain(text: str) -> list[Piece]:
    pieces: list[Piece] = []
    for found in PLAIN.finditer(text):
        if found["glob"]:
            pieces.append(Gap.NAMES)
        elif found["escaped"]:
            pieces.append("" if found["escaped"] == "\n" else found["escaped"])
        else:
            pieces.append(found[0])
    return pieces


def _in_double_quotes(node: "Node") -> list[Piece]:
    """Between the parts that have nodes of their own, the bytes of the text count: blanks have none."""
    content, pieces = node.text or b"", list[Piece]()
    at, base = content.find(b'"') + 1, node.start_byte
    for child in node.children:
        if child.type in EXPANSIONS or child.type in ONE_WORD:
            pieces.append(_double_quoted(content[at : child.start_byte - base]))
            pieces.append(Gap.WORDS if "@" in source(child) else Gap.TEXT)
            at = child.end_byte - base
    pieces.append(_double_quoted(content[at:].removesuffix(b'"')))
    return pieces


def _double_quoted(content: bytes) -> str:
    text = content.decode(errors="replace")
    return IN_DOUBLE_QUOTES.sub(lambda found: "" if found[1] == "\n" else found[1], text)


def _ansi_c(text: str) -> list[Piece]:
    """A null ends the text there, and bytes beyond ASCII are parts of characters: then it is not read."""
    numbers = [_number(found) for found in IN_ANSI_C.finditer(text)]
    if any(number is not None and not 0 < number < LARGEST for number in numbers):
        return [Gap.TEXT]
    return [IN_ANSI_C.sub(_ansi_c_character, text)]


def _ansi_c_character(found: re.Match[str]) -> str:
    number = _number(found)
    if number is not None:
        return chr(number)
    escaped = found["e"]
    return ANSI_C.get(escaped) or (escaped if escaped in ITSELF else found[0])


def _number(found: re.Match[str]) -> int | None:
    if digits := found["x"] or found["u"] or found["U"]:
        return int(digits, 16)
    if found["o"]:
        return int(found["o"], 8) & 0xFF
    return ord(found["c"]) & 0x1F if found["c"] else None
