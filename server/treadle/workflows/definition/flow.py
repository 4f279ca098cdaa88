"""Which step follows which, and on which result."""

from collections.abc import Iterator
from dataclasses import dataclass

from treadle.workflows.definition.model import FAIL, FINISH, STATUSES, AskDefinition, WorkflowDefinition


@dataclass(frozen=True, slots=True)
class Edge:
    origin: str
    status: str
    target: str
    """A step, `finish` or `fail`; of a step that is simply tried again, itself."""
    is_written: bool
    """Whether the file names the target; else it is the default."""


def target_of(definition: WorkflowDefinition, name: str, status: str) -> str:
    step = definition.steps[name]
    written = getattr(step.on, status)
    if written is None and status == "warning":
        written = step.on.ok
    if written is not None:
        return str(written)
    if status == "error":
        return name if step.max_attempts > 1 else FAIL
    names = list(definition.steps)
    following = names.index(name) + 1
    return names[following] if following < len(names) else FINISH


def edges(definition: WorkflowDefinition) -> Iterator[Edge]:
    for name, step in definition.steps.items():
        for status in STATUSES:
            written = getattr(step.on, status) is not None
            yield Edge(name, status, target_of(definition, name, status), written)


def is_capped(definition: WorkflowDefinition, edge: Edge) -> bool:
    """Whether a loop through here cannot go round for ever unasked: failures are counted, and a person is asked."""
    step = definition.steps[edge.origin]
    counts = edge.status == "error" and "max_attempts" in step.model_fields_set
    return counts or (not edge.is_written and edge.status == "error") or isinstance(step, AskDefinition)
