"""The simple commands of a shell's text, found in its syntax tree, wherever in it they are."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from treadle.permissions.here_documents import is_certain
from treadle.permissions.shell_words import read_word, source
from treadle.permissions.stand_ins import StandIns
from treadle.permissions.words import Word, word

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser

MAX_BYTES = 32 * 1024
MAX_NODES = 10_000
SIGNS = b"()<>|[]{}$`"
SIGN_WEIGHT = 50
"""A thousand signs can take the parser as long as 50,000 letters, and the more, the longer each."""
MAX_STATEMENTS = 200
CONTINUED = b"\\\n"
ESCAPED = re.compile(rb"\\.", re.DOTALL)
BLANK = re.compile(rb"(?:[ \t]|\\\n)*")
BETWEEN = re.compile(rb"(?:[ \t\n]|\\\n)*")
NOTHING = re.compile(rb"(?:\\\n)*")
IN_ONE_PIECE = frozenset({"concatenation", "command_name", "variable_assignment", "subscript"})
COMMANDS = frozenset({"command", "declaration_command", "unset_command", "test_command"})
ASSIGNMENT = "variable_assignment"
HERE_DOCUMENTS = frozenset({"heredoc_redirect", "heredoc_body", "heredoc_start", "heredoc_end", "heredoc_content"})
REDIRECTS = frozenset({"file_redirect", "heredoc_redirect", "herestring_redirect"})
_KNOWN = """
program list pipeline subshell compound_statement if_statement elif_clause else_clause while_statement for_statement
c_style_for_statement case_statement case_item do_group negated_command function_definition redirected_statement
variable_assignments variable_assignment comment command_name word number string string_content raw_string ansi_c_string
translated_string concatenation simple_expansion expansion variable_name special_variable_name command_substitution
process_substitution arithmetic_expansion binary_expression unary_expression ternary_expression postfix_expression
parenthesized_expression test_operator subscript array brace_expression file_descriptor extglob_pattern regex
"""
KNOWN = frozenset(_KNOWN.split()) | COMMANDS | REDIRECTS | HERE_DOCUMENTS
"""Kinds of nodes. What is in one of another kind is not understood."""


@dataclass(frozen=True, slots=True)
class Redirect:
    operator: str
    target: Word


@dataclass(slots=True, kw_only=True)
class Statement:
    """One simple command; without words where only assignments or redirections are."""

    source: str
    assignments: list[Word] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    redirects: list[Redirect] = field(default_factory=list)
    stdin: Word | None = None
    """The text of a here-document or here-string."""

    def restore(self, stand_ins: StandIns) -> None:
        self.source = stand_ins.taken(self.source)
        self.assignments = list(map(stand_ins.taken_from, self.assignments))
        self.words = list(map(stand_ins.taken_from, self.words))
        self.redirects = [Redirect(each.operator, stand_ins.taken_from(each.target)) for each in self.redirects]
        self.stdin = None if self.stdin is None else stand_ins.taken_from(self.stdin)


@dataclass(slots=True)
class Reading:
    statements: list[Statement] = field(default_factory=list)
    is_clear: bool = True
    """Whether all of the text was understood."""


def read(text: str) -> Reading:
    """Never fails; of what is not understood, what could be found is there."""
    reading = Reading()
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode(errors="replace").decode()
        reading.is_clear = False
    stand_ins = StandIns(text)
    if not stand_ins.are_enough:
        reading.is_clear = False
    content = stand_ins.put(text).encode()
    if b"\0" in content or len(content) > MAX_BYTES:
        reading.is_clear = False
        content = content[:MAX_BYTES].replace(b"\0", b" ")
    tree = _parser().parse(content)
    root = tree.root_node
    if root.has_error:
        reading.is_clear = False
    _Reader(content, reading).take(root)
    for statement in reading.statements:
        statement.restore(stand_ins)
    return reading


def weight(text: str) -> int:
    """How long it may take to read."""
    content = text[:MAX_BYTES].encode(errors="replace")
    return len(content) + SIGN_WEIGHT * (len(content) - len(content.translate(None, SIGNS)))


def _parser() -> "Parser":
    """A new one each time: commands are read in several threads, and one is not made for that."""
    import tree_sitter

    return tree_sitter.Parser(_language())


@cache
def _language() -> "Language":
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Language(tree_sitter_bash.language())


class _Reader:
    def __init__(self, content: bytes, reading: Reading) -> None:
        self._content = content
        self._reading = reading
        self._left = MAX_NODES

    def take(self, root: "Node") -> None:
        """Without recursion, whatever is nested in what."""
        first, last = (root.children[0], root.children[-1]) if root.children else (None, None)
        self._require_blank(0, len(self._content) if first is None else first.start_byte, BETWEEN)
        self._require_blank(len(self._content) if last is None else last.end_byte, len(self._content), BETWEEN)
        waiting = [(root, "")]
        while waiting and self._left > 0 and len(self._reading.statements) < MAX_STATEMENTS:
            node, parent = waiting.pop()
            self._left -= 1
            if node.is_named and node.type not in KNOWN:
                self._reading.is_clear = False
            if any(map(self._is_led_over_a_line, node.children)):
                self._reading.is_clear = False
            if node.type == "heredoc_redirect" and not is_certain(node, self._content):
                self._reading.is_clear = False
            if node.type == "expansion" and "`" in source(node):
                self._reading.is_clear = False  # the grammar takes it for text
            if statement := self._statement(node, parent):
                self._reading.statements.append(statement)
            if node.type not in HERE_DOCUMENTS and node.type != "string":
                self._require_nothing_between(node.children, NOTHING if node.type in IN_ONE_PIECE else BETWEEN)
            waiting += reversed(list(_inside(node)))
        if waiting:
            self._reading.is_clear = False

    def _is_led_over_a_line(self, node: "Node") -> bool:
        """The grammar goes on with a word where the shell begins another command."""
        content = self._content[node.start_byte : node.end_byte]
        return node.type == "word" and b"\n" in ESCAPED.sub(b"", content)

    def _statement(self, node: "Node", parent: str) -> Statement | None:
        if node.type in COMMANDS:
            return self._command(node)
        if node.type == ASSIGNMENT and parent not in COMMANDS:
            return Statement(source=source(node), assignments=[_assignment(node)])
        if node.type != "redirected_statement":
            return None
        body = node.child_by_field_name("body")
        is_command = body is not None and body.type in COMMANDS
        statement = self._command(body) if body is not None and is_command else Statement(source="")
        statement.source = source(node)
        for redirect in node.children_by_field_name("redirect"):
            self._redirect(statement, redirect)
        return statement

    def _command(self, node: "Node") -> Statement:
        statement = Statement(source=source(node))
        self._require_nothing_between(node.children, BLANK)
        for nodes in _adjacent(node.children, self._content):
            first = nodes[0]
            if first.type == ASSIGNMENT and node.type == "command" and not statement.words:
                statement.assignments.append(_assignment(first))
            elif first.type == ASSIGNMENT:
                statement.words.append(_assignment(first))
            elif first.type in REDIRECTS:
                self._redirect(statement, first)
            else:
                statement.words.append(read_word(*nodes))
        return statement

    def _redirect(self, statement: Statement, node: "Node") -> None:
        if node.type == "heredoc_redirect":
            body = next((child for child in node.children if child.type == "heredoc_body"), None)
            statement.stdin = Word.of("" if body is None else source(body))
            statement.words += map(read_word, node.children_by_field_name("argument"))
            for child in node.children_by_field_name("redirect"):
                self._redirect(statement, child)
            return
        if node.type == "herestring_redirect":
            statement.stdin = read_word(*[child for child in node.children if child.is_named])
            return
        operator = next((source(child) for child in node.children if not child.is_named), "")
        targets = node.children_by_field_name("destination")
        if targets:
            statement.redirects.append(Redirect(operator, read_word(targets[0])))
        # The grammar takes the words that follow for further targets; to the shell they are words of the command.
        statement.words += map(read_word, targets[1:])

    def _require_nothing_between(self, children: Sequence["Node"], blank: re.Pattern[bytes]) -> None:
        """What the tree leaves out must be nothing to the shell either."""
        for one, other in pairwise(children):
            self._require_blank(one.end_byte, other.start_byte, blank)

    def _require_blank(self, start: int, end: int, blank: re.Pattern[bytes]) -> None:
        if start < end and not blank.fullmatch(self._content, start, end):
            self._reading.is_clear = False


def _inside(node: "Node") -> Iterator[tuple["Node", str]]:
    """What is yet to be looked at. The command of a redirected statement was taken together with its redirections."""
    for child in node.children:
        if node.type == "redirected_statement" and child.type in COMMANDS:
            yield from ((each, child.type) for each in child.children if each.children)
        elif child.children:
            yield child, node.type


def _adjacent(nodes: Sequence["Node"], content: bytes) -> Iterator[list["Node"]]:
    """Those that follow each other without a blank are one word; the end of a line, escaped, is none."""
    group: list[Node] = []
    for node in nodes:
        if group and {group[-1].type, node.type}.isdisjoint(REDIRECTS):
            between = content[group[-1].end_byte : node.start_byte]
            if not between.replace(CONTINUED, b""):
                group.append(node)
                continue
        if group:
            yield group
        group = [node]
    if group:
        yield group


def _assignment(node: "Node") -> Word:
    value = node.child_by_field_name("value")
    if value is None:
        return Word.of(source(node))
    name = (node.text or b"")[: value.start_byte - node.start_byte].decode(errors="replace")
    return word([name, *read_word(value).pieces])
