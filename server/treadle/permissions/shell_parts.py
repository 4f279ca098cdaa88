"""What a shell command runs: each simple command, and what those run that run others."""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from treadle.permissions import shell_tree
from treadle.permissions.shell_tree import Redirect, Statement
from treadle.permissions.words import MANY, Gap, Word
from treadle.permissions.wrappers import (
    RUN,
    RUNNERS,
    SHELL_OPTIONS,
    SHELLS,
    WRAPPERS,
    Inner,
    Standing,
    unwrapped,
)

MAX_DEPTH = 16
"""Of commands in the words of commands."""
MAX_PARTS = 300
MAX_WEIGHT = 120_000
"""Of all that is read of one command: 32 KiB with 1,700 signs, or less with more."""
MAX_WORDS = 300
"""Of one command; what follows counts as unknown."""
MAX_REDIRECTS = 30
EXECUTING = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
WITH_SCRIPT = frozenset({"eval", "trap", "watch"})
CALCULATING = frozenset({"test", "[", "[[", "let", "unset", "read"})
"""They read an index in a text, `a[$(command)]`, as the shell does."""
QUOTED_COMMAND = re.compile(r"'[^']*(?:\$\(|`)|\\[$`]")
SHOWN_CHARACTERS = 200


@dataclass(slots=True, kw_only=True)
class Part:
    """One simple command."""

    source: str
    words: tuple[Word, ...] = ()
    assignments: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    children: list["Part"] = field(default_factory=list)
    """What it runs."""
    standing: Standing = Standing.EITHER
    program: str | None = field(init=False)
    """Its name without the folder; None when that is not known."""

    def __post_init__(self) -> None:
        self.program = program_of(self.words)

    @property
    def shown(self) -> str:
        return self.source if len(self.source) <= SHOWN_CHARACTERS else f"{self.source[:SHOWN_CHARACTERS]}…"


@dataclass(slots=True)
class Parts:
    top: list[Part] = field(default_factory=list)
    is_clear: bool = True
    """Whether every command that would run is among them, as far as it is known."""

    @property
    def all(self) -> Iterator[Part]:
        waiting = list(reversed(self.top))
        while waiting:
            part = waiting.pop()
            yield part
            waiting += reversed(part.children)


def parts_of(command: str) -> Parts:
    """Never fails."""
    found = Parts()
    found.top = _Taker(found).script(command, 0)
    return found


def program_of(words: Sequence[Word]) -> str | None:
    text = words[0].text if words else None
    return None if text is None else posixpath.basename(text.removeprefix("="))


