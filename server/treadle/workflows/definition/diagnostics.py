"""What is wrong with a workflow file, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from treadle.workflows.definition.source import Source, Span

MAX_DIAGNOSTICS = 100
"""Of one file; more would help nobody."""


class Severity(StrEnum):
    ERROR = "error"
    """The workflow cannot be run."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    span: Span
    code: str
    """Stable, such as `unknown_step`."""
    message: str
    """One sentence, which names what is wrong and what would be right."""
    severity: Severity = Severity.ERROR

    def line_and_column(self, source: Source) -> tuple[int, int]:
        """Both from 1, as people count."""
        return source.line_and_column(self.span.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a workflow file may refer to outside itself."""

    types: Mapping[str, str] = field(default_factory=dict)
    """The installed session types by id, with what they do."""
    workflows: Mapping[str, str] = field(default_factory=dict)
    """The names of the project's other workflows, with the path of each below the project's root."""
    components: tuple[str, ...] | None = None
    """The names of the project's components; None: no project is known, so that what it has cannot be checked."""
    needs_component: frozenset[str] = frozenset()
    """The types and workflows, by id, whose sessions each have a component."""
