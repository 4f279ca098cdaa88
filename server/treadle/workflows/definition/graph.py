"""A workflow as a drawing shows it: its steps in a line, and the ways between them.

The plain way, that an error ends the session, is not drawn: it would lead away from nearly every step.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.flow import Edge, edges
from treadle.workflows.definition.model import FAIL, FINISH, STATUSES, AskDefinition, WorkflowDefinition

INITIALIZE, FINALIZE = "initialize", "finalize"
END_TITLES = {INITIALIZE: "Initialize", FINALIZE: "Finalize", FINISH: "Finished", FAIL: "Failed"}
PLAIN_ERROR = "An error that has no arrow fails the session."
MAX_TITLE = 60
MAX_LABEL = 60
ELLIPSIS = "…"
ZERO_WIDTH_JOINER = "\u200d"
"""Emoji are made with it; all other invisible characters are left out."""


@dataclass(frozen=True, slots=True)
class Box:
    name: str
    """The step, or one of `END_TITLES`."""
    title: str
    kind: str
    """What a step does, such as `run`; of all others their name."""

    @property
    def is_step(self) -> bool:
        return self.name not in END_TITLES

    @property
    def subtitle(self) -> str:
        if not self.is_step:
            return ""
        return self.kind if self.title == self.name else f"{self.kind} · {self.name}"


@dataclass(frozen=True, slots=True)
class Way:
    origin: str
    target: str
    label: str
    """Empty if it is what anybody expects."""
    is_error: bool


@dataclass(frozen=True, slots=True)
class Graph:
    title: str
    boxes: tuple[Box, ...]
    """In the order of the file."""
    ways: tuple[Way, ...]
    """At most one from a box to another."""
    has_plain_errors: bool
    """Whether some step's error ends the session without an arrow that says so."""


def graph(definition: WorkflowDefinition) -> Graph:
    steps = [
        Box(name, shown(step.title or name, MAX_TITLE) or name, step.kind) for name, step in definition.steps.items()
    ]
    drawn = [edge for edge in edges(definition) if not _is_plain_error(definition, edge)]
    ways = [way for name in definition.steps for way in _ways(definition, name, drawn)]
    ends = [FINISH, FAIL] if any(way.target == FAIL for way in ways) else [FINISH]
    if definition.commit:
        first = Way(INITIALIZE, next(iter(definition.steps)), "", False)
        last = Way(FINALIZE, FINISH, "", False)
        ways = [first, *(_to_finalize(way) for way in ways), last]
        steps = [_end(INITIALIZE), *steps, _end(FINALIZE)]
    return Graph(
        shown(definition.title or definition.name, MAX_TITLE) or definition.name,
        (*steps, *map(_end, ends)),
        tuple(ways),
        len(drawn) < len(STATUSES) * len(definition.steps),
    )


def shown(text: str, limit: int) -> str:
    """One line of visible characters, at most so many."""
    visible = "".join(
        character
        for character in " ".join(text.split())
        if not unicodedata.category(character).startswith("C") or character == ZERO_WIDTH_JOINER
    )
    return visible if len(visible) <= limit else visible[: limit - 1].rstrip() + ELLIPSIS


def _ways(definition: WorkflowDefinition, name: str, drawn: list[Edge]) -> Iterator[Way]:
    statuses: dict[str, list[str]] = {}
    for edge in drawn:
        if edge.origin == name:
            statuses.setdefault(edge.target, []).append(edge.status)
    for target, led_by in statuses.items():
        step = definition.steps[name]
        if isinstance(step, AskDefinition):
            words = [answer for status in led_by for answer, meaning in step.answers.items() if meaning == status]
            if not words:
                continue
        else:
            words = _words(definition, name, target, led_by)
            if "error" in led_by and "max_attempts" in step.model_fields_set and _leads(drawn, target, name):
                words.append(f"at most {step.max_attempts} ×")
        yield Way(name, target, shown(", ".join(words), MAX_LABEL), led_by == ["error"])


def _words(definition: WorkflowDefinition, name: str, target: str, led_by: list[str]) -> list[str]:
    words = [status for status in led_by if status != "warning" or "ok" not in led_by]
    names = [*definition.steps, FINISH]
    return [] if words == ["ok"] and target == names[names.index(name) + 1] else words


def _is_plain_error(definition: WorkflowDefinition, edge: Edge) -> bool:
    is_asked = isinstance(definition.steps[edge.origin], AskDefinition)
    return edge.status == "error" and edge.target == FAIL and not edge.is_written and not is_asked


def _leads(drawn: list[Edge], origin: str, target: str) -> bool:
    """Whether there is a way on from one step to another; only in a loop the attempts count."""
    reached, ahead = {origin}, [origin]
    while ahead:
        last = ahead.pop()
        news = {edge.target for edge in drawn if edge.origin == last} - reached
        reached |= news
        ahead.extend(news)
    return target in reached


def _to_finalize(way: Way) -> Way:
    return Way(way.origin, FINALIZE, way.label, way.is_error) if way.target == FINISH else way


def _end(name: str) -> Box:
    return Box(name, END_TITLES[name], name)