class _Taker:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._left = MAX_PARTS
        self._weight_left = MAX_WEIGHT

    def script(self, text: str, depth: int) -> list[Part]:
        self._weight_left -= shell_tree.weight(text)
        if depth > MAX_DEPTH or self._weight_left < 0:
            return self._not_clear()
        reading = shell_tree.read(text)
        if not reading.is_clear:
            self._parts.is_clear = False
        return [part for statement in reading.statements for part in self._part(statement, depth)]

    def _not_clear(self) -> list[Part]:
        self._parts.is_clear = False
        return []

    def _part(self, statement: Statement, depth: int) -> list[Part]:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            return self._not_clear()
        part = Part(
            source=statement.source,
            words=_bounded(statement.words),
            assignments=_bounded(statement.assignments),
            redirects=_bounded_redirects(statement.redirects),
        )
        if any(_name(each).startswith("GIT_CONFIG") for each in part.assignments) or _calculates(part):
            self._parts.is_clear = False
        if part.words:
            self._look_inside(part, statement.words[1:], statement.stdin, depth)
        return [part]

    def _look_inside(self, part: Part, rest: Sequence[Word], stdin: Word | None, depth: int) -> None:
        program = part.program
        if program in SHELLS:
            part.children = self._of_shell(rest, stdin, depth)
        elif program in WITH_SCRIPT:
            part.children = self._of_words_as_script(program, rest, depth)
        elif program == "find":
            part.standing = Standing.BOTH
            part.children = self._of_find(rest, depth)
        elif program in ("su", "runuser", "script"):
            part.standing = Standing.ITSELF
            part.children = self._of_option_c(rest, depth)
        elif program is not None and rest and (program, rest[0].text) in RUNNERS:
            part.standing = RUN.standing
            part.children = self._of_runner(rest[1:], depth)
        elif program in ("git", "hg"):
            self._require_no_alias(rest)
        elif program is not None and program in WRAPPERS:
            part.standing = WRAPPERS[program].standing
            part.children = self._of_wrapper(program, rest, depth)

    def _words(self, words: Sequence[Word], depth: int, assignments: Sequence[Word] = ()) -> list[Part]:
        """A command whose words are known already."""
        if not words and not assignments:
            return []
        source = " ".join(each.shown for each in (*assignments, *words))
        statement = Statement(source=source, words=list(words), assignments=list(assignments))
        return self._part(statement, depth + 1)

    def _of_runner(self, words: Sequence[Word], depth: int) -> list[Part]:
        """Which of its options have values is not known: the command begins with one of two words."""
        start = next((at for at, each in enumerate(words) if not (each.text or "").startswith("-")), len(words))
        found = self._words(words[start:], depth)
        return found + self._words(words[start + 1 :], depth) if start else found

    def _text(self, script: Word | None, depth: int) -> list[Part]:
        """A command that stands in one word."""
        return self._not_clear() if script is None else self._texts([script], depth)

    def _texts(self, words: Sequence[Word], depth: int) -> list[Part]:
        """A command that stands in words; of one that is known in part, what can be found is there."""
        if self._weight_left < 0:
            return self._not_clear()
        if not all(word.is_known for word in words):
            self._parts.is_clear = False
        return self.script(" ".join(map(_with_variables, words)), depth + 1)

    def _of_shell(self, words: Sequence[Word], stdin: Word | None, depth: int) -> list[Part]:
        inner = unwrapped(SHELL_OPTIONS, [_with_minus(each) for each in words])
        names = {name for name, _ in inner.options}
        if names & {"version", "help"}:
            return []
        if not inner.is_clear:
            self._parts.is_clear = False
        if "c" in names:
            return self._text(inner.rest[0] if inner.rest else None, depth)
        if inner.rest and "s" not in names:
            return []  # a file, as any other program
        return self._text(stdin, depth)

    def _of_words_as_script(self, program: str, words: Sequence[Word], depth: int) -> list[Part]:
        if program == "trap":
            words = [each for each in words if each.text not in ("--", "-")][:1]
            return self._text(words[0], depth) if words else []
        if program == "watch":
            while words and (words[0].text or "").startswith("-"):
                words = words[2:] if words[0].text in ("-n", "--interval") else words[1:]
        return self._texts(words, depth)

    def _of_find(self, words: Sequence[Word], depth: int) -> list[Part]:
        found: list[Part] = []
        at = 0
        while at < len(words):
            if not words[at].is_known and words[at].is_many:
                self._parts.is_clear = False
            at += 1
            if words[at - 1].text not in EXECUTING:
                continue
            end = next((i for i in range(at, len(words)) if words[i].text in (";", "+")), len(words))
            found += self._words([_with_gap(each, "{}") for each in words[at:end]], depth)
            at = end
        return found

    def _of_option_c(self, words: Sequence[Word], depth: int) -> list[Part]:
        """`su -c "command"`, wherever the option stands."""
        for at, each in enumerate(words):
            text = each.text or ""
            if text.startswith(("-c", "--command")) or (text.startswith("-") and text.endswith("c")):
                _, equals, attached = text.partition("=")
                attached = attached if equals else text[2:] if text.startswith("-c") else ""
                return self._text(Word.of(attached) if attached else next(iter(words[at + 1 :]), None), depth)
        return []

    def _require_no_alias(self, words: Sequence[Word]) -> None:
        for each in words:
            if (
                (each.text or "")
                .casefold()
                .startswith(("alias.", "-calias.", "--config=alias.", "--config-env=alias."))
            ):
                self._parts.is_clear = False

    def _of_wrapper(self, program: str, words: Sequence[Word], depth: int) -> list[Part]:
        inner = unwrapped(WRAPPERS[program], words)
        names = {name for name, _ in inner.options}
        if names & {"version", "help", *WRAPPERS[program].query}:
            return []
        if not inner.is_clear:
            self._parts.is_clear = False
        found = self._split_strings(inner, depth)
        if program == "xargs":
            return found + self._words(_with_arguments(inner), depth)
        if program == "flock" and inner.rest and inner.rest[0].text in ("-c", "--command"):
            return found + self._text(next(iter(inner.rest[1:]), None), depth)
        if program == "sudo" and names & {"s", "i", "shell", "login"}:
            return found + self._of_words_as_script("eval", inner.rest, depth)
        return found + self._words(inner.rest, depth, inner.assignments)

    def _split_strings(self, inner: Inner, depth: int) -> list[Part]:
        """`env -S "command"`, to whose words the others are added."""
        found: list[Part] = []
        for name, value in inner.options:
            if name in ("S", "split-string"):
                found += self._not_clear() if value is None else self._texts([value, *inner.rest], depth)
        return found


def _bounded(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(words) if len(words) <= MAX_WORDS else (*words[:MAX_WORDS], MANY)


def _bounded_redirects(redirects: Sequence[Redirect]) -> tuple[Redirect, ...]:
    more = (Redirect(">", MANY),) if len(redirects) > MAX_REDIRECTS else ()
    return (*redirects[:MAX_REDIRECTS], *more)


def _calculates(part: Part) -> bool:
    if part.program not in CALCULATING:
        return False
    texts = (piece for each in part.words for piece in each.pieces if not isinstance(piece, Gap))
    return QUOTED_COMMAND.search(part.source) is not None or any("$(" in text or "`" in text for text in texts)


def _with_variables(word: Word) -> str:
    """What is not known as the shell writes it."""
    return "".join("$x" if isinstance(piece, Gap) else piece for piece in word.pieces)


def _with_minus(word: Word) -> Word:
    """`+x` is an option to a shell, too."""
    text = word.text or ""
    return Word.of(f"-{text[1:]}") if len(text) > 1 and text.startswith("+") else word


def _name(assignment: Word) -> str:
    first = assignment.pieces[0]
    return "" if isinstance(first, Gap) else first.partition("=")[0]


def _with_gap(word: Word, placeholder: str) -> Word:
    """In its place stands what nobody knows yet."""
    text = word.text
    if text is None or not placeholder or placeholder not in text:
        return word
    pieces: list[str | Gap] = []
    for piece in text.split(placeholder):
        pieces += [Gap.TEXT, piece] if pieces else [piece]
    return Word(tuple(piece for piece in pieces if piece) or (Gap.TEXT,))


def _with_arguments(inner: Inner) -> list[Word]:
    """The command of xargs with what it will add: at the end, or in the place of a text."""
    if not inner.rest:
        return []
    for name, value in inner.options:
        if name in ("I", "J", "replace", "i"):
            placeholder = (value.text if value is not None else None) or "{}"
            return [_with_gap(each, placeholder) for each in inner.rest]
    return [*inner.rest, MANY]
