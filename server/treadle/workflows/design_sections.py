"""The sections that a design document must have, by the kind of its component, and what is wrong with a document."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from treadle.domain.project import Project
from treadle.workflows.design_document import MAX_CHARACTERS, MAX_LINES, Document, Heading
from treadle.workflows.design_headings import comparable

SETTING = "design_sections"
CONTEXT = "context"
OTHER_KINDS = "*"
COMPONENTS = "Components"
REQUIRED: Mapping[str, tuple[str, ...]] = {
    CONTEXT: ("Purpose", "Public API", COMPONENTS, "Dependencies"),
    "schema": ("Purpose", "Fields", "Constraints", "Test assertions"),
    OTHER_KINDS: ("Purpose", "Public API", "Errors", "Test assertions"),
}
CONTENT: Mapping[str, str] = {
    "purpose": "what it is for and whom it serves, in a few sentences; what it deliberately leaves to others",
    "public api": "each function, class, command or message that others use, with parameters, result and meaning",
    "components": "its parts, in the form below",
    "dependencies": "what it needs of other parts of the project and of outside libraries, and for what; or “None.”",
    "errors": "each thing that can go wrong, how it shows (type, exact message), what holds afterwards; or “None.”",
    "test assertions": "what tests must show, one checkable statement an item: rules, edges, each error",
    "fields": "each field with its type, whether it may be missing, its default and its meaning",
    "constraints": "what must hold of the values, alone and together, and what happens when it does not",
    "structure": "how it works inside, as far as that is decided",
}
"""What belongs into the usual sections, for those who write them."""
MAX_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    line: int
    """Where it is; of something that is missing, the heading after which it belongs."""
    message: str


def required_sections(project: Project | None, kind: str) -> tuple[str, ...]:
    """What the project says of this kind goes before what is usual; `*` is for kinds of which nothing else is said.

    A context has always a section Components: from there come its components.
    """
    named = {} if project is None else project.settings.get(SETTING)
    own = {key: _headings(value) for key, value in named.items()} if isinstance(named, Mapping) else {}
    found = next((each[key] for key in (kind, OTHER_KINDS) for each in (own, REQUIRED) if key in each), ())
    is_without = kind == CONTEXT and comparable(COMPONENTS) not in {comparable(each) for each in found}
    return (*found, COMPONENTS) if is_without else found


def at(line: int, message: str) -> Problem:
    return Problem(line=line, message=f"Line {line}: {message}")


def problems(document: Document, required: Sequence[str]) -> list[Problem]:
    """In the order of their lines."""
    if document.is_too_long:
        limits = f"{MAX_LINES:,} lines or {MAX_CHARACTERS:,} characters"
        return [Problem(line=1, message=f"The document has more than {limits}: leave out what readers do not need.")]
    found = [
        *_title_problems(document),
        *(each for name in required for each in _section_problems(document, required, name)),
        *(at(line, "this code fence is not closed.") for line in document.unclosed_fences),
    ]
    return in_order(found)


def in_order(found: Sequence[Problem]) -> list[Problem]:
    return sorted(found, key=lambda problem: problem.line)


def quoted(text: str) -> str:
    """A text of the document as a message shows it."""
    shown = "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))
    return f"“{shown[:MAX_SHOWN]}…”" if len(shown) > MAX_SHOWN else f"“{shown}”"


def _title_problems(document: Document) -> Iterator[Problem]:
    if not document.titles:
        yield Problem(line=1, message="The document has no title: begin it with one heading of level 1 (# Name).")
    for title in document.titles[1:]:
        yield at(title.line, f"{quoted(title.text)} is a second title; sections have headings of level 2 (##).")


def _section_problems(document: Document, required: Sequence[str], name: str) -> Iterator[Problem]:
    same = [section for section in document.sections if comparable(section.heading.text) == comparable(name)]
    if not same:
        yield _missing(document, required, name)
        return
    for section in same[:1]:
        if not section.has_content:
            yield at(section.line, f"the section {quoted(name)} is empty.")
        elif section.is_placeholder:
            yield at(section.line, f"the section {quoted(name)} holds only a placeholder.")
    for section in same[1:]:
        yield at(section.line, f"the section {quoted(name)} comes twice; the first is in line {same[0].line}.")


def _missing(document: Document, required: Sequence[str], name: str) -> Problem:
    elsewhere = [each for each in document.headings if each not in document.titles[:1]]
    misplaced = next((each for each in elsewhere if comparable(each.text) == comparable(name)), None)
    if misplaced is not None:
        return at(misplaced.line, f"{quoted(name)} must be a section: give it a heading of level 2 (##).")
    before = _heading_before(document, required, name)
    if before is None:
        return Problem(line=1, message=f"The section {quoted(name)} is missing.")
    return Problem(
        line=before.line,
        message=f"The section {quoted(name)} is missing; it belongs after {quoted(before.text)} (line {before.line}).",
    )


def _heading_before(document: Document, required: Sequence[str], name: str) -> Heading | None:
    """Of the nearest required section before it that is there, or else the title."""
    there = {comparable(section.heading.text): section.heading for section in reversed(document.sections)}
    earlier = [comparable(each) for each in required[: required.index(name)]]
    found = next((there[each] for each in reversed(earlier) if each in there), None)
    return found or next(iter(document.titles), None)


def _headings(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()
