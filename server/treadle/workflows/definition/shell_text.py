"""A text for a POSIX shell with `{{ … }}` in it: each value becomes one quoted word or a part of one, and nothing else.

Values come from agents, outputs and people, so a place where quotes would not hold is refused: before anything runs,
and again when the text is made. The scan below knows less of the language than a shell does; of whatever it does not
take apart it refuses all that follows. A value that has to go there anyway goes into `environment`, and `"$NAME"` into
the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jinja2 import Environment, TemplateError, TemplateSyntaxError

from treadle.workflows.definition.source import Span

VALUE = "\0"
"""Stands for a value in the text that is scanned; no text for a shell can hold it."""
BLANKS, ENDS_A_WORD = " \t\n", " \t\n;&|()<>"
PARAMETERS = re.compile(r"[A-Za-z0-9_@*#?$!-]")
BRACES = re.compile(r"\$\{[^'\"\\`${}()<>;&|\n\0]*\}")
ARITHMETIC = re.compile(r"\$\(\([^'\"\\`{}()\[\]#\0]*\)\)")
BACKTICKS = re.compile(r"`[^`'\"\\$#<(\0]*`")
READ_AGAIN = re.compile(r"(?<![^\s;&|(){}!])(?:alias|eval)\s")
"""As a word, wherever it stands: where a command begins is for a shell to say."""
MAX_DEPTH = 20
"""Of `$(…)` in `$(…)`."""
INSTEAD = 'give the value to the command in `environment` and write "$NAME" here'

IN_QUOTES = "it stands inside quotes; leave them out, the value is quoted anyway"
IN_COMMENT = "it stands in a comment"
IN_SUBSTITUTION = f"it stands inside $(…); {INSTEAD}"
IN_BRACKETS = f"it stands behind [ in the same word; {INSTEAD}"
AFTER_DOLLAR = f"it stands right after $; {INSTEAD}"
AFTER_BACKSLASH = "it stands right after a backslash"
AFTER_HERE_DOCUMENT = f"it stands in or after a here-document; {INSTEAD}"
AFTER_UNKNOWN = f"it stands in or after {{}}, where quotes may mean something else; {INSTEAD}"
NOT_A_VALUE = "only {{ … }} may stand in a text for the shell; for more, write the command as a list of words"
NO_STRIPPING = "the minus or plus sign of {{- … -}} has no meaning in a text for the shell"
CONTROL = "a control character has no place in a text for the shell"
EVALUATED = f"the text uses alias or eval, which read quoted words once more; {INSTEAD}"


@dataclass(frozen=True, slots=True)
class Piece:
    span: Span
    text: str
    """As it stands there; of a value what is between the braces."""
    is_value: bool = False


def unsafe_places(text: str) -> list[tuple[Span, str]]:
    """Where a value would not be one plain word, and why.

    Empty also of a text that is no template at all: another check says that.
    """
    try:
        pieces, problems = _parted(text)
    except TemplateError:
        return []
    if problems:
        return problems
    spans = [piece.span for piece in pieces if piece.is_value]
    reasons = _Scan("".join(VALUE if piece.is_value else piece.text for piece in pieces)).reasons()
    return [(span, reason) for span, reason in zip(spans, reasons, strict=True) if reason is not None]


def filled(text: str, value_of: Callable[[str], object]) -> str:
    """The text with its values quoted. `value_of`: gives the value of an expression.

    :raises TemplateError: a place is unsafe, or a value cannot stand in its place
    """
    unsafe = unsafe_places(text)
    if unsafe:
        raise TemplateError(f"in the text for the shell a value cannot be quoted: {unsafe[0][1]}")
    pieces, _ = _parted(text)
    skeleton = "".join(VALUE if piece.is_value else piece.text for piece in pieces)
    parts: list[str] = []
    at = 0
    for piece in pieces:
        parts.append(_quoted_in(skeleton, at, value_of(piece.text)) if piece.is_value else piece.text)
        at += 1 if piece.is_value else len(piece.text)
    return "".join(parts)


def quoted(value: object) -> str:
    """Always in quotes: bare, `2` before `>` would be a number of a file, and `done` the end of a loop."""
    text = str(value)
    if VALUE in text:
        raise TemplateError("a value holds a null character, which no command can take")
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _quoted_in(skeleton: str, at: int, value: object) -> str:
    if not isinstance(value, list | tuple):
        return quoted(value)
    before, after = skeleton[at - 1 : at] if at else "", skeleton[at + 1 : at + 2]
    if not (before in ENDS_A_WORD and after in ENDS_A_WORD):
        raise TemplateError("a list stands in the text for the shell as a part of a word")
    return " ".join(quoted(each) for each in value)


def _parted(text: str) -> tuple[list[Piece], list[tuple[Span, str]]]:
    """The pieces, and what is none.

    :raises TemplateError:
    """
    control = next((index for index, each in enumerate(text) if each in "\r\0"), None)
    if control is not None:
        return [], [(Span(control, control + 1), CONTROL)]
    pieces: list[Piece] = []
    at, begin = 0, 0
    inside = False
    for kind, token in _tokens(text):
        if kind == "data" and not inside:
            pieces.append(Piece(Span(at, at + len(token)), token))
        elif kind in _BRACES and token != _BRACES[kind]:
            sign = text.find(token.strip(), at)
            return [], [(Span(sign, sign + len(token.strip())), NO_STRIPPING)]
        elif kind == "variable_begin":
            begin, inside = at, True
        elif kind == "variable_end":
            inside = False
            pieces.append(Piece(Span(begin, at + 2), text[begin + 2 : at], is_value=True))
        elif not inside:
            return [], [(Span(at, at + 2), NOT_A_VALUE)]
        at += len(token)
    if inside:
        raise TemplateSyntaxError("a {{ has no }}", 1)
    return pieces, []


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """As Jinja itself reads the template: what is checked is what is filled in."""
    return ((kind, token) for _, kind, token in _LEXER.tokeniter(text, None))


_BRACES = {"variable_begin": "{{", "variable_end": "}}"}
_LEXER = Environment(keep_trailing_newline=True, autoescape=False).lexer  # noqa: S701 - nothing is rendered with it


class _Scan:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._reasons: list[str | None] = []
        self._given_up = EVALUATED if READ_AGAIN.search(text) else None
        self._begins_word = True
        self._has_bracket = False
        self._depth = 0

    def reasons(self) -> list[str | None]:
        """Of each value, why it is unsafe."""
        while self._given_up is None and self._at < len(self._text):
            self._take_one()
        self._pass(len(self._text), self._given_up)
        return self._reasons

    def _take_one(self) -> None:
        character = self._text[self._at]
        takes = {"'": self._single, '"': self._double, "\\": self._escape, "#": self._hash, "`": self._backticks}
        if character == "$":
            self._dollar(in_quotes=False)
        elif character in takes:
            takes[character]()
        elif self._follows("<<"):
            self._give_up(AFTER_HERE_DOCUMENT)
        elif self._follows("((") or self._follows("=("):
            # An array of which bash can make nothing: it goes on reading in the next line, also of a quoted value.
            self._give_up(AFTER_UNKNOWN.format(self._text[self._at : self._at + 2]))
        else:
            self._plain(character)

    def _plain(self, character: str) -> None:
        self._pass(self._at + 1, IN_BRACKETS if self._has_bracket else None)
        self._begins_word = character in ENDS_A_WORD
        self._has_bracket = not self._begins_word and (self._has_bracket or character == "[")

    def _single(self) -> None:
        end = self._text.find("'", self._at + 1)
        self._pass(len(self._text) if end < 0 else end + 1, IN_QUOTES)
        self._begins_word = False

    def _double(self) -> None:
        self._at += 1
        while self._given_up is None and self._at < len(self._text):
            character = self._text[self._at]
            if character == "$":
                self._dollar(in_quotes=True)
            elif character == "`":
                self._backticks()
            else:
                self._pass(self._at + (2 if character == "\\" else 1), IN_QUOTES)
                if character == '"':
                    break
        self._begins_word = False

    def _escape(self) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        if following == "\n":
            if self._at and self._text[self._at - 1] not in BLANKS:
                self._give_up(AFTER_UNKNOWN.format("a word that goes on in the next line"))
                return
            self._pass(self._at + 2, None)
            return
        self._pass(self._at + 2, AFTER_BACKSLASH)
        self._begins_word = False

    def _hash(self) -> None:
        before = self._text[self._at - 1] if self._at else " "
        if self._begins_word:
            end = self._text.find("\n", self._at)
            self._pass(len(self._text) if end < 0 else end, IN_COMMENT)
        elif before != VALUE and not (before.isascii() and before.isprintable()):
            self._give_up(AFTER_UNKNOWN.format("a character that some shells take for a blank"))
        else:
            self._pass(self._at + 1, None)

    def _dollar(self, *, in_quotes: bool) -> None:
        self._begins_word = False
        following = self._text[self._at + 1 : self._at + 2]
        if following == VALUE:
            self._pass(self._at + 2, IN_QUOTES if in_quotes else AFTER_DOLLAR)
        elif following == "(" and not self._follows("$(("):
            self._substitution()
        elif following in ("(", "{"):
            simple = (BRACES if following == "{" else ARITHMETIC).match(self._text, self._at)
            if simple is None:
                self._give_up(AFTER_UNKNOWN.format("${…}" if following == "{" else "$((…))"))
            else:
                self._pass(simple.end(), None)
        elif following == "[" or (following == "'" and not in_quotes) or self._follows("$\\\n"):
            self._give_up(AFTER_UNKNOWN.format(f"${following}"))
        else:
            self._pass(self._at + (2 if PARAMETERS.fullmatch(following) else 1), None)

    def _substitution(self) -> None:
        """`$(…)`, as far as it is simple: a `case` in it has parentheses that close nothing."""
        begin, depth = self._at, 0
        self._at += 1
        self._depth += 1
        while self._given_up is None and self._at < len(self._text) and self._depth <= MAX_DEPTH:
            character = self._text[self._at]
            if character in "#`" or self._follows("<<") or self._follows("((") or self._follows("\\\n"):
                break
            if character == "$":
                self._dollar(in_quotes=False)
            elif character == "'":
                self._single()
            elif character == '"':
                self._double()
            else:
                self._pass(self._at + (2 if character == "\\" else 1), IN_SUBSTITUTION)
                depth += {"(": 1, ")": -1}.get(character, 0)
                if depth == 0 and "case" not in self._text[begin : self._at]:
                    self._depth -= 1
                    return
                if depth == 0:
                    break
        if self._given_up is None:
            self._give_up(AFTER_UNKNOWN.format("$(…)"))

    def _backticks(self) -> None:
        simple = BACKTICKS.match(self._text, self._at)
        if simple is None:
            self._give_up(AFTER_UNKNOWN.format("`…`"))
        else:
            self._pass(simple.end(), None)
            self._begins_word = False

    def _pass(self, end: int, reason: str | None) -> None:
        """Go on to `end`; what values there are before it have this reason."""
        end = min(end, len(self._text))
        self._reasons += [reason] * self._text.count(VALUE, self._at, end)
        self._at = max(self._at, end)

    def _give_up(self, reason: str) -> None:
        self._given_up = reason

    def _follows(self, text: str) -> bool:
        return self._text.startswith(text, self._at)
