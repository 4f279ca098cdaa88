"""What a template names, read without understanding it: also while it is being written and is no whole template yet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.source import Span

REGION = re.compile(r"\{\{|\{%|\{#")
CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<blank>\s+)|(?P<other>.)""",
    re.DOTALL,
)
WORDS = frozenset(
    (
        *("and", "else", "elif", "endblock", "endfor", "endif", "endset", "endwith", "false", "for", "if", "in", "is"),
        *("not", "none", "null", "or", "recursive", "set", "true", "with", "False", "None", "True"),
    )
)
"""Of the language itself."""


@dataclass(frozen=True, slots=True)
class Region:
    """From `{{` or `{%` to its end, or to the end of the text; `inner` is what stands between."""

    span: Span
    inner: Span
    opening: str
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """Such as `results.test.stdout`, each part with its place. A part that is only begun is empty."""

    parts: tuple[str, ...]
    spans: tuple[Span, ...]
    is_guarded: bool = False
    """Whether it stands where a condition has asked for the component, or for something of it."""

    @property
    def root(self) -> str:
        return self.parts[0]

    @property
    def span(self) -> Span:
        return Span(self.spans[0].start, self.spans[-1].end)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    span: Span


def regions(text: str) -> Iterator[Region]:
    """Without comments."""
    position = 0
    unclosed: set[str] = set()
    while (found := REGION.search(text, position)) is not None:
        opening = found[0]
        end = _end(text, found.end(), CLOSING[opening], unclosed)
        position = len(text) if end is None else end
        if opening != "{#":
            inner_end = position if end is None else end - 2
            yield Region(Span(found.start(), position), Span(found.end(), inner_end), opening, end is not None)


def _end(text: str, start: int, closing: str, unclosed: set[str]) -> int | None:
    """Behind the closing braces; those in a text in quotes are none.

    `unclosed`: the quotes of which one was found that nothing closes. Then nothing closes a later one either, and to
    look for that each time would take as long as the text is.
    """
    if closing == "#}":
        found = text.find(closing, start)
        return None if found < 0 else found + 2
    position = start
    while position < len(text):
        if text.startswith(closing, position):
            return position + 2
        token = None if text[position] in unclosed else TOKEN.match(text, position)
        if token is not None and token.lastgroup == "string" and not _is_closed(token[0]):
            unclosed.add(text[position])
            token = None
        position = position + 1 if token is None else token.end()
    return None


def _is_closed(quoted: str) -> bool:
    return len(quoted) > 1 and quoted[-1] == quoted[0]


def chains(text: str) -> tuple[Chain, ...]:
    return tuple(chain for region in regions(text) for chain in _chains_of(text, region.inner))


def _chains_of(text: str, inner: Span) -> Iterator[Chain]:
    tokens = list(_tokens(text, inner))
    index = 0
    while index < len(tokens):
        token = tokens[index]
        before = tokens[index - 1].text if index else ""
        index += 1
        if token.kind != "name" or token.text in WORDS or before in ("|", "is"):
            continue
        parts, spans = [token.text], [token.span]
        while (following := _part(tokens, index)) is not None:
            part, span, index = following
            parts.append(part)
            spans.append(span)
        if before != ".":
            yield Chain(tuple(parts), tuple(spans))


def _part(tokens: list[_Token], index: int) -> tuple[str, Span, int] | None:
    """The part that begins at a dot or a bracket."""
    token = tokens[index] if index < len(tokens) else None
    if token is None:
        return None
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.text == ".":
        if following is not None and following.kind in ("name", "number"):
            return following.text, following.span, index + 2
        return "", Span(token.span.end, token.span.end), index + 1
    if token.text == "[" and following is not None and following.kind == "string" and len(following.text) > 1:
        closing = index + 2 < len(tokens) and tokens[index + 2].text == "]"
        span = Span(following.span.start + 1, following.span.end - 1)
        return (following.text[1:-1], span, index + 3) if closing else None
    return None


def _tokens(text: str, inner: Span) -> Iterator[_Token]:
    for found in TOKEN.finditer(text, inner.start, inner.end):
        if found.lastgroup != "blank":
            yield _Token(str(found.lastgroup), found[0], Span(*found.span()))
