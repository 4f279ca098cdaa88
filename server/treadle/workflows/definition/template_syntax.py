"""A template as the template engine reads it, with exact places: what is wrong with it, and what it names.

The engine counts lines only. Here each of its tokens carries its offset in the place of its line, and so does all that
is made from them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream

from treadle.workflows.definition.nearest import told
from treadle.workflows.definition.shell_text import unsafe_places
from treadle.workflows.definition.source import Span
from treadle.workflows.definition.template_chains import CLOSING, Chain, Region, regions
from treadle.workflows.definition.template_scopes import free_chains
from treadle.workflows.definition.template_words import template_sentence
from treadle.workflows.prompt_bounds import COUNTED
from treadle.workflows.prompt_templates import WRONG, PromptEnvironment, reason_of

MAX_SHORT = 4_000
"""Characters. A file is analysed at each keystroke, and most of it is as before: outcomes are kept, of long templates
only some."""
BEGINNINGS = re.compile(r"\{[{%#]")
WHOLE_NAME = re.compile(r"\w+")
FOREIGN = (nodes.Include, nodes.Extends, nodes.Block)
"""Prompts of a project build on each other; a workflow's templates stand alone."""


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    span: Span
    message: str
    code: str = "template"


@dataclass(frozen=True, slots=True)
class TemplateReading:
    chains: tuple[Chain, ...] = ()
    """What is named and not made in the template itself, as loop variables are."""
    problem: TemplateProblem | None = None


NOTHING = TemplateReading()


class _LocatedEnvironment(PromptEnvironment):
    def __init__(self) -> None:
        super().__init__(keep_trailing_newline=True)

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        located = _located(self.lexer.tokeniter(source, name, filename, state), source)
        return TokenStream(self.lexer.wrap(located, name, filename), name, filename)

    def handle_exception(self, source: str | None = None) -> NoReturn:
        del source
        raise  # noqa: PLE0704 - called while one is handled


def _located(tokens: Iterator[tuple[int, str, str]], source: str) -> Iterator[tuple[int, str, str]]:
    position = 0
    try:
        for _, kind, text in tokens:
            # What is stripped between two tokens is white space.
            found = source.find(text, position)
            position = found if found >= 0 else position
            yield position, kind, text
            position += len(text)
    except TemplateSyntaxError as error:
        raise TemplateSyntaxError(error.message or "", position) from error


_ENVIRONMENT = _LocatedEnvironment()


def read_template(text: str) -> TemplateReading:
    """Never fails."""
    if BEGINNINGS.search(text) is None:
        return NOTHING
    return _of_short(text) if len(text) <= MAX_SHORT else _of_long(text)


def unsafe_values(text: str) -> tuple[tuple[Span, str], ...]:
    """In a text for a shell: each place where a value would not be one plain word, and why."""
    if BEGINNINGS.search(text) is None:
        return ()
    return _unsafe_of_short(text) if len(text) <= MAX_SHORT else tuple(unsafe_places(text))


def places_of_values(text: str) -> Iterator[Span]:
    """Of each `{{ … }}` of a template that is right."""
    source = _of_same_length(text)
    begin = 0
    for place, kind, token in _located(_ENVIRONMENT.lexer.tokeniter(source, None), source):
        if kind == "variable_begin":
            begin = place
        elif kind == "variable_end":
            yield Span(begin, place + len(token.rstrip()))


def _of_same_length(text: str) -> str:
    """With such line ends that the engine makes no one character of two."""
    return text.replace("\r\n", " \n").replace("\r", "\n")


def _read(text: str) -> TemplateReading:
    source = _of_same_length(text)
    try:
        tree = _ENVIRONMENT.parse(source)
        for part in tree.find_all(FOREIGN):
            kind = type(part).__name__.lower()
            raise TemplateSyntaxError(f"{kind} is not allowed in a workflow", part.lineno)
    except TemplateSyntaxError as error:
        return TemplateReading(problem=_problem(text, error))
    except WRONG as error:
        message = "its parts are nested too deeply" if isinstance(error, RecursionError) else reason_of(error)
        return TemplateReading(problem=TemplateProblem(Span(0, len(text)), f"The template is wrong: {message}."))
    return TemplateReading(chains=tuple(free_chains(tree, source)))


_of_short, _of_long = lru_cache(maxsize=2048)(_read), lru_cache(maxsize=32)(_read)
_unsafe_of_short = lru_cache(maxsize=512)(lambda text: tuple(unsafe_places(text)))


def _problem(text: str, error: TemplateSyntaxError) -> TemplateProblem:
    message = (error.message or "it cannot be read").removesuffix(".")
    place = min(max(error.lineno, 0), len(text))
    named = re.fullmatch(r"there is no (filter|test) (\w+)", message)
    if named is not None:
        known: Any = _ENVIRONMENT.filters if named[1] == "filter" else _ENVIRONMENT.tests
        sentence = told(f"There is no {named[1]} {named[2]}", named[2], [each for each in known if each != COUNTED])
        return TemplateProblem(_found(text, named[2], place), sentence, f"unknown_{named[1]}")
    unclosed = _unclosed(text, message)
    return unclosed or TemplateProblem(_word(text, place), template_sentence(message, text[place : place + 1]))


def _unclosed(text: str, message: str) -> TemplateProblem | None:
    if message.startswith("Missing end of comment"):
        start = text.rfind("{#")
        return TemplateProblem(Span(start, start + 2), "{# begins here and is not closed with #}.")
    found = list(regions(text))
    unclosed = next((region for region in found if not region.is_closed), None)
    if unclosed is not None:
        closing = CLOSING[unclosed.opening]
        where = Span(unclosed.span.start, unclosed.span.start + 2)
        return TemplateProblem(where, f"{unclosed.opening} begins here and is not closed with {closing}.")
    waiting = re.search(r"innermost block that needs to be closed is '(\w+)'", message)
    if waiting is None:
        return None
    place = _open_block(text, found, waiting[1])
    return TemplateProblem(place, f"{{% {waiting[1]} %}} is not closed with {{% end{waiting[1]} %}}.")


def _open_block(text: str, found: list[Region], tag: str) -> Span:
    """The last one of its kind that nothing closes."""
    open_ones: list[Span] = []
    for region in found:
        first = WHOLE_NAME.search(text, region.inner.start, region.inner.end)
        if first is None or region.opening != "{%":
            continue
        if first[0] == tag:
            open_ones.append(Span(*first.span()))
        elif first[0] == f"end{tag}" and open_ones:
            open_ones.pop()
    return open_ones[-1] if open_ones else Span(0, min(2, len(text)))


def _found(text: str, word: str, place: int) -> Span:
    start = text.find(word, place)
    return _word(text, place) if start < 0 else Span(start, start + len(word))


def _word(text: str, place: int) -> Span:
    while place < len(text) and text[place].isspace():
        place += 1
    found = WHOLE_NAME.match(text, place)
    return Span(place, found.end() if found else min(place + 1, len(text)))
