"""Definitions of workflows that tests are made with."""

from typing import Any

from tests.unit.workflows.factories import make_context, make_session
from treadle.domain.result import Result
from treadle.workflows.contract import SessionType, Step, StepContext
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.outline import outline_of
from treadle.workflows.definition.session_type import session_type_of
from treadle.workflows.definition.yaml_nodes import MappingNode
from treadle.workflows.definition.yaml_tree import read

EVERY_KIND = """\
name: every_kind
parameters:
  who: {default: world}
  words: {type: list, default: [a, b c]}
steps:
  say:
    run: [echo, "{{ parameters.who }}", "{{ parameters.words }}"]
    save: {said: "{{ result.stdout | trim }}"}
  think: {agent: "Think about {{ state.said }}."}
  ask: {ask: "Go on?", save: {comment: "{{ result.comment }}"}}
  read: {read_file: "{{ state.comment }}.md"}
  share: {spawn: task, options: {description: "{{ results.read.content }}"}}
"""


def defined(text: str) -> WorkflowDefinition:
    """Checked by its schema alone."""
    reading = read(text)
    assert not reading.problems
    assert isinstance(reading.root, MappingNode)
    outline = outline_of(reading.root)
    assert not outline.diagnostics
    return outline.definition


def session_type(text: str) -> SessionType:
    return session_type_of(defined(text))


def context_of(
    options: dict[str, Any] | None = None, results: dict[str, Result] | None = None, **changes: Any
) -> StepContext:
    """`changes`: of the session."""
    session = make_session(type="a_workflow", options=options or {}, **changes)
    return make_context(session=session, last_results=results or {})


def problem_of(step: Step, context: StepContext) -> str:
    """Why the step has nothing to do but to fail."""
    command = step.get_command(context)
    assert command.command == "noop"
    assert list(command.metadata) == ["problem"]
    return str(command.metadata["problem"])
